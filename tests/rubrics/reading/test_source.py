"""Records from files: every fault is one line with file, line, place, value, what was allowed, nearest spelling."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from rvpo.rubrics import SourceError, parse_rubric
from rvpo.rubrics.reading.source import MAX_BYTES, load_record, parse_record, read_json_lines
from rvpo.rubrics.schema import Record


class Cat(Record):
    kind: Literal["cat"] = "cat"
    lives: int


class Dog(Record):
    kind: Literal["dog"] = "dog"
    legs: int = 4


class House(Record):
    name: str
    size: float = 1.0
    pets: tuple[Annotated[Cat | Dog, Field(discriminator="kind")], ...] = ()
    guests: Mapping[str, Dog] = {}
    owner: str | Dog | None = None
    warm: bool = True


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("size: 2", "h:1: the key name is missing"),
        (
            "name: x\nsize: big",
            'h:2: size: got "big", should be a number',
        ),
        ("name: 3", "h:1: name: got 3, should be text; put it in quotes"),
        (
            "name: x\nnam: y",
            'h:2: unknown key "nam"; allowed: guests, name, owner, pets, size, warm; did you mean name?',
        ),
        (
            "nam: x",
            'h:1: unknown key "nam"; allowed: guests, name, owner, pets, size, warm; did you mean name?',
        ),
        ("name: x\npets: 4", "h:2: pets: got 4, should be a list"),
        ("name: x\npets: [4]", None),
        ("name: x\npets:\n- kind: cat\n  lives: many", None),
        ("name: x\npets:\n- kind: cat", "h:3: pets[0]: the key lives is missing"),
        (
            "name: x\npets:\n- kind: cat\n  lives: 9\n  live: 8",
            'h:5: pets[0]: unknown key "live"; allowed: kind, lives; did you mean lives?',
        ),
        ("name: x\npets:\n- kind: cow", 'h:3: pets[0]: got kind "cow", allowed cat | dog'),
        ("name: x\npets:\n- legs: 4", None),
        (
            "name: x\nguests:\n  rex: {legs: 3, leg: 4}",
            'h:3: guests.rex: unknown key "leg"; allowed: kind, legs; did you mean legs?',
        ),
        ("name: x\nguests: {rex: 1}", "h:2: guests.rex: got 1, should be a mapping of keys"),
        ("name: x\nowner: {paws: 4}", None),
        ("- name", "h:1: got a list, should be a mapping of keys"),
        ("just text", 'h:1: got "just text", should be a mapping of keys'),
        (
            "zz: 1\nname: [1]\nsize: x",
            'h:1: unknown key "zz"; allowed: guests, name, owner, pets, size, warm (and 2 more)',
        ),
    ],
)
def test_complaints(text: str, message: str | None) -> None:
    with pytest.raises(SourceError) as caught:
        parse_record(text, House, "h")
    assert message is None or str(caught.value) == message
    assert len(str(caught.value).splitlines()) == 1


RUBRIC = """\
id: t
criteria:
  - id: first
    criterion: Is good.
  - id: second
    criterion: Is good, too.
    {}
