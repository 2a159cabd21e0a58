"""An exam of BFCL's rows: each item scored 1 or 0, as BFCL does, by the strictest of the importer's rules.

What the model is shown and how a call is compared is in ``rvpo.rubrics.formats.bfcl``. The looser rules (a call that can
be read, the right tools, the right argument names) are kept at 0 points: they are reported and decide nothing.
"""

from functools import cache
from pathlib import Path
from typing import Final

from rvpo.harness.bfcl.categories import ANY_CALL, categories_of
from rvpo.harness.bfcl.source import bfcl_files
from rvpo.harness.exam import Exam
from rvpo.harness.items import ExamItem
from rvpo.rubrics import Rubric
from rvpo.rubrics.formats.bfcl import BFCL, bfcl_rubric, relevance_rubric
from rvpo.rubrics.formats.source import Source
from rvpo.rubrics.rows import PromptRow

DECISIVE: Final = "right_values"
"""The criterion that is the item's score."""


def bfcl_exam(task: str, data: Path | str | None = None) -> Exam:
    """Read categories of BFCL.

    Args:
        task: ``bfcl:`` and a category, a group (``live``, ``non_live``, ``python``) or several with commas.
        data: BFCL's data folder or wheel; by default the installed package's.

    Raises:
        ExamError: There is no such category, or its rows are not there.
        RubricError: A row is wrong.
    """
    names = categories_of(task.partition(":")[2])
    items: list[ExamItem] = []
    with bfcl_files(None if data is None else Path(data), names) as files:
        versions = {path.name.split("_")[1] for path in files.values()}
        for category, path in files.items():
            rows = BFCL.read(Source(path), "met_is_bad").rows
            items += [_item(row, category) for row in rows]
    return Exam(task=task, title=f"BFCL {'/'.join(sorted(versions))} {', '.join(names)}", items=tuple(items))


def _item(row: PromptRow, category: str) -> ExamItem:
    fields = {"calls": row.fields["calls"]}
    return ExamItem(id=row.id, messages=row.messages, rubric=scored_rubric(category), fields=fields)


@cache
def scored_rubric(category: str) -> Rubric:
    """The importer's rubric with all points on the decisive criterion, which is tagged with the category."""
    rubric = relevance_rubric() if category in ANY_CALL else bfcl_rubric()
    criteria = []
    for criterion in rubric.criteria:
        decides = criterion.id == DECISIVE
        tags = (f"category:{category}",) if decides else ()
        criteria.append(criterion.model_copy(update={"points": float(decides), "tags": tags}))
    return rubric.model_copy(update={"criteria": tuple(criteria)})
