"""Whatever a rubric file or a data row holds: it loads, or one printable line says why not, and soon."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rvpo.rubrics import RubricError, load_rubric, parse_rubric, read_prompt_rows
from rvpo.rubrics.fill import fill_rubric

VALID = """\
schema: rubric/v1
id: t
fields: [reference]
aggregate: {view: components}
components:
  - {id: c, weight: 2}
criteria:
  - id: a
    criterion: "Agrees with {reference}: yes."
    points: -1.5
    polarity: met_is_bad
    component: c
    examples: [{response: "x", verdict: true}]
  - {id: b, criterion: Is b., options: [low, high]}
  - id: l
    criterion: >-
      Is short
      enough.
    kind: length
    rule: {max: 0x10}
  - use: more
fragments:
  more: [{id: m, criterion: Is more., range: {max: 3}}]
"""
pytestmark = pytest.mark.timeout(120)
"""Far more than anything here takes; far less than a hang."""

quick = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def complaint(load: Any, *args: Any) -> str | None:
    """What is told, after a look that it is one printable line."""
    told = None
    try:
        load(*args)
    except RubricError as error:
        told = str(error)
        assert told
        assert told.isprintable()
    return told


def test_the_valid_one_loads() -> None:
    assert complaint(parse_rubric, VALID) is None


YAML_SIGNS = st.text(alphabet="abid: -[]{}\n\t'\"?!&*#0.~|>%@`,<=e\\\r\ufeff\x00\x85\u2028é", max_size=60)


@quick
@given(YAML_SIGNS | st.text(max_size=60))
def test_any_text(text: str) -> None:
    complaint(parse_rubric, text, "r")


@quick
@given(st.data())
def test_a_damaged_file(data: st.DataObject) -> None:
    text = VALID
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(start + 15, len(text))))
        text = text[:start] + data.draw(YAML_SIGNS) + text[end:]
    complaint(parse_rubric, text, "r")


WORDS = st.sampled_from(
    ["id", "criterion", "criteria", "use", "extends", "fragments", "drop", "library:tool_calling", "more", "t", "kind", "rule", "json",
     "components", "fields", "points", "{reference}", "library:tool_calling#x", "x", "options", "match", "expected"]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=15,
)


@quick
@given(st.dictionaries(WORDS, JSON, max_size=6), st.dictionaries(WORDS, JSON, max_size=3))
def test_any_row(tmp_path: Path, rubric: dict[str, Any], fields: dict[str, Any]) -> None:
    file = tmp_path / "rows.jsonl"
    item = {"id": "a", "criterion": "Is {reference}."}
    whole = {"id": "r", "fields": ["reference"], "criteria": [item], **rubric}
    file.write_text(
        json.dumps({"prompt": "x", "rubric": whole, **fields})
        + "\n"
        + json.dumps({**fields, "prompt": rubric})
    )
    complaint(read_prompt_rows, file)


@quick
@given(JSON)
def test_any_field(value: Any) -> None:
    rubric = parse_rubric(VALID)
    complaint(fill_rubric, rubric, {"reference": value}, "row\n3")


def deep(opening: str, closing: str) -> str:
    return "id: t\ncriteria: " + opening * 500_000 + closing * 500_000


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (VALID.encode().replace(b"\n", b"\r\n"), None),
        (VALID.encode("utf-8-sig"), None),
        (VALID.encode("utf-16"), "not UTF-8"),
        (VALID.encode() + b"\x00", "not YAML"),
        (b"\x00" * 1000, "not YAML"),
        (VALID.replace("  - id: a", "\t- id: a").encode(), "not YAML"),
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"id: t\ncriteria: [{id: a, criterion: x, points: 1e999}]", "finite"),
        (b"id: t\ncriteria: [{id: a, criterion: x, points: " + b"9" * 399 + b"}]", "points"),
        (b"id: t\nversion: " + b"9" * 399 + b"\ncriteria: [{id: a, criterion: x}]", None),
        (b"id: t\ncriteria: [{id: a, criterion: x, points: .nan}]", "finite"),
        (b"id: !!python/object/apply:os.system [ls]", "tag"),
        (b"id: &a x\ntitle: *a", "anchor"),
        (b"id: t\n<<: {title: x}\ncriteria: [{id: a, criterion: x}]", "<<"),
        (b"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]", "anchor"),
        (b"id: t\n---\nid: u", "second document"),
        (deep("[", "]").encode()[:1_000_000], "levels deep"),
        (deep("{a: ", "}").encode()[:1_000_000], "levels deep"),
        (("id: t\ncriteria:\n" + "- {id: a}\n" * 20_000).encode(), "criterion"),
        (("id: t\ncriteria:\n" + "- use: f\n" * 20_000).encode(), "no fragment"),
        (b"id: " + b"a" * 999_000, "id"),
        (b"id: t\ntags: [" + b"a, " * 100_000 + b"]", "criteria"),
        (b"#" * 1_000_001, "larger than"),
        (b"a" * 1_000_000, "mapping"),
        (b"? " * 400_000, None),
        (b"- " * 400_000, None),
        (b"'" + b"''" * 400_000, "not YAML"),
        (b'id: "\\ud800"\ncriteria: []', "not YAML"),
        (b"id: t\ncriteria:\n- {id: a, criterion: x, kind: regex, rule: {pattern: '" + b"(a+)+" * 5000 + b"$'}}", None),
        (b"id: t\ncriteria:\n- {id: a, criterion: x, kind: regex, rule: {pattern: '" + b"(" * 5000 + b"'}}", "pattern"),
    ],
)  # fmt: skip
def test_hard_cases(tmp_path: Path, content: bytes, message: str | None) -> None:
    file = tmp_path / "r.yaml"
    file.write_bytes(content)
    told = complaint(load_rubric, file)
    if message is not None:
        assert told is not None
        assert message in told
