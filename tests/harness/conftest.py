"""Small exams with answers that can be worked out by hand."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from rvpo.harness.exam import Exam
from rvpo.harness.items import ExamItem
from rvpo.judges import JudgeConfig
from rvpo.results import Run, open_run
from rvpo.rubrics import Rubric, parse_rubric

RULES = """
id: words
criteria:
  - {id: says_fox, criterion: Says fox., points: 3, kind: contains, rule: {texts: [fox]}, tags: [animals]}
  - {id: short, criterion: Is short., points: 1, kind: length, rule: {unit: chars, max: 20}}
"""

JUDGED = """
id: judged
criteria:
  - {id: fox, criterion: Mentions the fox., points: 5}
  - {id: dog, criterion: Mentions the dog., points: 5}
  - {id: rude, criterion: Is rude., points: -5, polarity: met_is_bad}
"""


@pytest.fixture
def rules_rubric() -> Rubric:
    return parse_rubric(RULES)


@pytest.fixture
def judged_rubric() -> Rubric:
    return parse_rubric(JUDGED)


@pytest.fixture
def make_exam(rules_rubric: Rubric) -> Callable[..., Exam]:
    def make(count: int = 6, rubric: Rubric = rules_rubric) -> Exam:
        items = tuple(
            ExamItem(
                id=f"item-{number}",
                messages=(
                    {"role": "user", "content": "the quick brown fox " * (number % 4 + 1) + str(number)},
                ),
                rubric=rubric,
            )
            for number in range(count)
        )
        return Exam(task="tool_calls", title="Words", items=items)

    return make


@pytest.fixture
def rules() -> JudgeConfig:
    return JudgeConfig(judge="rules")


@pytest.fixture
def write_rows(tmp_path: Path) -> Callable[[str, Sequence[dict[str, Any]]], Path]:
    def write(name: str, rows: Sequence[dict[str, Any]]) -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return path

    return write


class Killed(NamedTuple):
    """A run that was cut short by ``kill -9``, and what it became when its command was given again."""

    before: Run
    after: Run


@pytest.fixture
def kill_and_resume() -> Callable[[Sequence[object], Path, int], Killed]:
    """``kill_and_resume(["eval", ...], out, planned)``: kill once the journal has rows, run again; nothing lost or twice."""

    def run(arguments: Sequence[object], out: Path, planned: int) -> Killed:
        command = [sys.executable, "-m", "rvpo.harness.cli", *map(str, arguments)]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        journal = out / "items.jsonl"
        nowhere = subprocess.DEVNULL
        with subprocess.Popen(command, env=environment, stdout=nowhere, stderr=nowhere) as started:
            while not (journal.exists() and journal.stat().st_size) and started.poll() is None:
                time.sleep(0.005)
            started.kill()
        before = open_run(out)
        assert not before.sealed
        assert 0 < len(before.items) < planned
        subprocess.run(command, env=environment, check=True, capture_output=True)
        after = open_run(out)
        assert after.sealed
        assert len({(row.item_id, row.draw) for row in after.items}) == len(after.items) == planned
        assert after.items[: len(before.items)] == before.items
        return Killed(before, after)

    return run


TWO_QUESTIONS = """
id: r
criteria:
  - {id: fever, criterion: Mentions the word fever, points: 5}
  - {id: dose, criterion: Mentions the word overdose, points: -3, polarity: met_is_bad}
  - {id: short, criterion: Is short, points: 1, kind: length, rule: {max: 4}}
"""


RVPO = (
    "import signal, sys\n"
    "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    "from rvpo.harness.cli import main\n"
    "sys.exit(main(sys.argv[1:]))"
)
"""The command, minding Ctrl-C even where the tests themselves run in the background of a shell, which ignores it."""


class Desk:
    """A folder with all that ``rvpo judge`` needs: 24 responses, two questions each, four in flight."""

    def __init__(self, folder: Path, server: Any) -> None:
        self.folder = folder
        self.server = server
        self.out = folder / "run"
        (folder / "rubric.yaml").write_text(TWO_QUESTIONS, encoding="utf-8")
        rows = [
            {
                "id": f"row {n}",
                "prompt": f"question {n}",
                "response": ("fever", "overdose", "x")[n % 3] + f" {n}",
            }
            for n in range(24)
        ]
        self.responses(*rows)
        self.judge()

    def responses(self, *rows: dict[str, Any]) -> None:
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (self.folder / "responses.jsonl").write_text(text, encoding="utf-8")

    def judge(self, **fields: Any) -> None:
        settings = {"judge": "openai-compatible", "model": "m", "base_url": self.server.url}
        settings |= {"concurrency": 4, "store": str(self.folder / "store.sqlite")} | fields
        (self.folder / "judge.yaml").write_text(json.dumps(settings), encoding="utf-8")

    def arguments(self, *more: str) -> list[str]:
        files = [str(self.folder / name) for name in ("responses.jsonl", "rubric.yaml", "judge.yaml")]
        return ["judge", files[0], "--rubric", files[1], "--judge", files[2], "--out", str(self.out), *more]

    def start(self, *, shell_prefix: str = "") -> subprocess.Popen[str]:
        command = [sys.executable, "-c", RVPO, *self.arguments()]
        if shell_prefix:
            command = ["sh", "-c", f'{shell_prefix}; exec "$@"', "sh", *command]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def wait_for_requests(self, number: int, process: subprocess.Popen[str]) -> None:
        """However long the process takes to start; one that ended sends no more."""
        alive = True
        while self.server.counts()["requests"] < number:
            if not alive:
                pytest.fail(f"the server saw fewer than {number} requests: {process.communicate()[1]}")
            alive = process.poll() is None
            time.sleep(0.02)

    def rewards(self) -> list[dict[str, Any]]:
        lines = (self.out / "rewards.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]


@pytest.fixture
def make_desk(tmp_path: Path) -> Callable[[Any], Desk]:
    return lambda server: Desk(tmp_path, server)


@pytest.fixture
def desk(make_desk: Callable[[Any], Desk], scripted_server: Any) -> Desk:
    return make_desk(scripted_server)
