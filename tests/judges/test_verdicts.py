import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.judges.verdicts import (
    LabelVerdict,
    MetVerdict,
    NumberVerdict,
    QuotedLabelVerdict,
    QuotedMetVerdict,
    QuotedNumberVerdict,
    find_verdict,
    read_answer,
)
from rvpo.rubrics import Criterion

FORMS: list[Any] = [
    (MetVerdict, '"met": true', '"met": false'),
    (QuotedMetVerdict, '"evidence": "ho", "met": true', '"evidence": "", "met": false'),
    (LabelVerdict, '"answer": "full"', '"answer": "none"'),
    (QuotedLabelVerdict, '"evidence": "ho", "answer": "full"', '"evidence": "", "answer": "none"'),
    (NumberVerdict, '"answer": 4', '"answer": 0.5'),
    (QuotedNumberVerdict, '"evidence": "ho", "answer": 4', '"evidence": "", "answer": 0.5'),
]
"""A form, how its verdicts end when they say yes, and when they say no."""

BEYOND_DOUBT = {
    "plain": ("YES", True),
    "plain no": ("NO", False),
    "blank around": ("  \nYES\n", True),
    "tagged fence": ("```json\nYES\n```", True),
    "untagged fence": ("```\nNO\n```", False),
    "preamble": ("Here is my verdict:\nYES", True),
    "trailing text": ("NO\nI hope this helps!", False),
    "thinking with a draft in it": ("<think>Say it is YES? No.</think>\nNO", False),
    "two thoughts": ("<think>a</think><think>b</think>YES", True),
    "the last one counts": ("The response itself says YES. My own verdict: NO", False),
    "raw line break": ('{"explanation": "line\nbreak", END}', True),
    "braces and the key in text": ('{"explanation": "braces } { and \\"KEY\\" inside", END}', True),
    "other objects around": ('{"note": 1} YES {"note": 2}', True),
    "any order of keys": ('{END, "explanation": "late reason"}', True),
    "byte order mark": ("\ufeffYES", True),
}
DOUBTFUL = {
    "empty": ("", "empty"),
    "words": ("I would rather not say.", "no complete"),
    "bare value": ("true", "no complete"),
    "null": ('{"explanation": "x", "KEY": null}', "has not the form"),
    "a list": ('{"explanation": "x", "KEY": [true]}', "has not the form"),
    "reason is no text": ('{"explanation": 3, END}', "has not the form"),
    "no reason": ("{END}", "has not the form"),
    "a key too many": ('{"explanation": "x", END, "score": 20}', "has not the form"),
    "key twice": ('{"explanation": "x", END, "KEY": 1}', "twice"),
    "key twice, escaped": ('{"explanation": "x", END, "ESCAPED": 1}', "twice"),
    "no way back to an earlier one": ('YES {"explanation": "x", "KEY": []}', "has not the form"),
    "the last one is cut": ('YES or rather {"explanation": "x", "KEY": ', "no complete"),
    "single quotes": ("{'explanation': 'x', 'KEY': true}", "no complete"),
    "trailing comma": ('{"explanation": "x", END,}', "no complete"),
    "cut": ('{"explanation": "x", "KEY": tr', "no complete"),
    "nested": ('{"verdict": YES}', "no complete"),
    "thinking without end": ("<think>it is met, so", "does not end"),
    "noise": ("{" * 1000, "more braces"),
}


def written(pattern: str, yes: str, no: str) -> str:
    key = "met" if '"met"' in yes else "answer"
    text = pattern.replace("YES", f'{{"explanation": "It does.", {yes}}}')
    text = text.replace("NO", f'{{"explanation": "It does not.", {no}}}').replace("END", yes)
    return text.replace("KEY", key).replace("ESCAPED", f"\\u{ord(key[0]):04x}{key[1:]}")


