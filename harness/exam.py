"""An exam: items, what they are worth, and the identity that two runs must share to be compared.

Three tasks are known. ``tool_calls`` reads rows with the expected ``calls`` (without a file: the held-out items that ship
with rvpo) and judges by rules alone. ``healthbench`` reads OpenAI's own rows, each with its rubric; its score is not
clipped per item, and prompts are shown as they stand (simple-evals' sampler adds nothing to them either).
``gpqa_diamond`` is ``gpqa.exam``'s: each draw shows its options in another order.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import msgspec

from rvpo.harness.errors import ExamError
from rvpo.harness.exam_rows import read_exam_rows
from rvpo.harness.items import ExamItem, content_hash, prompt_hash
from rvpo.harness.remarks import remarks_on
from rvpo.results import ItemRow
from rvpo.rubrics import PromptRow, Rubric, library_rubric, rubric_hash
from rvpo.rubrics.needs import check_row
from rvpo.rubrics.wording import hint, nearest

TEMPLATE: Final = "messages-as-they-stand/1"
"""How an item becomes what the model is shown; part of a run's identity."""

SCORING: Final = "healthbench-rule/1"
"""How verdicts become an item's score (``rubrics.score``), unclipped."""


class Exam(msgspec.Struct, frozen=True, kw_only=True):
    """The items that a model sits, in order."""

    task: str
    title: str
    items: tuple[ExamItem, ...]

    def identity(self) -> dict[str, Any]:
        """What decides the exam: the data, the rubrics, template and scoring. JSON values only."""
        hashes = {id(item.rubric): rubric_hash(item.rubric) for item in self.items}
        shown = [[item.id, prompt_hash(item.messages), item.reference, item.fields] for item in self.items]
        return {
            "task": self.task,
            "items": len(self.items),
            "data": content_hash(shown),
            "rubrics": content_hash([hashes[id(item.rubric)] for item in self.items]),
            "template": TEMPLATE,
            "scoring": SCORING,
        }

    def shown(self, item: ExamItem, draw: int) -> ExamItem:  # noqa: ARG002 - for exams that vary what they show
        """The item as one draw shows it: by default as it stands."""
        return item

    def check(self, draws: int) -> None:
        """Refuse an exam that cannot be held in so many draws; by default there is no such exam.

        Raises:
            ExamError: What is shown and what is right do not agree.
        """

    def written(self, item: ExamItem, row: ItemRow) -> ItemRow:  # noqa: ARG002
        """The row of a draw (``item`` as it was shown) as it goes to disk: by default as it is."""
        return row

    def remarks(self, rows: Sequence[ItemRow], model: Mapping[str, Any]) -> tuple[str, ...]:
        """What a reader of the finished run must know, beside the judge's notes; ``model``: the sampler's identity."""
        return remarks_on(rows, model)

    def subset(self, *, limit: int | None = None, sample: int | None = None, seed: int = 0) -> Self:
        """The exam with fewer items, in the same order.

        Args:
            limit: Keep the first so many.
            sample: Keep so many at random: those whose hash of seed and id is smallest, so that the same seed always
                picks the same items, a larger sample holds the smaller one, and the file's order does not matter.
            seed: Of the sample.

        Raises:
            ExamError: A number is below 1.
        """
        for name, number in (("limit", limit), ("sample", sample)):
            if number is not None and number < 1:
                raise ExamError(f"{name}: got {number}, should be at least 1")
        items = self.items
        if sample is not None:
            chosen = sorted(items, key=lambda item: content_hash([seed, item.id]))[:sample]
            kept = {item.id for item in chosen}
            items = tuple(item for item in items if item.id in kept)
        return msgspec.structs.replace(self, items=items[:limit])


class Task(NamedTuple):
    """What a task's name stands for."""

    title: str
    rubric: str | None
    """The library rubric for items that bring none."""
    shipped: Callable[[], Sequence[PromptRow]] | None = None
    """The items to use without a data file."""
    draws: int = 1
    temperature: float = 0.0
    max_tokens: int = 1024
    """How the task is sat unless the user says otherwise."""


def _shipped_tool_calls() -> list[PromptRow]:
    from rvpo.harness.demo.items import heldout_rows

    return [
        PromptRow(
            id=row["id"],
            messages=tuple(row["prompt"]),
            reference=row["reference"],
            fields={"calls": row["calls"], "reference": row["reference"]},
        )
        for row in heldout_rows()
    ]


TASKS: Final = {
    "tool_calls": Task("Tool calling", "tool_calling", _shipped_tool_calls),
    "healthbench": Task("HealthBench", None),
    "gpqa_diamond": Task("GPQA-Diamond", None, draws=8, temperature=0.7, max_tokens=4096),
    "bfcl": Task("BFCL", None),
}


def load_exam(task: str, data: Path | str | None = None, rubric: Rubric | None = None) -> Exam:
    """Read the items of a task.

    Args:
        task: One of ``TASKS``.
        data: JSON lines; may be left out where items ship with rvpo.
        rubric: Judges the rows that bring no rubric, instead of the task's own.

    Raises:
        ExamError: There is no such task, no data, or an item that cannot be judged.
        RubricError: A row of the file is wrong.
    """
    known = TASKS.get("bfcl" if task.startswith("bfcl:") else task)
    if known is None:
        allowed = [*("bfcl:CATEGORY" if name == "bfcl" else name for name in TASKS), "lm-eval:TASK"]
        raise ExamError(f"there is no task {task!r}; tasks are: {', '.join(allowed)}{hint(task, allowed)}")
    if task.startswith("bfcl"):
        from rvpo.harness.bfcl import bfcl_exam

        if rubric is not None:
            raise ExamError(f"bfcl brings its own rules, so rubric {rubric.id!r} would judge nothing")
        return bfcl_exam(task, data)
    if task == "gpqa_diamond":
        return _gpqa(data, rubric)
    if task == "healthbench" and data is not None:
        from rvpo.harness.healthbench.source import healthbench_file

        data = healthbench_file(data)
    usual = known.rubric
    if data is not None:
        rows, own = read_exam_rows(data)
        usual = own or usual
    elif known.shipped is not None:
        rows = known.shipped()
    else:
        raise ExamError(f"task {task} needs a data file (--data FILE.jsonl)")
    place = str(data or task)
    if rubric is not None and all(row.rubric for row in rows):
        raise ExamError(
            f"{place}: every row brings its own rubric, so rubric {rubric.id!r} would judge nothing"
        )
    fallback = rubric or (library_rubric(usual) if usual else None)
    items = tuple(_item(row, fallback, place) for row in rows)
    source = f" on {Path(data).name}" if data is not None else ""
    return Exam(task=task, title=f"{known.title}{source}", items=items)


def _gpqa(data: Path | str | None, rubric: Rubric | None) -> Exam:
    from rvpo.harness.gpqa.exam import load_gpqa

    if rubric is not None:
        raise ExamError(f"gpqa_diamond is marked by its own key, so rubric {rubric.id!r} would judge nothing")
    return load_gpqa(data)


def _item(row: PromptRow, fallback: Rubric | None, place: str) -> ExamItem:
    rubric = row.rubric or fallback
    if rubric is None:
        guess = nearest("rubrics", list(row.fields))
        found = f"; its key {guess} looks like rubrics" if guess else ""
        raise ExamError(f"{place}: item {row.id!r} has no rubric, and none was given (--rubric){found}")
    check_row(rubric, row.fields, f"{place}: item {row.id!r}")
    return ExamItem(
        id=row.id, messages=row.messages, rubric=rubric, reference=row.reference, fields=row.fields
    )
