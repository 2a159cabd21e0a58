"""GPQA as an exam: what each draw shows, and what of it is written down. Pure but for ``load_gpqa``.

The questions must not reach the open web, and replies quote them. So rows hold ids, orders, letters and hashes, and the
texts of prompt and reply only when that was asked for (``with_text``).
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from rvpo.harness.errors import ExamError
from rvpo.harness.exam import Exam
from rvpo.harness.gpqa.extract import EXTRACT, STANDARD, read_letters
from rvpo.harness.gpqa.health import health_of
from rvpo.harness.gpqa.oracle import find_letter, oracle_reply
from rvpo.harness.gpqa.prompt import DIRECT, REASONED, Template, load_template
from rvpo.harness.gpqa.questions import RIGHT_OPTION, ChoiceItem, load_questions
from rvpo.harness.gpqa.shuffle import SHUFFLE, option_order, right_letter
from rvpo.harness.items import ExamItem, content_hash
from rvpo.harness.remarks import seed_remarks
from rvpo.results import ItemRow
from rvpo.rubrics import rubric_hash

TASK: Final = "gpqa_diamond"
SCORING: Final = "right-letter/1"
"""1 for the right letter, 0 for another or none; an item's score is the mean over its draws."""
QUOTED_CHARS: Final = 30
"""An error that holds so much of a question's beginning quotes it; only its kind is then kept."""
TEXT_NOTE: Final = "holds questions and replies as text: not for publication"


class ChoiceExam(Exam, frozen=True, kw_only=True):
    """Questions with four options."""

    items: tuple[ChoiceItem, ...]
    template: Template = REASONED
    with_text: bool = False
    """Whether rows hold the texts of prompt and reply."""

    def identity(self) -> dict[str, Any]:
        """What decides the exam: questions, order of options, prompt, reading and scoring. JSON values only."""
        asked = [[item.id, item.question, item.options, dict(item.domains)] for item in self.items]
        return {
            "task": self.task,
            "items": len(self.items),
            "data": content_hash(asked),
            "rubrics": rubric_hash(RIGHT_OPTION),
            "shuffle": SHUFFLE,
            "template": self.template.name,
            "template_sha256": self.template.sha256,
            "extractor": EXTRACT,
            "scoring": SCORING,
            "stores_text": self.with_text,
        }

    def shown(self, item: ExamItem, draw: int) -> ChoiceItem:
        """The item as a draw shows it: its options in that draw's order, and its right letter as the reference."""
        assert isinstance(item, ChoiceItem)
        order = option_order(item.id, draw)
        prompt = self.template.render(item.question, tuple(item.options[at] for at in order))
        letter = right_letter(order)
        return msgspec.structs.replace(
            item,
            messages=({"role": "user", "content": prompt},),
            reference=letter,
            fields={"answer": letter, "order": order},
        )

    def check(self, draws: int) -> None:
        """Let the oracle sit every draw.

        Raises:
            ExamError: It is not always right: a prompt does not say what the key says.
        """
        for item in self.items:
            for draw in range(draws):
                shown = self.shown(item, draw)
                if not _oracle_is_right(shown):
                    raise ExamError(_broken(shown, draw, self.template))

    def written(self, item: ExamItem, row: ItemRow) -> ItemRow:
        """A draw's row as it goes to disk: letters read, hashes, domains; texts only with ``with_text``."""
        assert isinstance(item, ChoiceItem)
        tags = (
            {}
            if row.score is None
            else {f"{name}:{value}": row.score for name, value in item.domains.items()}
        )
        meta = {**row.meta, "order": item.fields["order"], "oracle": _oracle_is_right(item)}
        if row.status != "failed":
            meta["letters"] = read_letters(row.response)
            meta["reply_sha256"] = hashlib.sha256(row.response.encode()).hexdigest()
            meta["reply_chars"] = len(row.response.strip())
        if self.with_text:
            return msgspec.structs.replace(row, tags=tags, values={}, meta=meta)
        if item.question[:QUOTED_CHARS] in meta.get("error", ""):
            meta["error"] = meta["error"].partition(":")[0]
        return msgspec.structs.replace(row, tags=tags, values={}, meta=meta, prompt="", response="")

    def remarks(self, rows: Sequence[ItemRow], model: Mapping[str, Any]) -> tuple[str, ...]:
        """What a reader must know of a finished run."""
        notes = (TEXT_NOTE,) if self.with_text else ()
        return (*health_of(rows, model).warnings, *seed_remarks(rows, model), *notes)


def load_gpqa(
    source: Path | str | None, *, template: Template = REASONED, with_text: bool = False
) -> ChoiceExam:
    """Read GPQA's items; see ``load_questions``.

    Args:
        source: A file or a Hub name.
        template: The prompt.
        with_text: Whether the run folder may hold the texts of prompts and replies.

    Raises:
        ExamError: No source, or one that cannot be read.
    """
    if source is None:
        raise ExamError(
            f"task {TASK} needs its data, which may not be shipped: --data gpqa_diamond.csv, the authors' dataset.zip "
            "(github.com/idavidrein/gpqa), or the gated data set Idavidrein/gpqa on the Hub"
        )
    title = f"GPQA-Diamond on {Path(source).name}"
    return ChoiceExam(
        task=TASK, title=title, items=load_questions(source), template=template, with_text=with_text
    )


def with_options(
    exam: ChoiceExam, template: Path | None, *, likelihood: bool = False, with_text: bool = False
) -> ChoiceExam:
    """The exam with another prompt, or with its texts kept.

    Args:
        exam: The exam.
        template: A file; see ``load_template``.
        likelihood: Whether letters are compared by probability: the prompt then asks for the letter alone.
        with_text: Whether the run folder may hold the texts of prompts and replies.

    Raises:
        ExamError: The template is wrong.
        SourceError: It cannot be read.
    """
    usual = DIRECT if likelihood else REASONED
    chosen = usual if template is None else load_template(template)
    return msgspec.structs.replace(exam, template=chosen, with_text=with_text)


def _oracle_is_right(item: ChoiceItem) -> bool:
    return read_letters(oracle_reply(item.prompt_text, item.options[0]))[STANDARD] == item.reference


def _broken(item: ChoiceItem, draw: int, template: Template) -> str:
    found = find_letter(item.prompt_text, item.options[0])
    return (
        f"item {item.id!r} draw {draw}: template {template.name!r} shows the right option under "
        f"{found or 'no letter'}, the key says {item.reference}; each option must follow its letter, "
        "as in 'A) ...', and end its line"
    )