@pytest.mark.parametrize(("form", "yes", "no"), FORMS, ids=lambda each: getattr(each, "__name__", ""))
@pytest.mark.parametrize("name", BEYOND_DOUBT)
def test_verdicts_beyond_doubt(name: str, form: Any, yes: str, no: str) -> None:
    pattern, says_yes = BEYOND_DOUBT[name]
    found = find_verdict(written(pattern, yes, no), form)
    end = json.loads(f"{{{yes if says_yes else no}}}")
    assert {key: getattr(found, key) for key in end} == end


@pytest.mark.parametrize(("form", "yes", "no"), FORMS, ids=lambda each: getattr(each, "__name__", ""))
@pytest.mark.parametrize("name", DOUBTFUL)
def test_doubt_is_a_failure_not_a_score(name: str, form: Any, yes: str, no: str) -> None:
    pattern, why = DOUBTFUL[name]
    with pytest.raises(ValueError, match=why):
        find_verdict(written(pattern, yes, no), form)


@pytest.mark.parametrize(
    ("form", "end"),
    [
        (MetVerdict, '"met": "true"'),
        (MetVerdict, '"met": 1'),
        (MetVerdict, '"answer": true'),
        (LabelVerdict, '"answer": 1'),
        (LabelVerdict, '"answer": true'),
        (LabelVerdict, '"met": true'),
        (NumberVerdict, '"answer": "4"'),
        (NumberVerdict, '"answer": true'),
        (QuotedMetVerdict, '"met": true'),
        (QuotedMetVerdict, '"evidence": null, "met": false'),
        (QuotedLabelVerdict, '"evidence": ["ho"], "answer": "full"'),
        (LabelVerdict, '"evidence": "ho", "answer": "full"'),
    ],
)
def test_no_value_is_taken_for_another_kind(form: Any, end: str) -> None:
    with pytest.raises(ValueError, match=r"has not the form|no complete"):
        find_verdict(f'{{"explanation": "x", {end}}}', form)


# --- on the scale ------------------------------------------------------------------------------------------------

DEPTH = {
    "id": "depth",
    "criterion": "How deep?",
    "options": ["None", "partial", "Full", {"label": "n/a", "na": True}],
}
NUMBER = {"id": "n", "criterion": "How many?", "range": {"min": 1, "max": 5}}
QUOTED = {"id": "q", "criterion": "Names a dose.", "evidence": "quote"}
RESPONSE = "Take 500 mg of it, every six hours."


def answered(criterion: dict[str, Any], end: str) -> Any:
    reply = f'{{"explanation": "why", {end}}}'
    return read_answer(reply, Criterion.model_validate(criterion), RESPONSE)


