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
    "Therefore met is false.",
    "The dose is missing, so met is false.",
    "No dose is named. met: false",
    "No dose is named. Met: no.",
    "So the answer is false.",
    "It names no dose, so the answer is false.",
    "It names no dose; therefore, the final answer is: no.",
    "The criterion is therefore not satisfied.",
    "No dose is named, therefore criterion is not satisfied.",
    "Thus the criterion is therefore clearly not met.",
    "No dose. Hence `met` is false.",
    'No dose, so "met" is false.',
    'No dose, so "met": false.',
    "No dose is named, so met = false.",
    "No dose is named. met=false",
    "No dose is named, so met should be false.",
    "So met must therefore be set to false.",
    "I therefore set met to false.",
    "The value of met is false.",
    "No dose is named, so criteria_met is false.",
    "The criterion remains unmet.",
    "The criterion is unfulfilled.",
    "For this reason, the criterion cannot be considered met.",
    "The criterion is judged not met.",
    "The criterion therefore is not met.",
    "The model's response does not meet the criterion.",
    "The assistant doesn't satisfy this criterion.",
    "The rubric item is not met.",
]
SAYS_YES = [
    "It asks for the age, so the criterion is met.",
    "The response meets the criterion.",
    "Therefore, the criterion is fully met.",
    "It asks: how old are you? Criterion met.",
    "It asks. The verdict is true.",
    "The response clearly satisfies the criterion.",
    "Therefore met is true.",
    "It names the dose, so met is true.",
    "met: true",
    "It names the dose, so the answer is true.",
    "Therefore the answer is yes.",
    "The criterion is therefore satisfied.",
    "It names the dose, thus criterion is satisfied.",
    'So "met" should be true.',
    "I set met to true.",
    "Hence met=true.",
    "The criterion is considered met.",
    "The assistant clearly meets the criterion.",
    "The rubric item is met.",
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
    "If it named a dose, met would be true; as it does not, one could ask whether met is false.",
    "If no dose is named, met is false.",
    "Met is false if no dose is named.",
    "Unless the second turn counts, met is false.",
    "The criterion would be met if met is false.",
    "It is not true that met is false.",
    "It is not the case that met is false.",
    "It would be wrong to say that met is false.",
    "It cannot be said that met is false.",
    "The response says that the answer is false.",
    "The response claims the dose is 5 mg, and the answer is false.",
    "The answer is false.",
    "The response concludes that the claim is false.",
    "The trial found no effect, so the claim is false.",
    "The trial found no effect, so the statement is therefore false.",
    'The response states: "so the answer is false".',
    'The response ends with "Therefore met is false."',
    "The response writes 'met: false' into its JSON.",
    "It answers the question with no.",
    "It asks for a yes or no.",
    "It says yes and means no.",
    "The response explains why the answer must be no.",
    "Although strict reading says no, met is true; on a strict reading met is false.",
    "Some may argue, so met is false.",
    "The criterion is not entirely satisfied.",
    "The criterion is only partially fulfilled.",
    "The criterion is hardly unmet.",
    "The first half of the criterion is unmet.",
    "The response notes which criteria are not met.",
    "The diagnostic criteria are not met.",
    "The response lists the criteria that were not met.",
    "The patient's needs remain unmet.",
    "The response tells the two that they never met, so the story is false.",
    "The function returns false.",
    "The flag is set to false.",
    "The response sets met to false.",
    "The date on which they first met: no.",
    "Is the answer false? One might say so, but the answer is no",
    "The response rejects the idea that the criterion is unmet.",
    "Not only is the criterion met.",
    "Nothing shows that the criterion cannot be considered met.",
    'The statement "met is false" is false.',
    "It is unclear whether met is false.",
    "The criterion is not unmet.",
    "Therefore met is not false.",
    "So it is false that the criterion is not met.",
    "The response admits that its answer is false.",
    "The user asks whether the premise is true; the response says it is false.",
    "The criterion is met by half, so the answer is neither true nor false.",
    "So the answer is false or at best incomplete.",
    "The response answers False: no valid cut exists, so the answer is false.",
    "The reference says false. No permutation exists. So the answer is false.",
    "The response asks what it is about the item.",
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
