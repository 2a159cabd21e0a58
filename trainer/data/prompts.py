"""Prompt rows with the rubric of each, checked against it before any model loads.

A row that cannot be read, or that lacks what its rubric asks for, ends the run; with ``bad_rows: skip`` it is left out
and counted by reason. A prompt that occurs again under the same rubric stays, and is counted.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from rvpo.rubrics import PromptRow, Rubric, RubricError, SourceError, find_rubric, rubric_hash
from rvpo.rubrics.formats.contract import Format
from rvpo.rubrics.formats.registry import detect_source, format_named
from rvpo.rubrics.formats.source import Rows, Source
from rvpo.rubrics.needs import check_row
from rvpo.rubrics.reading.collector import collector_paused
from rvpo.rubrics.wording import clipped
from rvpo.trainer.data.sources import data_sha256, open_data
from rvpo.trainer.errors import TrainConfigError

BadRows = Literal["refuse", "skip"]
DataFormat = Literal[
    "auto",
    "rvpo",
    "healthbench",
    "rar",
    "rlla",
    "bfcl",
    "open_instruct",
    "prometheus",
    "promptfoo",
    "verifiers",
]
"""The formats of ``rvpo.rubrics.formats`` that hold prompts; ``auto`` tells them apart by the first row."""

AUTO: Final = "auto"
AMBIGUOUS: Final = "met_is_bad"
"""What a criterion that may be meant either way is taken for; see ``rvpo rubric convert`` for a choice."""
OWN: Final = "rvpo"
"""The form of our own rows: what a file is read as when nothing tells its format, so that errors say what is missing."""


@dataclass(frozen=True)
class PromptSet:
    """Prompt rows, each with the rubric it is judged by."""

    rows: tuple[PromptRow, ...]
    rubrics: tuple[Rubric, ...]
    """One for each row."""
    sha256: str
    """Of the data."""
    format: str = OWN
    """What the data were read as."""
    skipped: Mapping[str, int] = field(default_factory=dict)
    """Rows left out, by reason."""
    repeated: int = 0
    """Rows whose prompt and rubric an earlier row has too."""

    def keep(self, indices: Sequence[int]) -> "PromptSet":
        """Only these rows."""
        rows, rubrics = zip(*((self.rows[i], self.rubrics[i]) for i in indices), strict=True)
        return PromptSet(rows, rubrics, self.sha256, self.format, self.skipped, _repeated(rows, rubrics))

    def joined(self, others: "PromptSet") -> "PromptSet":
        """These rows, then the others; all else is said of these."""
        return replace(self, rows=self.rows + others.rows, rubrics=self.rubrics + others.rubrics)


def read_prompts(
    data: str, rubric: str | None, *, form: str = AUTO, bad_rows: BadRows = "refuse"
) -> PromptSet:
    """Read prompt rows and give each its rubric.

    Args:
        data: See ``open_data``.
        rubric: Rubric file or library name, for rows that carry none.
        form: A format's name, or ``auto``.
        bad_rows: What becomes of a row that cannot be used.

    Raises:
        TrainConfigError: A row without a rubric; or no row is left.
        DataOutOfReach: The data are on the hub, which does not answer.
        RubricError: The data or the rubric cannot be read, or a row lacks what its rubric asks for; one line.
    """
    source = open_data(data)
    shared = None if rubric is None else find_rubric(rubric)
    name, read, skipped = _rows(source, form, bad_rows)
    rows, rubrics = [], []
    for row in read:
        chosen = row.rubric or shared
        if chosen is None:
            raise TrainConfigError(
                f"data {data}: row {row.id!r} has no rubric, and the config names none (rubric:)"
            )
        where = f"data {data}: row {row.id!r}"
        try:
            check_row(chosen, row.fields, where)
        except RubricError as wrong:
            if bad_rows == "refuse":
                raise
            skipped[_reason(wrong, where)] += 1
            continue
        rows.append(row)
        rubrics.append(chosen)
    if not rows:
        reason, count = skipped.most_common(1)[0]
        raise TrainConfigError(f"data {data}: none of {skipped.total()} rows can be used; {count} x {reason}")
    sha256 = data_sha256(data, source)
    return PromptSet(tuple(rows), tuple(rubrics), sha256, name, dict(skipped), _repeated(rows, rubrics))


def read_rows(data: str, form: str = AUTO) -> tuple[PromptRow, ...]:
    """Read prompt rows alone, for instance those of a warm start.

    Raises:
        TrainConfigError: The data are no prompts.
        DataOutOfReach: The data are on the hub, which does not answer.
        RubricError: The data cannot be read.
    """
    return tuple(_rows(open_data(data), form, "refuse")[1])


@collector_paused()
def _rows(source: Source, form: str, bad_rows: BadRows) -> tuple[str, list[PromptRow], Counter[str]]:
    """The format's name, the rows, and how many were left out for which reason."""
    reader = _format(source, form)
    try:
        imported = reader.read(source, AMBIGUOUS)
    except RubricError:
        if bad_rows == "refuse":
            raise
        return (reader.name, *_one_by_one(source, reader))
    if not imported.rows:
        raise TrainConfigError(f"data {source.name}: holds a rubric ({reader.name}), should hold prompts")
    return reader.name, list(imported.rows), Counter()


def _format(source: Source, form: str) -> Format:
    if form != AUTO:
        return format_named(form)
    try:
        return detect_source(source)
    except SourceError:
        return format_named(OWN)


def _one_by_one(source: Source, reader: Format) -> tuple[list[PromptRow], Counter[str]]:
    rows: dict[str, PromptRow] = {}
    skipped: Counter[str] = Counter()
    for record in source.records():
        try:
            (row,) = reader.read(Rows([record], source.name), AMBIGUOUS).rows
        except RubricError as wrong:
            skipped[_reason(wrong, record.name)] += 1
            continue
        if rows.setdefault(row.id, row) is not row:
            skipped["the id of an earlier row"] += 1
    return list(rows.values()), skipped


def _reason(wrong: RubricError, where: str) -> str:
    """What is wrong, without where and without advice, so that rows of one fault count as one."""
    return clipped(str(wrong).removeprefix(where).lstrip(": ").split("; ")[0], 120)


def _repeated(rows: Sequence[PromptRow], rubrics: Sequence[Rubric]) -> int:
    hashes = {id(rubric): rubric_hash(rubric) for rubric in rubrics}
    seen = {
        (hashes[id(rubric)], *((turn["role"], turn["content"]) for turn in row.messages))
        for row, rubric in zip(rows, rubrics, strict=True)
    }
    return len(rows) - len(seen)
