"""``/openapi.json`` put to the test by schemathesis, as a command: right and wrong data for every operation.

Its checks: no fault of the service, statuses and bodies as described, what the page forbids refused, what it allows
taken, nothing without the token. Statuses beyond "done" that right data may get: 422 for what no schema can say, and
from the proxy 400, which is the upstream's own.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TOKEN = "0123456789abcdef"
CONFIG = f"""
[auth.openapi.bearer]
bearer = "{TOKEN}"
[auth.openapi.header]
api_key = "{TOKEN}"
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "422"]
[[operations]]
include-path = "/openai/v1/chat/completions"
checks.positive_data_acceptance.expected-statuses = ["2xx", "400"]
"""

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("schemathesis") is None, reason="schemathesis is not installed"
)


def put_to_the_test(service: Any, folder: Path, *options: str) -> None:
    (folder / "schemathesis.toml").write_text(CONFIG)
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "--config-file", "schemathesis.toml", "run",
        f"{service.url}/openapi.json", "--seed", "2605", "--checks", "all", "--warnings", "off", "--no-color",
        "--suppress-health-check", "all", "--generation-database", "none", "--continue-on-failure", *options,
    ]  # fmt: skip
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=900, check=False)
    assert ran.returncode == 0, ran.stdout[-8000:] + ran.stderr[-2000:]
    assert "Tested: 8" in ran.stdout


@pytest.fixture
def guarded(services: Any, scripted_server: Any, tmp_path: Path) -> Any:
    (tmp_path / "token").write_text(TOKEN)
    options = ("--token-file", str(tmp_path / "token"), "--max-body-mib", "1")
    return services.endpoint(scripted_server.url, *options)


def test_the_page_is_true_of_what_is_sent_at_random(guarded: Any, tmp_path: Path) -> None:
    put_to_the_test(guarded, tmp_path, "--phases", "examples,fuzzing", "--max-examples", "8")


@pytest.mark.slow
@pytest.mark.timeout(1000)
def test_the_page_is_true_of_every_boundary(guarded: Any, tmp_path: Path) -> None:
    put_to_the_test(guarded, tmp_path, "--phases", "examples,coverage,fuzzing", "--max-examples", "100")