@pytest.mark.parametrize(
    ("criterion", "end", "status", "score"),
    [
        (DEPTH, '"answer": "none"', "ok", 0.0),
        (DEPTH, '"answer": "partial"', "ok", 0.5),  # three labels, evenly spaced
        (DEPTH, '"answer": "  FULL\\n"', "ok", 1.0),
        (DEPTH, '"answer": "n/a"', "not_applicable", None),
        (DEPTH, '"answer": "fully"', "off_menu", None),
        (DEPTH, '"answer": "full."', "off_menu", None),
        (DEPTH, '"answer": ""', "off_menu", None),
        (DEPTH, '"answer": 1', "unparseable", None),
        (NUMBER, '"answer": 1', "ok", 0.0),
        (NUMBER, '"answer": 2.0', "ok", 0.25),  # (2 - 1) / (5 - 1)
        (NUMBER, '"answer": 5', "ok", 1.0),
        (NUMBER, '"answer": 5.0001', "off_menu", None),
        (NUMBER, '"answer": 20', "off_menu", None),
        (NUMBER, '"answer": -1e30', "off_menu", None),
        (NUMBER, '"answer": NaN', "off_menu", None),
        (NUMBER, '"answer": Infinity', "off_menu", None),
        (NUMBER, '"answer": 1e999', "off_menu", None),
        (NUMBER, f'"answer": {"9" * 400}', "unparseable", None),
        (NUMBER, f'"answer": {"9" * 9000}', "unparseable", None),
        (QUOTED, '"evidence": "take 500\\u00a0mg", "met": true', "ok", 1.0),
        (QUOTED, '"evidence": "take 50 mg", "met": true', "unsupported", None),
        (QUOTED, '"evidence": "", "met": true', "unsupported", None),
        (QUOTED, '"evidence": "", "met": false', "ok", 0.0),
        (QUOTED, '"evidence": "take 50 mg", "met": false', "ok", 0.0),
        ({**DEPTH, "evidence": "quote"}, '"evidence": "500 mg", "answer": "partial"', "ok", 0.5),
        ({**DEPTH, "evidence": "quote"}, '"evidence": "5 g", "answer": "partial"', "unsupported", None),
        ({**DEPTH, "evidence": "quote"}, '"evidence": "", "answer": "none"', "ok", 0.0),
        ({**DEPTH, "evidence": "quote"}, '"evidence": "", "answer": "n/a"', "not_applicable", None),
        ({**NUMBER, "evidence": "quote"}, '"evidence": "", "answer": 1', "ok", 0.0),
        ({**NUMBER, "evidence": "quote"}, '"evidence": "", "answer": 2', "unsupported", None),
    ],
)
def test_an_answer_is_on_the_scale_or_no_score(
    criterion: dict[str, Any], end: str, status: str, score: float | None
) -> None:
    reading = answered(criterion, end)
    assert (reading.status, reading.score) == (status, score)


def test_the_answer_and_its_evidence_are_kept() -> None:
    reading = answered({**DEPTH, "evidence": "quote"}, '"evidence": "every six hours", "answer": "full"')
    assert (reading.answer, reading.evidence, reading.explanation) == ("full", "every six hours", "why")
    assert answered(NUMBER, '"answer": 3').answer == 3.0
    assert answered(QUOTED, '"evidence": "every six hours", "met": true').answer is None


def test_what_was_not_looked_up_is_no_evidence() -> None:
    assert answered(QUOTED, '"evidence": "every six hours", "met": false').evidence == ""


def test_a_failure_says_what_was_wrong_and_why_the_judge_thought_so() -> None:
    assert answered(DEPTH, '"answer": "superb"').explanation == (
        "the answer 'superb' is none of those allowed: why"
    )
    lie = answered(QUOTED, '"evidence": "take 50 mg", "met": true')
    assert lie.explanation == "the quote 'take 50 mg' is not in the response: why"


CRITERIA = [
    Criterion.model_validate(each)
    for each in (DEPTH, NUMBER, QUOTED, {**DEPTH, "evidence": "quote"}, {"id": "a", "criterion": "Asks."})
]


@given(st.text() | st.text(alphabet='{}[]":,truefalsmxpnw0123456789.eE-\\ \n'), st.sampled_from(CRITERIA))
def test_any_text_gives_a_score_in_range_or_a_reason(reply: str, criterion: Criterion) -> None:
    reading = read_answer(reply, criterion, RESPONSE)
    if reading.status == "ok":
        assert reading.score is not None
        assert 0.0 <= reading.score <= 1.0
    else:
        assert reading.score is None
        assert reading.explanation


@given(st.text(), st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_counts_exactly_if_it_is_in_range(explanation: str, number: float) -> None:
    reading = read_answer(json.dumps({"explanation": explanation, "answer": number}), CRITERIA[1], RESPONSE)
    assert reading.status == ("ok" if 1 <= number <= 5 else "off_menu")


@given(st.text(), st.booleans())
def test_what_is_written_is_read_back(explanation: str, met: bool) -> None:
    found = find_verdict(json.dumps({"explanation": explanation, "met": met}), MetVerdict)
    assert isinstance(found, MetVerdict)
    assert (found.explanation, found.met) == (explanation, met)
