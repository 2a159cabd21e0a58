"""An adaptive k through a run that is cut off: the second half goes on with the k that the first had come to."""

import json
from pathlib import Path
from typing import Any

import pytest

from rvpo.trainer import Progress, TrainConfig, TrainingStopped, train

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")


def logged(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (Path(out) / "log.jsonl").read_text().splitlines()]


def test_a_continued_run_has_the_ks_of_an_unbroken_one(tiny_config: dict[str, Any]) -> None:
    """A range that no k reaches, so that k moves with every batch that has anything to choose."""
    told = {
        **tiny_config,
        "k": {"schedule": "adaptive", "start": 0.5, "low": 0.01, "high": 0.02, "gain": 0.1},
    }
    whole = TrainConfig.model_validate({**told, "out": f"{tiny_config['out']}-whole"})
    train(whole)
    broken = TrainConfig.model_validate(told)

    def stop(now: Progress) -> None:
        if (now.stage, now.done) == ("train", 3):
            raise KeyboardInterrupt

    with pytest.raises(TrainingStopped):
        train(broken, on_progress=stop)
    assert train(broken).continued_from == 2
    ks = [row["rvpo/k"] for row in logged(whole.out)]
    assert ks[0] == 0.5
    assert ks[2] > ks[0]
    assert [row["rvpo/k"] for row in logged(broken.out)] == ks
    state = json.loads((Path(broken.out) / "checkpoint-4" / "trainer_state.json").read_text())
    assert state["stateful_callbacks"]["rvpo.Adaptive"]["attributes"]["k"] > ks[-1]
