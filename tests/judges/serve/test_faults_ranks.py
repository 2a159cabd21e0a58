"""Eight trainer ranks at once: eight processes with the client that the trainer uses, before one ``rvpo serve``.

Each distinct question goes up once, all ranks get equal vectors, whether the service lives, is stopped, or is killed
and comes again. (Eight processes on one store without a service: ``tests/judges/test_faults_processes.py``.)
"""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

RANKS = 8
RESPONSES = 30

WORLD = """
import json, os, sys
from pathlib import Path
from rvpo.judges import JudgeConfig, JudgeRequest, JudgeService
from rvpo.judges.serve.remote import RemoteJudgeService  # noqa: F401 - before the ranks part
from rvpo.rubrics.load import resolved
url, rubric, folder = sys.argv[1], resolved(json.loads(sys.argv[2]), "care", {}), Path(sys.argv[3])
ranks, responses = int(sys.argv[4]), int(sys.argv[5])
config = JudgeConfig.model_validate({"judge": "service", "base_url": url, "max_attempts": 30})
asked = [
    JudgeRequest(rubric=rubric, prompt="p", response=f"{'fever' if n % 2 else 'cough'} {n}", id=str(n))
    for n in range(responses)
]
children = []
for rank in range(ranks):
    # What takes long is the imports: the ranks part after them, and share nothing from here on.
    if child := os.fork():
        children.append(child)
        continue
    with JudgeService.open_sync(config) as service:
        vectors = service.judge_sync(asked)
        failures = dict(service.stats().failures)
    said = [[v.id, v.values_or_none(), v.scalar, v.rubric_hash, [e.request_key for e in v.verdicts]] for v in vectors]
    (folder / f"rank-{rank}.json").write_text(json.dumps({"said": said, "failures": failures}))
    os._exit(0)
sys.exit(sum(os.waitpid(child, 0)[1] for child in children) != 0)
"""
RIGHT = [[float(n % 2), 1.0, 1.0] for n in range(RESPONSES)]


def start(service: Any, folder: Path) -> "subprocess.Popen[bytes]":
    rubric = json.dumps(service.asked("")["rubric"])
    command = [sys.executable, "-c", WORLD, service.url, rubric, str(folder), str(RANKS), str(RESPONSES)]
    return subprocess.Popen(command)


def all_agree(world: "subprocess.Popen[bytes]", folder: Path) -> None:
    assert world.wait(timeout=200) == 0
    first, *others = [json.loads((folder / f"rank-{rank}.json").read_text()) for rank in range(RANKS)]
    assert first["failures"] == {}
    assert [values for _, values, *_ in first["said"]] == RIGHT
    assert all(other == first for other in others)


def test_eight_ranks_pay_once_and_agree(services: Any, scripted_server: Any, tmp_path: Path) -> None:
    scripted_server.script(latency_s=0.2)
    service = services.endpoint(scripted_server.url)
    all_agree(start(service, tmp_path), tmp_path)
    counts = scripted_server.counts()
    # Two criteria for the judge, a rule for free.
    assert (counts["requests"], counts["repeats"]) == (2 * RESPONSES, 0)
    assert service.send("GET", "/v1/usage").json()["responses"] == RANKS * RESPONSES


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_service_that_dies_and_comes_again_is_found_again(
    services: Any, scripted_server: Any, tmp_path: Path, how: signal.Signals
) -> None:
    scripted_server.script(latency_s=0.15)
    service = services.endpoint(scripted_server.url, concurrency=8)
    world = start(service, tmp_path)
    until = time.monotonic() + 60
    while scripted_server.counts()["requests"] < 12:
        assert time.monotonic() < until
        time.sleep(0.01)
    assert service.stop(how) == (0 if how == signal.SIGTERM else -how)
    services.endpoint(scripted_server.url, concurrency=8, port=service.port)
    all_agree(world, tmp_path)
    counts = scripted_server.counts()
    assert counts["distinct"] == 2 * RESPONSES
    # Paid for twice are at most those that were in flight when it was killed; none if it could finish.
    assert counts["repeats"] <= (8 if how == signal.SIGKILL else 0)
