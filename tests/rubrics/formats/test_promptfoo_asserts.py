"""promptfoo's assertions as criteria: each kind, its inverse, and what has no rule here."""

from typing import Any

import pytest

from rvpo.rubrics import RuleOutcome, SourceError, evaluate_rule
from rvpo.rubrics.formats.contract import Notebook
from rvpo.rubrics.formats.promptfoo_asserts import comma_separated, criterion_of, flat_assertions, weight_of
from rvpo.rubrics.schema import Criterion

VARIABLES = {"language": "French", "n": 3, "want": "Oui"}


def made(kind: str, value: Any = None, **others: Any) -> tuple[Criterion | None, list[str]]:
    book = Notebook()
    entry = {"type": kind, **({} if value is None else {"value": value}), **others}
    found = criterion_of(entry, VARIABLES, ["language", "want"], "a", book)
    criterion = None if found is None else Criterion.model_validate({"id": "x", **found})
    return criterion, [note.text for note in book.done()]


def good(kind: str, value: Any, reply: str) -> float | None:
    criterion, notes = made(kind, value)
    assert criterion is not None
    assert notes == []
    outcome: RuleOutcome = evaluate_rule(criterion, reply, VARIABLES)
    return None if outcome.met is None else criterion.goodness(outcome.met)


@pytest.mark.parametrize(
    ("kind", "value", "passes", "fails"),
    [
        ("contains", "Bon", "Bonjour", "bonjour"),
        ("contains", 0, "10", "1"),
        ("contains", "{{n}}", "3", "4"),
        ("icontains", "BON", "Bonjour", "Salut"),
        ("contains-all", ["a", "b"], "ba", "a"),
        ("contains-all", 'a, "b, c"', "a b, c", "a b c"),
        ("contains-any", ["a", "b"], "b", "c"),
        ("icontains-any", ["A", "B"], "b", "c"),
        ("regex", r"\d{2}", "12", "1"),
        ("starts-with", "a.b", "a.bc", "axb"),
        ("equals", "Oui", "Oui", "oui"),
        ("equals", "{{want}}", "Oui", "Non"),
        ("equals", {"a": [1]}, '{"a": [1]}', '{"a": [2]}'),
        ("is-json", None, "[1]", "x"),
        ("is-json", {"type": "object"}, "{}", "[]"),
        ("is-json", "type: object", "{}", "[]"),
        ("word-count", 2, "a b", "a"),
        ("word-count", {"min": 2, "max": "3"}, "a b c", "a b c d"),
    ],
)
def test_rules_and_their_inverses(kind: str, value: Any, passes: str, fails: str) -> None:
    assert (good(kind, value, passes), good(kind, value, fails)) == (1.0, 0.0)
    assert (good(f"not-{kind}", value, passes), good(f"not-{kind}", value, fails)) == (0.0, 1.0)


@pytest.mark.parametrize("kind", ["llm-rubric", "model-graded-closedqa", "g-eval"])
def test_what_a_model_judges(kind: str) -> None:
    criterion, notes = made(kind, "Is in {{ language }}, not {language}, {n} or {{n}}.")
    assert criterion is not None
    assert criterion.criterion == "Is in {language}, not {{language}}, {n} or 3."
    assert (criterion.kind, criterion.polarity, notes) == ("llm", "met_is_good", [])
    inverse, _ = made(f"not-{kind}", "Is rude.")
    assert inverse is not None
    assert inverse.polarity == "met_is_bad"


@pytest.mark.parametrize(
    ("kind", "value", "note"),
    [
        ("javascript", "1", "javascript: there is no such rule here: code is not taken over; write a rule of kind python"),
        ("latency", 5, "latency: there is no such rule here"),
        ("llm-rubric", {"a": 1}, "llm-rubric: its value is a mapping, no text"),
        ("llm-rubric", "file://r.txt", "llm-rubric: its value is a file, file://r.txt, which is not read"),
        ("contains", "", 'contains: its value is "", no text'),
        ("contains-any", ", ,", "contains-any: an empty text, which everything contains"),
        ("equals", "", "equals: an empty text"),
        ("word-count", "many", 'word-count: min is "many", no whole number'),
        ("word-count", {}, "word-count: its value is a mapping, no number of words"),
        ("is-json", 3, "is-json: its value is 3, no JSON Schema"),
        ("regex", 3, "regex: its value is 3, no pattern"),
    ],
)  # fmt: skip
def test_what_has_no_rule_is_noted(kind: str, value: Any, note: str) -> None:
    assert made(kind, value) == (None, [note])


@pytest.mark.parametrize(("kind", "value"), [("regex", "("), ("is-json", {"type": "objekt"})])
def test_what_is_broken_is_noted(kind: str, value: Any) -> None:
    criterion, (note,) = made(kind, value)
    assert criterion is None
    assert note.startswith(f"{kind}: ")


def test_other_keys_and_filters_are_noted() -> None:
    criterion, notes = made(
        "llm-rubric", "x {{ n | abs }}", threshold=0.5, provider="p", weight=2, metric="m"
    )
    assert criterion is not None
    assert notes == [
        "provider of llm-rubric",
        "threshold of llm-rubric",
        "llm-rubric: a template with more than names stays as it is",
    ]


def test_sets_are_taken_apart_and_keep_their_weight() -> None:
    book = Notebook()
    members = [{"type": "contains", "value": "a", "weight": 3}, {"type": "contains", "value": "b"}]
    entries = [{"type": "assert-set", "assert": members, "weight": 2, "threshold": 1}, {"$ref": "#/t/x"}]
    found = list(flat_assertions(entries, {"x": {"type": "is-json"}}, "a", "f", book))
    assert [(place, entry["type"], entry.get("weight")) for place, entry in found] == [
        ("a[0].assert[0]", "contains", 1.5),  # 2 * 3 / (3 + 1)
        ("a[0].assert[1]", "contains", 0.5),
        ("a[1]", "is-json", None),
    ]
    assert [note.text for note in book.done()] == ["threshold of the set"]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("x", 'f: a[0]: got "x", should be an assertion with a type'),
        ({"value": "x"}, "f: a[0]: got a mapping, should be an assertion with a type"),
        ({"$ref": "#/t/y"}, "f: a[0]: got a mapping, should be an assertion with a type"),
        ({"type": "assert-set"}, "f: a[0].assert: got null, should be a list of assertions"),
    ],
)
def test_errors_are_one_line(entry: Any, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        list(flat_assertions([entry], {}, "a", "f", Notebook()))
    assert str(caught.value) == message


def test_weights() -> None:
    assert weight_of({}, "a", "f") == 1.0
    with pytest.raises(SourceError, match=r'^f: a\.weight: got "2", should be a number$'):
        weight_of({"weight": "2"}, "a", "f")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a,b", ["a", "b"]),
        (' a , "b,""c""" ', ["a", 'b,"c"']),
        (r'"a\"b"', ['a"b']),
        (",, a,,", ["a"]),
        ("", []),
    ],
)
def test_comma_separated(text: str, parts: list[str]) -> None:
    assert comma_separated(text) == parts
