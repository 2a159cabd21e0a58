"""What exporters share: which keys of a rubric a format leaves out, and how a prompt becomes one text. Pure."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from rvpo.rubrics.errors import RubricError
from rvpo.rubrics.formats.contract import Imported, Notebook
from rvpo.rubrics.formats.plain import plain_criterion, plain_rubric
from rvpo.rubrics.rows import PromptRow
from rvpo.rubrics.schema import Criterion, Rubric

_NAMELESS = frozenset({"id", "criterion"})


def note_losses(
    rubric: Rubric, kept: Iterable[str], kept_of_criteria: Iterable[str], book: Notebook, place: str
) -> None:
    """Write down every key of a rubric that is not at its default and that the format has no place for.

    Args:
        rubric: The rubric.
        kept: Its keys that the format says; ``id`` and ``criteria`` need not be named.
        kept_of_criteria: Keys of its criteria that the format says; ``id`` and ``criterion`` need not be named.
        book: Where to write.
        place: The row, or nothing.
    """
    left = [key for key in plain_rubric(rubric) if key not in {"id", "criteria", *kept}]
    if left:
        book.lost(place or f"rubric {rubric.id}", f"{_listed(left)} of the rubric")
    known = {*_NAMELESS, *kept_of_criteria}
    for criterion in rubric.criteria:
        gone = [key for key in plain_criterion(criterion) if key not in known]
        if gone:
            kind = (
                f" (kind {criterion.kind}: a model must judge it)" if "rule" in gone or "kind" in gone else ""
            )
            book.lost(of_criterion(place, criterion), f"{_listed(gone)}{kind}")


def of_criterion(place: str, criterion: Criterion) -> str:
    """The place of a criterion for a note."""
    return f"{place}: {criterion.id}" if place else criterion.id


def of_row(row: PromptRow) -> str:
    """The place of a row for a note."""
    return f"row {row.id}"


def only_rubric(imported: Imported, name: str) -> Rubric:
    """The one rubric of a file, for formats that hold no more than one.

    Raises:
        RubricError: There is none, or rows have different ones.
    """
    if not imported.rubrics:
        raise RubricError(f"there is no rubric to write as {name}: the rows have none")
    first = imported.rubrics[0]
    for other in imported.rubrics[1:]:
        if other.model_copy(update={"id": first.id}) != first:
            raise RubricError(
                f"the rows have different rubrics ({first.id}, {other.id}, ...) and {name} holds one rubric a file"
            )
    return first


def rows_with_rubrics(imported: Imported, name: str) -> list[tuple[PromptRow, Rubric]]:
    """The rows of a file, for formats that are lists of prompts with rubrics.

    Raises:
        RubricError: There are no rows, or one has no rubric.
    """
    if not imported.rows:
        raise RubricError(f"a rubric without prompts cannot be written as {name}, whose rows are prompts")
    pairs = []
    for row in imported.rows:
        if row.rubric is None:
            raise RubricError(f"row {row.id!r} has no rubric of its own, which a row of {name} needs")
        pairs.append((row, row.rubric))
    return pairs


def one_text(row: PromptRow, book: Notebook) -> str:
    """A prompt as one text; several turns are written as HealthBench writes them, and that is noted."""
    if len(row.messages) == 1 and row.messages[0]["role"] == "user":
        return row.messages[0]["content"]
    book.lost(of_row(row), f"the roles of its {len(row.messages)} turns, now one text")
    return "\n\n".join(f"{turn['role']}: {turn['content']}" for turn in row.messages)


def other_fields(row: PromptRow, taken: Iterable[str]) -> dict[str, Any]:
    """A row's fields but for the reference and those that the format writes itself."""
    without = {"reference", *taken}
    return {key: value for key, value in row.fields.items() if key not in without}


def json_lines(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as JSON lines."""
    return "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows)


def number(value: float) -> float:
    """A number as JSON should show it: 5, not 5.0."""
    return int(value) if float(value).is_integer() and abs(value) < 1e15 else value


def _listed(keys: list[str]) -> str:
    return ", ".join(keys)
