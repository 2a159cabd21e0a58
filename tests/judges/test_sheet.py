import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.judges.sheet import read_sheet
from rvpo.rubrics import Criterion

PLAIN = Criterion(id="a", criterion="Asks.")
DEPTH = Criterion.model_validate({"id": "b", "criterion": "How deep?", "options": ["none", "some", "full"]})
QUOTED = Criterion.model_validate({"id": "c", "criterion": "Names a dose.", "evidence": "quote"})
ASKED = (PLAIN, DEPTH, QUOTED)
RESPONSE = "Take 500 mg of it."

FIRST: dict[str, Any] = {"id": "c1", "explanation": "It asks.", "met": True}
SECOND: dict[str, Any] = {"id": "c2", "explanation": "Some.", "answer": "some"}
THIRD: dict[str, Any] = {"id": "c3", "explanation": "It does.", "evidence": "500 mg", "met": True}


def statuses(*verdicts: Any) -> list[str]:
    text = json.dumps({"verdicts": verdicts})
    return [reading.status for reading in read_sheet(text, ASKED, RESPONSE)]


def test_each_verdict_goes_to_its_criterion_in_any_order() -> None:
    for order in ((FIRST, SECOND, THIRD), (THIRD, FIRST, SECOND)):
        readings = read_sheet(json.dumps({"verdicts": order}), ASKED, RESPONSE)
        assert [reading.score for reading in readings] == [1.0, 0.5, 1.0]
        assert [reading.evidence for reading in readings] == ["", "", "500 mg"]
        assert [reading.explanation for reading in readings] == ["It asks.", "Some.", "It does."]


@pytest.mark.parametrize(
    ("verdicts", "found"),
    [
        ((FIRST, THIRD), ["ok", "missing", "ok"]),
        ((), ["missing", "missing", "missing"]),
        ((FIRST, FIRST, SECOND, THIRD), ["unparseable", "ok", "ok"]),
        ((FIRST, {**FIRST, "met": False}, SECOND, THIRD), ["unparseable", "ok", "ok"]),
        ((FIRST, SECOND, THIRD, {**FIRST, "id": "c4"}), ["ok", "ok", "ok"]),
        (({**FIRST, "id": "a"}, SECOND, THIRD), ["missing", "ok", "ok"]),
        (({**FIRST, "id": "C1"}, SECOND, THIRD), ["missing", "ok", "ok"]),
        (({**FIRST, "id": 1}, SECOND, THIRD), ["missing", "ok", "ok"]),
        (({**FIRST, "met": "true"}, SECOND, THIRD), ["unparseable", "ok", "ok"]),
        (({**FIRST, "points": 3}, SECOND, THIRD), ["unparseable", "ok", "ok"]),
        (({"id": "c1", "met": True}, SECOND, THIRD), ["unparseable", "ok", "ok"]),
        ((FIRST, {**SECOND, "answer": "lots"}, THIRD), ["ok", "off_menu", "ok"]),
        ((FIRST, {**SECOND, "id": "c3"}, THIRD), ["ok", "missing", "unparseable"]),
        ((FIRST, SECOND, {**THIRD, "evidence": "5 g"}), ["ok", "ok", "unsupported"]),
    ],
)
def test_a_bad_verdict_costs_the_others_nothing(verdicts: tuple[Any, ...], found: list[str]) -> None:
    assert statuses(*verdicts) == found


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty reply"),
        ("I would rather not.", "no complete JSON object"),
        ('{"verdicts": [{"id": "c1", "explanation": "x", "met": true}', "no complete JSON object"),
        ('{"verdicts": {"c1": true}}', "has not the form"),
        ('{"verdicts": [true]}', "has not the form"),
        ('{"verdicts": [], "note": "x"}', "has not the form"),
        ('{"verdicts": [], "verdicts": []}', "a key occurs twice"),
        ("<think>so", "the thinking does not end"),
    ],
)
def test_a_reply_without_a_list_of_verdicts_gives_none(text: str, why: str) -> None:
    for reading in read_sheet(text, ASKED, RESPONSE):
        assert (reading.status, reading.score) == ("unparseable", None)
        assert why in reading.explanation


def test_a_key_that_occurs_twice_in_a_verdict_makes_it_nobodys() -> None:
    text = f'{{"verdicts": [{{"id": "c1", "explanation": "x", "met": false, "met": true}}, {json.dumps(SECOND)}]}}'
    assert [reading.status for reading in read_sheet(text, ASKED, RESPONSE)] == ["missing", "ok", "missing"]


def test_thinking_fences_and_words_around_are_passed_over() -> None:
    body = json.dumps({"verdicts": [FIRST, SECOND, THIRD]})
    draft = json.dumps({"verdicts": [{**FIRST, "met": False}]})
    for text in (f"<think>{draft}</think>{body}", f"```json\n{body}\n```", f"{draft} or rather {body} Done."):
        assert [reading.score for reading in read_sheet(text, ASKED, RESPONSE)] == [1.0, 0.5, 1.0]


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["id", "explanation", "met", "answer", "evidence"]),
            st.sampled_from(["c1", "c2", "c3", "full", True, False, 1, None, "500 mg"]),
        ),
        max_size=5,
    )
)
def test_any_list_gives_each_criterion_one_reading(verdicts: list[dict[str, Any]]) -> None:
    readings = read_sheet(json.dumps({"verdicts": verdicts}), ASKED, RESPONSE)
    for name, reading in zip(("c1", "c2", "c3"), readings, strict=True):
        named = sum(verdict.get("id") == name for verdict in verdicts)
        assert (reading.status == "missing") == (named == 0)
        assert (reading.score is None) == (reading.status != "ok")
        assert named == 1 or reading.status in {"missing", "unparseable"}
