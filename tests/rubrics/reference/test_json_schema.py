"""The JSON Schema agrees with the loader: what loads is valid, and what is invalid does not load.

The other way round there is a list: what no schema can say.
"""

import copy
import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from rvpo.rubrics import RubricError, library_names
from rvpo.rubrics.compose.sources import library_file
from rvpo.rubrics.load import resolved
from rvpo.rubrics.reading.yaml_values import read_yaml
from rvpo.rubrics.reference.json_schema import rubric_file_schema, schema_text
from rvpo.rubrics.reference.samples import FILE, REUSE, RULES, SCALES
from rvpo.rubrics.schema import KINDS

SCHEMA = rubric_file_schema()
VALIDATOR = Draft7Validator(SCHEMA)

RICH: dict[str, Any] = {
    "schema": "rubric/v1",
    "id": "rich",
    "version": 2,
    "fields": ["reference"],
    "components": [{"id": "c", "weight": 2}],
    "aggregate": {"view": "components"},
    "on_invalid": {"max_missing": 0.1},
    "judge": {"mode": "k-criteria"},
    "fragments": {"more": [{"id": "f", "criterion": "x", "tags": ["a"]}, {"use": "most"}], "most": [{"id": "g", "criterion": "x"}]},
    "criteria": [
        {"id": "a", "criterion": "x", "points": -2, "polarity": "met_is_bad", "gate": "veto", "component": "c"},
        {"id": "b", "criterion": "x", "options": ["low", {"label": "high"}, {"label": "n/a", "na": True}]},
        {"id": "d", "criterion": "x", "range": {"min": 1, "max": 5}, "examples": [{"response": "r", "verdict": 3}]},
        {"id": "e", "criterion": "x", "scale": "nominal", "options": [{"label": "p", "value": 0}, {"label": "q", "value": 0.5}]},
        {"id": "l", "criterion": "x", "kind": "length", "rule": {"unit": "words", "max": 8}},
        {"id": "m", "criterion": "x", "kind": "match", "rule": {"expected": "y", "part": "answer"}},
        {"id": "n", "criterion": "x", "kind": "numeric_answer", "rule": {"expected_from": "reference", "tolerance": 1}},
        {"id": "t", "criterion": "x", "kind": "tool_calls", "rule": {"calls": [{"name": "f", "arguments": {"a": 1}}]}},
        {"use": "more"},
    ],
}  # fmt: skip
CHILD: dict[str, Any] = {
    "id": "child",
    "extends": "library:medical_consultation",
    "drop": ["padded"],
    "criteria": [{"id": "plain_words", "points": 9}, {"id": "new", "criterion": "x"}],
}


def loads(data: Any) -> str | None:
    """What the loader complains about, if anything."""
    try:
        resolved(data, "r", {})
    except RubricError as error:
        return str(error)
    return None


def test_it_is_a_schema_and_the_committed_one() -> None:
    Draft7Validator.check_schema(SCHEMA)
    committed = Path(__file__).parents[3] / "rubrics" / "rubric.schema.json"
    assert committed.read_text(encoding="utf-8") == schema_text(), (
        "run: rvpo rubric schema --out rubrics/rubric.schema.json --force"
    )


def test_every_key_is_described() -> None:
    for node in (SCHEMA, *SCHEMA["definitions"].values()):
        for key, entry in node.get("properties", {}).items():
            assert "$ref" in entry or entry.get("description") or key == "kind", key
            assert "``" not in entry.get("description", "")


@pytest.mark.parametrize("name", library_names())
def test_shipped_rubrics_are_valid(name: str) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(library_file(name).data)] == []


def samples() -> Iterator[str]:
    yield files("rvpo.harness").joinpath("data", "starter_rubric.yaml").read_text(encoding="utf-8")
    yield from (FILE, *REUSE.values())
    for text in (*(sample.yaml for sample in RULES.values()), *(text for text, _ in SCALES.values())):
        yield f"id: s\ncriteria:\n{text}"