"""


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("polarity: goodish", 'criteria[1].polarity: got "goodish", allowed met_is_good | met_is_bad; did you mean met_is_good?'),
        ("points: -2", "criteria[1]: points are -2 and polarity is not said: met_is_bad (meeting it is the fault) or met_is_good (meeting it avoids the fault)"),
        ("points: .inf", "criteria[1].points: got inf, should be a finite number"),
        ("points: '2'", 'criteria[1].points: got "2", should be a number; leave the quotes out'),
        ("kind: regexp", 'criteria[1].kind: got "regexp", allowed llm | regex | contains | not_contains | length | json | json_schema | language | numeric_answer | choice | match | python | tool_calls; did you mean regex?'),
        ("kind: regex", "criteria[1]: kind regex needs a rule"),
        ("rule: {pattern: x}", "criteria[1]: kind llm takes no rule; say which kind the rule is"),
        ("{kind: regex, rule: {pattern: x, patern: y}}", None),
        ("tags: [a, a]", "criteria[1].tags: the tag 'a' occurs twice"),
        ("component: x", "criterion 'second' names component 'x'; components are: none"),
    ],
)  # fmt: skip
def test_complaints_about_rubrics(line: str, message: str | None) -> None:
    with pytest.raises(SourceError) as caught:
        parse_rubric(RUBRIC.format(line), "r.yaml")
    text = str(caught.value)
    assert message is None or text.endswith(f": {message}")
    assert len(text.splitlines()) == 1


@pytest.mark.parametrize(
    ("rule", "place"),
    [
        ("kind: regex\n    rule: {pattern: x, patern: y}", 'rule: unknown key "patern"; allowed: full, ignore_case, kind, part, pattern; did you mean pattern?'),
        ("kind: regex\n    rule: {pattern: '('}", "rule: the pattern does not compile: missing ) at position 1"),
        ("kind: length\n    rule: {min: 5, max: 3}", "rule: max 3 is below min 5"),
        ("kind: length\n    rule: {min: -1}", "rule.min: got -1, should be greater than or equal to 0"),
        ("kind: contains\n    rule: {texts: []}", None),
        ("kind: tool_calls\n    rule: {check: calls}", "rule: give exactly one of calls and calls_from"),
        ("kind: json_schema\n    rule: {json_schema: {type: strin}}", None),
        ("kind: json_schema\n    rule: {}", "rule: the key json_schema is missing"),
        ("kind: json_schema\n    rule: {json_schema: {const: .nan}}", "rule.json_schema.const: nan is no JSON number"),
        ("kind: length\n    rule: {kind: regex, pattern: x}", "kind is length but the rule says regex"),
    ],
)  # fmt: skip
def test_union_members_do_not_show_in_the_place(rule: str, place: str | None) -> None:
    with pytest.raises(SourceError) as caught:
        parse_rubric(RUBRIC.format(rule), "r.yaml")
    text = str(caught.value)
    assert text.startswith("r.yaml:")
    assert "criteria[1]" in text
    assert place is None or text.endswith(place)
    assert ".regex." not in text
    assert "json_schema.json_schema" not in text


def test_the_first_in_file_order_is_told_with_the_number_of_others() -> None:
    text = RUBRIC.replace("Is good.", "3").replace("{}", "points: many\n    polarity: x\nversion: 0")
    with pytest.raises(SourceError, match=r'^r:7: criteria\[1\]\.points: got "many", .* \(and 2 more\)$'):
        parse_rubric(text.replace("criterion: 3", "criterion: fine"), "r")
    with pytest.raises(SourceError, match=r"^r:4: criteria\[0\]\.criterion: got 3, .* \(and 3 more\)$"):
        parse_rubric(text, "r")


@given(st.data())
def test_a_damaged_rubric_is_read_or_refused_in_one_line(data: st.DataObject) -> None:
    text = RUBRIC.format("points: -1\n    polarity: met_is_bad")
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(start + 12, len(text))))
        text = (
            text[:start] + data.draw(st.text(alphabet="idx: -[]{}\n\t'\"?!&*#0.~", max_size=6)) + text[end:]
        )
    complaint = complaint_about(text)
    assert complaint is None or complaint.startswith("r:")
    assert complaint is None or len(complaint.splitlines()) == 1


def complaint_about(text: str) -> str | None:
    try:
        parse_rubric(text, "r")
    except SourceError as error:
        return str(error)
    return None


def test_load_record(tmp_path: Path) -> None:
    file = tmp_path / "house.yaml"
    file.write_bytes("\N{BYTE ORDER MARK}name: Zürich\r\nwarm: no\r\n".encode())
    assert load_record(file, House) == House(name="Zürich", warm=False)
    assert load_record(str(file), House).warm is False


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "house.yaml").write_bytes(b"name: x\nsize: \xff\n")
    (tmp_path / "large.yaml").write_bytes(b"#" * (MAX_BYTES + 1))
    (tmp_path / "locked.yaml").symlink_to(tmp_path / "locked.yaml")
    told = {
        "house.yaml": ":2: not UTF-8: byte 0xff",
        "large.yaml": f": larger than {MAX_BYTES} bytes, the most that such a file may have",
        "hous.yaml": ": no such file; did you mean house.yaml?",
        "nofile.yaml": ": no such file",
        "no/such/file": ": no such file",
        ".": ": is a folder, should be a file",
        "locked.yaml": ": cannot be read: Too many levels of symbolic links",
    }
    for name, end in told.items():
        with pytest.raises(SourceError) as caught:
            load_record(tmp_path / name, House)
        assert str(caught.value) == f"{tmp_path / name}{end}"


def test_json_lines_are_numbered_and_blank_lines_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_bytes(b'\xef\xbb\xbf{"a": 1}\r\n\r\n  \n{"b": "\xc3\xa9\\u00e9 \\ud83d\\ude00"}')
    assert list(read_json_lines(file)) == [(1, {"a": 1}), (4, {"b": "éé 😀"})]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", ": the file is empty"),
        (b"\n \n", ": the file is empty"),
        (b'{"a": 1}\n[1]\n', ":2: got a JSON array, should be an object in braces"),
        (b'"a"\n', ":1: got a JSON string, should be an object in braces"),
        (b"null\n", ":1: got a JSON null, should be an object in braces"),
        (b"true\n", ":1: got a JSON boolean, should be an object in braces"),
        (b"3\n", ":1: got a JSON number, should be an object in braces"),
        (b'{"a": 1,}\n', None),
        (b'{"a": 1}\n{"a": "unfini', ":2: the last line has no line end and seems cut off: not JSON: Unterminated string starting at at column 7"),
        (b'{"a": NaN}\n', ":1: not JSON: NaN is no JSON number"),
        (b'{"a": 1, "a": 2}\n', ':1: not JSON: key "a" occurs twice in one object'),
        (b'{"a": "\xff"}\n', ":1: not UTF-8: byte 0xff"),
        (b'{"a": [{"b": "\\ud800"}]}\n', ":1: a lone surrogate (\\ud800 to \\udfff) is no character"),
        (b'{"\\uDFFF": 1}\n', ":1: a lone surrogate (\\ud800 to \\udfff) is no character"),
    ],
)  # fmt: skip
def test_bad_json_lines(tmp_path: Path, content: bytes, message: str | None) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        list(read_json_lines(file))
    assert message is None or str(caught.value) == f"{file}{message}"


def test_rows_before_a_bad_line_are_handed_out(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"a": 1}\n{"a"')
    rows = read_json_lines(file)
    assert next(rows) == (1, {"a": 1})
    with pytest.raises(SourceError, match=":2: the last line has no line end"):
        next(rows)


def test_missing_json_lines(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"rows\.jsonl: no such file$"):
        next(read_json_lines(tmp_path / "rows.jsonl"))
