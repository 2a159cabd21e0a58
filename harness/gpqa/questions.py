"""Rows of GPQA -> items, or an error of one line. Reads through ``archives``; the columns are those of the official CSV.

Texts are stripped at both ends (the official file ends many with a line break) and otherwise left as they are: brackets
in formulas and IUPAC names stay. Numbers in JSON are refused where a text belongs: ``5.0`` and ``5`` would be one option.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from rvpo.harness.errors import ExamError
from rvpo.harness.gpqa.archives import read_source
from rvpo.harness.items import ExamItem
from rvpo.rubrics import Rubric, parse_rubric
from rvpo.rubrics.reading.source import read_json_lines
from rvpo.rubrics.wording import hint, shown

ID, QUESTION = "Record ID", "Question"
OPTIONS: Final = ("Correct Answer", "Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3")
DOMAINS: Final = {"domain": "High-level domain", "subdomain": "Subdomain"}
"""Tag to column; a file may do without them."""

RIGHT_OPTION: Final = parse_rubric("""
id: gpqa
criteria:
  - id: right_option
    criterion: The reply chooses the right option.
    kind: choice
    rule: {expected_from: answer, letters: ABCD, part: answer}
""")
"""What every item is judged by; ``answer`` is the right letter of the draw."""

_ABSENT = {"", "nan", "null"}
_CELL_CHARS = 1 << 20

Row = Mapping[str, Any]


class ChoiceItem(ExamItem, frozen=True, kw_only=True):
    """A question with four options; what a draw shows of it is ``ChoiceExam.shown``'s to say."""

    question: str
    options: tuple[str, ...]
    """The right one first."""
    domains: Mapping[str, str] = {}
    """``domain`` and ``subdomain``, where the file has them."""
    rubric: Rubric = RIGHT_OPTION


def load_questions(source: str | Path) -> tuple[ChoiceItem, ...]:
    """Read the items of a file.

    Args:
        source: ``*.csv``, ``*.jsonl``, ``*.zip`` with ``gpqa_diamond.csv`` inside, or a data set's name on the Hub.

    Raises:
        ExamError: The source cannot be had or read, lacks a column, or has an empty text, an option twice or an id twice.
        SourceError: A line is no JSON object.
    """
    path = Path(source)
    if path.suffix in {".jsonl", ".json"}:
        rows: Iterator[tuple[int, Row]] = read_json_lines(path)
        name = str(path)
    else:
        name, text = read_source(source)
        rows = _csv_rows(text, name)
    items: dict[str, ChoiceItem] = {}
    for line, row in rows:
        item = _item(row, f"{name}:{line}")
        if item.id in items:
            raise ExamError(f"{name}:{line}: a second item with {ID} {shown(item.id)}")
        items[item.id] = item
    if not items:
        raise ExamError(f"{name}: no items")
    return tuple(items.values())


def _csv_rows(text: str, name: str) -> Iterator[tuple[int, Row]]:
    csv.field_size_limit(_CELL_CHARS)
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    line = 2
    try:
        for row in reader:
            if None in row:
                raise ExamError(f"{name}:{line}: more cells than columns")
            if None in row.values():
                raise ExamError(f"{name}:{line}: fewer cells than columns; is the file whole?")
            yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise ExamError(f"{name}:{line}: not CSV: {error}") from error


def _item(row: Row, place: str) -> ChoiceItem:
    _refuse_missing_columns(row, place)
    options = tuple(_text(row, column, place) for column in OPTIONS)
    for column, option in zip(OPTIONS[1:], options[1:], strict=True):
        if option == options[0]:
            raise ExamError(f"{place}: {column} is the same text as {OPTIONS[0]}: {shown(option)}")
    return ChoiceItem(
        id=_text(row, ID, place),
        messages=(),
        question=_text(row, QUESTION, place),
        options=options,
        domains={tag: _text(row, column, place) for tag, column in DOMAINS.items() if row.get(column)},
    )


def _refuse_missing_columns(row: Row, place: str) -> None:
    for column in (ID, QUESTION, *OPTIONS):
        if column not in row:
            spelling = hint(column, [name for name in row if name])
            raise ExamError(
                f"{place}: no column {column!r}; GPQA has {ID}, {QUESTION}, {', '.join(OPTIONS)}{spelling}"
            )


def _text(row: Row, column: str, place: str) -> str:
    value = row[column]
    if value is None or (isinstance(value, float) and value != value):  # noqa: PLR0124 (NaN alone differs from itself)
        value = ""
    if not isinstance(value, str):
        raise ExamError(f"{place}: {column}: got {shown(value)}, should be a text")
    if value.strip().lower() in _ABSENT:
        raise ExamError(f"{place}: {column} is empty" + (f" ({value.strip()})" if value.strip() else ""))
    return value.strip()