@pytest.mark.parametrize("text", list(samples()))
def test_samples_are_valid(text: str) -> None:
    data: Any = read_yaml(text, "s")[0]
    assert [error.message for error in VALIDATOR.iter_errors(data)] == []


def test_the_rich_ones_are_valid_and_load() -> None:
    for data in (RICH, CHILD):
        assert [error.message for error in VALIDATOR.iter_errors(data)] == []
        assert loads(data) is None


def criterion(**keys: Any) -> dict[str, Any]:
    return {"id": "r", "criteria": [{"id": "a", "criterion": "x", **keys}]}


def rule(kind: str, **settings: Any) -> dict[str, Any]:
    return criterion(kind=kind, rule=settings)


@pytest.mark.parametrize(
    "data",
    [
        [], "x", None, {}, {"id": "r"}, {"id": "r", "criteria": []}, {"criteria": [{"id": "a", "criterion": "x"}]},
        {**criterion(), "titel": "x"}, {**criterion(), "version": 0}, {**criterion(), "version": "1"},
        {**criterion(), "schema": "rubric/v2"}, {**criterion(), "schema_version": "rubric/v1"}, {**criterion(), "id": "a b"},
        {**criterion(), "tags": [""]}, {**criterion(), "fields": ["a-b"]}, {**criterion(), "title": None},
        {**criterion(), "aggregate": {"view": "criterion"}}, {**criterion(), "on_invalid": {"max_missing": 2}},
        {**criterion(), "judge": {"mode": "all"}}, {**criterion(), "components": [{"id": "c", "weight": 0}]},
        {**criterion(), "drop": ["a"]}, {**criterion(), "fragments": {"f": []}}, {**criterion(), "fragments": {"f g": [{"use": "f"}]}},
        {**criterion(), "fragments": {"f": [{"id": "b"}]}}, {"extends": "library:tool_calling"},
        {"id": "r", "extends": 3}, {"id": "r", "extends": "library:tool_calling", "criteria": [{"points": 3}]},
        {"id": "r", "criteria": [{"use": "f", "points": 2}], "fragments": {"f": [{"id": "a", "criterion": "x"}]}},
        {"id": "r", "criteria": [{"use": 3}]}, {"id": "r", "criteria": ["a"]}, {"id": "r", "criteria": [{"id": "a"}]},
        criterion(point=1), criterion(points="1"), criterion(points=True), criterion(points=-1), criterion(polarity="bad"),
        criterion(kind="regexp"), criterion(kind="regex"), criterion(rule={"pattern": "x"}), criterion(kind="length", rule=None),
        criterion(scale="ordinal"), criterion(scale="numeric"), criterion(scale="binary", options=["a", "b"]),
        criterion(options=["a", "b"], range={"max": 3}), criterion(scale="nominal", range={"max": 3}), criterion(range={}),
        criterion(options=["a", 3]), criterion(options=["a", {"label": "b", "na": True, "value": 1}, "c"]),
        criterion(options=[{"label": "a", "value": 2}, {"label": "b", "value": 0}]), criterion(options=""),
        criterion(gate="veto"), criterion(gate="required", polarity="met_is_bad"), criterion(gate="must"),
        criterion(evidence="cite"), criterion(examples=[{"response": "x"}]), criterion(examples=[{"response": "", "verdict": True}]),
        criterion(tags="a"), criterion(component="a b"), criterion(guidelines=None),
        rule("length", max=-1), rule("length", max=1.5), rule("length", unit="tokens"), rule("length", tokenizer="t"),
        criterion(kind="length", rule={"kind": "regex", "pattern": "x"}), rule("regex", pattern=""), rule("regex", pattern="x", full="yes"),
        rule("contains", texts=[]), rule("contains", texts=["a"], require="some"), rule("not_contains"),
        rule("json", type="text"), rule("json_schema"), rule("json_schema", json_schema=[]), rule("language", languages=[]),
        rule("numeric_answer"), rule("numeric_answer", expected=1, expected_from="a"), rule("numeric_answer", expected="1"),
        rule("choice", expected="A", letters="a"), rule("match"), rule("match", expected=[""]), rule("match", expected=3),
        rule("python", function="x"), rule("tool_calls"), rule("tool_calls", calls=[], calls_from="c"),
        rule("tool_calls", check="irrelevance", calls=[]), rule("tool_calls", calls=[{"arguments": {}}]),
        rule("tool_calls", calls=[], row_matchers=True), rule("length", part="thinking"), rule("python", function="a:b", part="all"),
        {**criterion(kind="length", rule={"max": 1}, evidence="quote")}, criterion(kind="json", options=["a", "b"]),
    ],
)  # fmt: skip
def test_both_refuse(data: Any) -> None:
    assert not VALIDATOR.is_valid(data)
    assert loads(data) is not None


