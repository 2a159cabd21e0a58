"""HealthBench files, all three subsets: prompts with a rubric each, as JSON lines.

Source: ``openai/simple-evals``, ``healthbench_eval.py`` (HEAD ee3b031); the subsets differ in what they hold, not in
form. The prompt's messages and whatever else a row has (``ideal_completions_data``, ``canary``) are kept. Meeting a
criterion with negative points is always the fault, which is how HealthBench words them.
"""

from collections.abc import Mapping
from typing import Any

from rvpo.rubrics.formats.contract import Ambiguous, Exported, Format, Imported, Notebook
from rvpo.rubrics.formats.exporting import (
    json_lines,
    note_losses,
    number,
    of_criterion,
    of_row,
    other_fields,
    rows_with_rubrics,
)
from rvpo.rubrics.formats.healthbench import LICENCE, PROVENANCE
from rvpo.rubrics.formats.importing import rows_of
from rvpo.rubrics.formats.source import Source
from rvpo.rubrics.rows import PromptRow
from rvpo.rubrics.schema import Criterion, Rubric


def read(source: Source, _ambiguous: Ambiguous) -> Imported:
    """Read prompts with their rubrics.

    Raises:
        SourceError: A row is wrong.
    """
    return Imported(rows_of(source))


def write(imported: Imported, _suffix: str) -> Exported:
    """Write rows of HealthBench.

    Raises:
        RubricError: There are no prompts, or one has no rubric.
    """
    book = Notebook()
    rows = [_row(row, rubric, book) for row, rubric in rows_with_rubrics(imported, "healthbench")]
    return Exported(json_lines(rows), book.done())


def _row(row: PromptRow, rubric: Rubric, book: Notebook) -> dict[str, Any]:
    place = of_row(row)
    plain = rubric.model_copy(
        update={
            "provenance": "" if rubric.provenance == PROVENANCE else rubric.provenance,
            "licence": "" if rubric.licence == LICENCE else rubric.licence,
        }
    )
    note_losses(plain, {"tags"}, {"points", "tags", "polarity"}, book, place)
    return {
        "example_tags": list(rubric.tags),
        **other_fields(row, {"example_tags"}),
        **({} if row.reference is None else {"reference": row.reference}),
        "prompt": [dict(turn) for turn in row.messages],
        "prompt_id": rubric.id if row.id.startswith(f"{rubric.id}.") else row.id,
        "rubrics": [_item(criterion, place, book) for criterion in rubric.criteria],
    }


def _item(criterion: Criterion, place: str, book: Notebook) -> dict[str, Any]:
    if (criterion.polarity == "met_is_bad") != (criterion.points < 0) and criterion.points:
        book.lost(
            of_criterion(place, criterion), f"polarity {criterion.polarity} with {criterion.points:g} points"
        )
    return {
        "criterion": criterion.criterion,
        "points": number(criterion.points),
        "tags": list(criterion.tags),
    }


def _sniff(record: Mapping[str, Any]) -> bool:
    items = record.get("rubrics")
    first = items[0] if isinstance(items, list) and items else {}
    return isinstance(record.get("prompt"), list) and isinstance(first, dict) and "criterion" in first


HEALTHBENCH = Format("healthbench", "HealthBench rows", (".jsonl",), _sniff, read, write)
