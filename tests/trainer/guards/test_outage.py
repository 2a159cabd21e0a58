"""A judge that is down is waited for, skipped or given up, and told from one that fails on some answers."""

import pytest

from rvpo.judges import JudgeConfig, JudgeRequest, JudgeService, RewardVector
from rvpo.rubrics import Rubric
from rvpo.trainer.errors import JudgeDown
from rvpo.trainer.guards.outage import Patience, down_share
from rvpo.trainer.guards.settings import Guards, OnJudgeDown

RUBRIC = Rubric.model_validate(
    {
        "id": "r",
        "criteria": [
            {"id": "tone", "criterion": "Kind."},
            {"id": "e", "criterion": "e", "kind": "contains", "rule": {"texts": ["e"]}},
        ],
    }
)


def judged(*responses: str) -> list[RewardVector]:
    """``down`` finds the judge away, ``odd`` gets an answer without a verdict."""
    replies = [
        {"contains": "down", "fail": "transport"},
        {"contains": "odd", "fail": "unparseable"},
        {"say": [True]},
    ]
    config = {"judge": "scripted", "max_attempts": 1, "store": ":memory:", "replies": replies}
    with JudgeService.open_sync(JudgeConfig.model_validate(config)) as service:
        return service.judge_sync(
            [JudgeRequest(rubric=RUBRIC, prompt="q", response=response) for response in responses]
        )


def patience(policy: OnJudgeDown, said: list[str], slept: list[float]) -> Patience:
    guards = Guards(on_judge_down=policy, judge_retry_s=20, judge_wait_at_most_s=200)
    return Patience(guards, said.append, slept.append, lambda: sum(slept))


def test_only_what_was_asked_and_not_reached_counts() -> None:
    assert down_share(judged("down", "odd", "fine", "down")) == 0.5
    assert down_share([]) == 0


def test_waits_with_growing_pauses_until_it_answers() -> None:
    said: list[str] = []
    slept: list[float] = []
    later = iter([judged("down", "down"), judged("down", "down"), judged("fine", "odd")])
    vectors, down_s = patience("wait", said, slept).answers(judged("down", "down"), lambda: next(later))
    assert slept == [20, 40, 60]
    assert down_s == 120
    assert down_share(vectors) == 0
    assert said[0].startswith("the judge is down (100% unanswered)")
    assert said[1] == "the judge answers again after 120 s"


def test_gives_up_in_the_end() -> None:
    slept: list[float] = []
    down = judged("down")
    with pytest.raises(JudgeDown, match=r"stayed down for 180 s \(judge_wait_at_most_s: 200\)"):
        patience("wait", [], slept).answers(down, lambda: down)
    assert slept == [20, 40, 60, 60]


def test_stops_or_goes_on_as_told() -> None:
    down = judged("down", "fine")
    with pytest.raises(JudgeDown, match="the judge is down: 50% of what it was asked"):
        patience("stop", [], []).answers(down, list)
    assert patience("skip", [], []).answers(down, list) == (down, 0.0)
    mostly = judged("down", "fine", "fine")
    assert patience("stop", [], []).answers(mostly, list) == (mostly, 0.0)
