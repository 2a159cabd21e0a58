"""What these tests share: replies as the reward manager writes them, and verl's own interpreter where there is one."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from rvpo.judges import JudgeConfig, JudgeService
from rvpo.rubrics import Rubric
from rvpo.trainer.verl_plugin.judging import judge_reply
from rvpo.trainer.verl_plugin.reply import Reply
from rvpo.trainer.verl_plugin.task import Task, rubric_text

collect_ignore = ["through_verl.py", "ask_through_verl.py"]
"""Programs that verl's interpreter runs."""

HERE = Path(__file__).parent


def make_reply(scores: Sequence[float | None]) -> Reply:
    says: list[dict[str, Any]] = [
        {"criterion": f"c{place}", **({"fail": "timeout"} if score is None else {"say": [float(score)]})}
        for place, score in enumerate(scores)
    ]
    criteria: list[dict[str, Any]] = [
        {"id": f"c{place}", "criterion": f"criterion {place}", "range": {"min": 0, "max": 1}}
        for place in range(len(scores))
    ]
    # Holes are to stay holes here: a reply is left out of its group only when nothing was judged.
    rubric = Rubric.model_validate({"id": "r", "criteria": criteria, "on_invalid": {"max_missing": 0.99}})
    task = Task(id="t", rubric=rubric_text(rubric), labels=tuple(each["id"] for each in criteria))
    judge = {"judge": "scripted", "store": ":memory:", "max_attempts": 1, "replies": says}
    with JudgeService.open_sync(JudgeConfig.model_validate(judge)) as service:
        return asyncio.run(judge_reply(service, task, [{"role": "user", "content": "q"}], "a")).reply


@pytest.fixture(scope="session")
def reply() -> Callable[[Sequence[float | None]], Reply]:
    """A reply by the scores of its criteria, made the way the reward manager makes it."""
    return make_reply


@pytest.fixture(scope="session")
def in_verl() -> Callable[..., Any]:
    """Run a script of this folder with verl's interpreter; gives the last line it printed, read as JSON."""
    python = os.environ.get("RVPO_VERL_PYTHON")
    if python is None:
        pytest.skip("verl has an environment of its own: make test-verl")

    def run(script: str, given: Any) -> Any:
        done = subprocess.run(
            [python, "-W", "ignore", str(HERE / script)],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "OMP_NUM_THREADS": "1", "RAY_USAGE_STATS_ENABLED": "0"},
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return json.loads(done.stdout.splitlines()[-1])

    return run


@pytest.fixture
def served_judge(tmp_path: Path) -> Iterator[str]:
    """The address of ``rvpo serve`` before a scripted judge: "lost" fails, "kind" is met."""
    replies = [{"contains": "lost", "fail": "timeout"}, {"contains": "kind", "say": [True]}, {"say": [False]}]
    judge = tmp_path / "judge.yaml"
    judge.write_text(
        json.dumps({"judge": "scripted", "store": ":memory:", "max_attempts": 1, "replies": replies})
    )
    command = [sys.executable, "-m", "rvpo.harness.cli", "serve", "--judge", str(judge), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = re.search(r"http://\S+:\d+", process.stdout.readline())
        assert address is not None
        yield address[0]
        process.terminate()
