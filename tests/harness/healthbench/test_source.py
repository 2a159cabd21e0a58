"""Rows from an address, the Hub and disk, all from a server on this machine."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import huggingface_hub
import pytest
from huggingface_hub.errors import GatedRepoError

from rvpo.harness.errors import ExamError
from rvpo.harness.exam import load_exam
from rvpo.harness.healthbench import source
from rvpo.harness.healthbench.source import healthbench_file

ROW = {
    "prompt_id": "p",
    "prompt": [{"role": "user", "content": "hi"}],
    "example_tags": [],
    "rubrics": [{"criterion": "Is kind.", "points": 5, "tags": []}],
}
CONTENT = json.dumps(ROW).encode() + b"\n"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Shelf(BaseHTTPRequestHandler):
    """Gives the rows; a path with ``short`` promises more bytes than it gives; anything but ``rows`` is not there."""

    asked: list[str]

    def do_GET(self) -> None:
        type(self).asked.append(self.path)
        self._head()
        if self.command == "GET" and "rows" in self.path:
            self.wfile.write(CONTENT)

    do_HEAD = do_GET  # noqa: N815 - http.server's name

    def _head(self) -> None:
        self.send_response(200 if "rows" in self.path else 404)
        self.send_header("Content-Length", str(len(CONTENT) + 9 * ("short" in self.path)))
        self.send_header("ETag", f'"{DIGEST}"')
        self.send_header("X-Repo-Commit", "0" * 40)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Silent."""


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[str]]]:
    """A server's address and what it was asked; the cache is a folder of the test's own."""
    monkeypatch.setenv("RVPO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    asked: list[str] = []
    handler = type("Mine", (Shelf,), {"asked": asked})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_address_is_fetched_once_and_read_from_the_cache(shelf: tuple[str, list[str]]) -> None:
    address, asked = shelf
    exam = load_exam("healthbench", f"{address}/rows.jsonl")
    assert [item.id for item in exam.items] == ["p"]
    assert exam.title == "HealthBench on rows.jsonl"
    again = healthbench_file(f"{address}/rows.jsonl#sha256={DIGEST.upper()}")
    assert (again.read_bytes(), asked) == (CONTENT, ["/rows.jsonl"])


def test_the_official_names_are_addresses(
    shelf: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, asked = shelf
    assert {name: url.rsplit("/", 1)[1][:9] for name, url in source.OFFICIAL.items()} == {
        "full": "2025-05-0",
        "hard": "hard_2025",
        "consensus": "consensus",
        "meta": "2025-05-0",
    }
    monkeypatch.setitem(source.OFFICIAL, "hard", f"{address}/hard_rows.jsonl")
    assert healthbench_file("openai:hard").name == "hard_rows.jsonl"
    assert asked == ["/hard_rows.jsonl"]
    with pytest.raises(ExamError, match=r"openai:hart: there is no such file.*did you mean hard"):
        healthbench_file("openai:hart")


def test_what_is_refused(shelf: tuple[str, list[str]]) -> None:
    address, _ = shelf
    with pytest.raises(ExamError, match=rf"sha256 is {DIGEST}, {'a' * 64} was demanded"):
        healthbench_file(f"{address}/rows.jsonl#sha256={'a' * 64}")
    with pytest.raises(ExamError, match=r"cannot be fetched .*404|cannot be fetched .*Not Found"):
        healthbench_file(f"{address}/nothing.jsonl")
    with pytest.raises(
        ExamError, match=rf"{len(CONTENT)} of {len(CONTENT) + 9} bytes came|cannot be fetched"
    ):
        healthbench_file(f"{address}/short_rows.jsonl")
    with pytest.raises(ExamError, match="should be https"):
        healthbench_file("http://example.org/rows.jsonl")
    with pytest.raises(ExamError, match="after # should stand sha256="):
        healthbench_file(f"{address}/rows.jsonl#md5=1")
    with pytest.raises(ExamError, match=r"should be hf:owner/name/path"):
        healthbench_file("hf:owner/name")


def test_a_cached_file_that_changed_is_refused(shelf: tuple[str, list[str]]) -> None:
    address, _ = shelf
    path = healthbench_file(f"{address}/rows.jsonl")
    path.write_bytes(CONTENT + b"\n")
    with pytest.raises(ExamError, match="changed since it was fetched"):
        healthbench_file(f"{address}/rows.jsonl")


def test_half_a_download_is_fetched_again(shelf: tuple[str, list[str]]) -> None:
    address, asked = shelf
    path = healthbench_file(f"{address}/rows.jsonl")
    path.with_name("rows.jsonl.sha256").unlink()
    path.write_bytes(CONTENT[:5])
    assert healthbench_file(f"{address}/rows.jsonl").read_bytes() == CONTENT
    assert len(asked) == 2


def test_a_file_of_the_hub(shelf: tuple[str, list[str]], tmp_path: Path) -> None:
    """In a process of its own: the Hub's library reads its address and whether it is offline when it is imported."""
    address, asked = shelf
    code = (
        "import sys\n"
        "from rvpo.harness.healthbench.source import healthbench_file\n"
        "print(healthbench_file(sys.argv[1]).read_text(), end='')\n"
    )
    environment = {
        **os.environ,
        "HF_ENDPOINT": address,
        "HF_HUB_OFFLINE": "0",
        "HF_HOME": str(tmp_path / "hf"),
    }
    environment |= {"HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    named = "hf:owner/name/data/rows.jsonl@v1"
    command = [sys.executable, "-c", code, named]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == CONTENT.decode()
    assert all(path.startswith("/datasets/owner/name/resolve/v1/data/rows.jsonl") for path in asked)


def test_a_hub_that_does_not_answer_is_one_line() -> None:
    with pytest.raises(ExamError, match=r"hf:owner/name/rows.jsonl: cannot be had from the Hub: "):
        healthbench_file("hf:owner/name/rows.jsonl")


def test_a_gated_data_set_says_how_to_get_in(monkeypatch: pytest.MonkeyPatch) -> None:
    response: Any = SimpleNamespace(headers={}, request=None)

    def refuse(*_: object, **__: object) -> str:
        raise GatedRepoError("401 Client Error.", response=response)

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", refuse)
    with pytest.raises(ExamError, match=r"gated: accept its terms at https://\S+/datasets/o/d, .*HF_TOKEN$"):
        healthbench_file("hf:o/d/rows.jsonl")
