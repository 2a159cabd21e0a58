"""Reasons that take their verdict back are seen; ordinary reasons, however they speak of the criterion, never are."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.judges import JudgeConfig, JudgeRequest, JudgeService, RewardVector
from rvpo.judges.closing import contradicts
from rvpo.judges.verdicts import read_answer
from rvpo.rubrics import Criterion, Rubric

SAYS_NO = [
    "It never asks for the age, so the criterion is not met.",
    "Therefore, the criterion is not met.",
    "The response omits the dose. The criterion is not met.",
    "The criterion is clearly not met!",
    "The response does not meet the criterion.",
    "It omits the dose; thus the response fails to meet this criterion.",
    "Nothing on the dose. Not met.",
    "Nothing on the dose.\nVerdict: not met",
    "Nothing on the dose. Final verdict: false",
    "Nothing. **The criterion is not met.**",
    "It doesn’t ask, hence the criterion isn't met.",
]
SAYS_YES = [
    "It asks for the age, so the criterion is met.",
    "The response meets the criterion.",
    "Therefore, the criterion is fully met.",
    "It asks: how old are you? Criterion met.",
    "It asks. The verdict is true.",
    "The response clearly satisfies the criterion.",
]
ORDINARY = [
    "",
    "The response mentions a fever.",
    "The response never mentions a fever.",
    "One could say that the criterion is not met.",
    "If it had named a dose, the criterion would be met.",
    "It would be wrong to conclude that the criterion is not met.",
    'The response itself says "the criterion is not met".',
    "The criterion is partially met.",
    "The criterion is not fully met.",
    "Strictly read, the criterion is met only in part.",
    "I do not think the criterion is met.",
    "It is not the case that the criterion is not met.",
    "Although the dose is missing, the criterion is met.",
    "It is hard to see why the criterion is not met.",
    "The first condition is met; the second condition is not met.",
    "Condition A: met; condition B: not met.",
    "At first glance the criterion is not met. On a second look, the criterion is met. Or so, the criterion is not met.",
    "The answer is no.",
    "The answer is true.",
    "The conclusion is false.",
    "The proof shows that the claim is false.",
    "The patient was told that no target was met.",
    "The response says that they never met.",
    "Does this mean the criterion is not met?",
    "The criterion asks for the age, and whether it is met hinges on the second turn.",
    "The criterion is not met by the first draft, which the response then discards.",
    "There is no reason to hold that the criterion is not met.",
    "No part of the answer suggests that the criterion is met.",
    "It lists what happens when the criterion is not met.",
    "The response explains what to do in case the criterion is not met.",
]


@pytest.mark.parametrize(("reasons", "said"), [(SAYS_NO, False), (SAYS_YES, True)])
def test_an_explicit_close_against_the_verdict_is_seen(reasons: list[str], said: bool) -> None:
    for reason in reasons:
        assert contradicts(reason, met=not said), reason
        assert not contradicts(reason, met=said), reason


def test_ordinary_reasons_raise_no_alarm() -> None:
    for reason in ORDINARY:
        assert not contradicts(reason, met=True), reason
        assert not contradicts(reason, met=False), reason


PIECES = st.sampled_from([
    "the criterion", "is", "not", "met", "the response", "meets", "does not meet", "and", "that", "which", "when",
    "a fever", "the dose", "in case", "part of", "unmet", "target", "condition", ",", ".", "so", "verdict", "no",
])  # fmt: skip
CLOSINGS = ("the criterion is met", "the criterion is not met", "the response does not meet the criterion")


@given(st.lists(PIECES, max_size=30), st.sampled_from(["a fever", "the dose", "at all", "in part", "today"]))
def test_a_reason_that_ends_on_anything_else_raises_no_alarm(pieces: list[str], end: str) -> None:
    reason = " ".join([*pieces, end])
    assert not contradicts(reason, met=True)
    assert not contradicts(reason, met=False)


@given(st.text(max_size=3000), st.booleans())
def test_it_takes_any_text(reason: str, met: bool) -> None:
    assert not contradicts(reason, met=met) or reason[-200:].rstrip(" \t\r\n*_`.!")[-1:].isalpha()


@given(st.text("abc ,;:", max_size=40), st.sampled_from(CLOSINGS), st.booleans())
def test_a_reason_cannot_contradict_both_verdicts(before: str, closing: str, dot: bool) -> None:
    reason = f"{before}. So {closing}{'.' * dot}"
    assert contradicts(reason, met=True) != contradicts(reason, met=False)


def test_only_met_or_not_is_looked_at() -> None:
    scale: dict[str, Any] = {"scale": "numeric", "range": {"min": 1, "max": 5}}
    number = Criterion.model_validate({"id": "c", "criterion": "Is clear."} | scale)
    said = json.dumps({"explanation": SAYS_NO[0], "answer": 4})
    assert read_answer(said, number, "r").status == "ok"
    plain = Criterion(id="c", criterion="Is clear.")
    reading = read_answer(json.dumps({"explanation": SAYS_NO[0], "met": True}), plain, "r")
    assert (reading.status, reading.score) == ("contradicted", None)
    assert SAYS_NO[0] in reading.explanation


def judge(server: Any) -> tuple[RewardVector, int]:
    config = JudgeConfig(judge="openai-compatible", model="m", base_url=server.url, store=":memory:")
    rubric = Rubric(id="r", criteria=(Criterion(id="fever", criterion="Mentions the word fever"),))
    with JudgeService.open_sync(config) as service:
        (vector,) = service.judge_sync([JudgeRequest(rubric=rubric, prompt="p", response="fever")])
        return vector, service.stats().failures.get("contradicted", 0)


def test_it_is_asked_once_more_and_then_a_hole_that_is_counted(scripted_server: Any) -> None:
    scripted_server.script(verdict=json.dumps({"explanation": SAYS_NO[0], "met": True}))
    vector, counted = judge(scripted_server)
    assert (vector.values_or_none(), vector.verdicts[0].status, counted) == ([None], "contradicted", 1)
    assert scripted_server.counts()["requests"] == 2