LOADER_ONLY = (
    "occurs twice", "is taken already", "components are: ", "is no answer on scale", "is not above min", "is below min",
    "has no value, though others have", "of a nominal scale need values", "must rise or fall", "two options have the same label",
    "that are not n/a, needed at least 2", "does not compile", "no fragment", "goes in a circle", "no criterion", "no library rubric",
    "only library:NAME", "is a URL", "holds only fragments", "language", "needs one of forbid", "does not look at", "is forbidden, and",
    "compares plain values", "is that of a component and of a criterion", "needs one category tag",
)  # fmt: skip
"""What no schema can say, by the loader's words."""

VALUES = st.sampled_from(
    [None, True, False, 0, -1, 3, 2.5, "", "x", "a b", "c", "met_is_bad", "llm", "json", "ordinal", "veto", "library:tool_calling",
     [], ["x"], [3], {}, {"id": "z", "criterion": "x"}, {"use": "more"}, {"max": 3}, {"label": "low", "na": True}]
)  # fmt: skip
KEYS = ["id", "points", "kind", "rule", "scale", "options", "range", "gate", "evidence", "extends", "drop", "fragments",
        "use", "value", "na", "unit", "tokenizer", "expected", "expected_from", "calls", "check", "oops"]  # fmt: skip


def places(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in entries:
        yield from places(value, (*path, key))


def mutated(data: dict[str, Any], draw: Any) -> dict[str, Any]:
    """Put in, replace or take out something somewhere."""
    data = copy.deepcopy(data)
    *around, last = draw(st.sampled_from(sorted((p for p in places(data) if p), key=str)))
    holder: Any = data
    for step in around:
        holder = holder[step]
    action = draw(st.sampled_from(["replace", "remove", "add"]))
    if action == "remove":
        del holder[last]
    elif action == "add" and isinstance(holder, dict):
        holder[draw(st.sampled_from(KEYS))] = draw(VALUES)
    else:
        holder[last] = draw(VALUES)
    return data


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_mutations_are_judged_alike(data: st.DataObject) -> None:
    changed = data.draw(st.sampled_from([RICH, CHILD]))
    for _ in range(data.draw(st.integers(1, 3))):
        changed = mutated(changed, data.draw)
    complaint = loads(changed)
    valid = VALIDATOR.is_valid(changed)
    if complaint is None:
        assert valid, [error.message for error in VALIDATOR.iter_errors(changed)]
    elif valid and not (
        "extends" in changed and "criteria[" in complaint
    ):  # whole only together with its base
        assert any(words in complaint for words in LOADER_ONLY), (complaint, json.dumps(changed))


def test_settings_of_a_rule_follow_from_the_kind() -> None:
    """What an editor looks at to complete: under each kind, its own record."""
    found = {}
    for condition in SCHEMA["definitions"]["Criterion"]["allOf"]:
        kinds = condition.get("if", {}).get("properties", {}).get("kind", {}).get("enum", ())
        for kind in kinds:
            entry = condition["then"]["properties"]["rule"]
            ref = entry.get("$ref") or entry["anyOf"][0]["$ref"]
            found[kind] = SCHEMA["definitions"][ref.rsplit("/", 1)[-1]]["properties"]["kind"]["const"]
    assert found == {kind: kind for kind in KINDS if kind != "llm"}
