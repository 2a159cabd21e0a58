"""The answers that HealthBench's rows bring: physicians' own, and the models' answers that physicians were shown. Pure.

``ideal_completions_data`` of a row holds ``ideal_completion``, ``ideal_completions_group`` (Group 1: physicians wrote
unaided; Group 2 and 3: they were shown four answers of models of 2024 or 2025) and those answers,
``ideal_completions_ref_completions``. Source: ``healthbench_eval.py``, ``physician_completions_mode``. Departure: where
simple-evals makes four examples of a row's four reference answers, they are four draws of one item here, which has
the same mean and lets an item stay the unit.
"""

from collections.abc import Generator, Mapping, Sequence
from typing import Any, Final

import msgspec

from rvpo.harness.errors import ExamError
from rvpo.harness.exam import Exam
from rvpo.harness.items import ExamItem, content_hash
from rvpo.harness.samplers import Ask, Completion
from rvpo.rubrics.wording import hint

KINDS: Final = ("ideal", "reference")
GROUPS: Final = ("1", "2", "3")
ALLOWED: Final = tuple(kind + group for kind in KINDS for group in ("", *(f":{each}" for each in GROUPS)))


class CompletionsSampler:
    """Answers each item with what its row brings."""

    batch_size = 256

    def __init__(self, kind: str, answers: Mapping[str, Sequence[str]]) -> None:
        self._kind = kind
        self._answers = answers

    @property
    def draws(self) -> int:
        """Answers that an item has, at most."""
        return max(map(len, self._answers.values()))

    def identity(self) -> Mapping[str, Any]:
        """Which answers, and their hash."""
        return {
            "sampler": "completions",
            "model": f"{self._kind} completions",
            "sha256": content_hash(sorted((name, list(texts)) for name, texts in self._answers.items())),
        }

    def sample(self, asks: Sequence[Ask]) -> Generator[Sequence[Completion], None, None]:
        """Look the answers up; a draw that a row has no answer for fails."""
        for start in range(0, len(asks), self.batch_size):
            yield [self._answer(ask) for ask in asks[start : start + self.batch_size]]

    def _answer(self, ask: Ask) -> Completion:
        texts = self._answers[ask.item.id]
        if ask.draw >= len(texts):
            return Completion.failed(ask, f"the row brings only {len(texts)} {self._kind} completions")
        return Completion(item_id=ask.item.id, draw=ask.draw, text=texts[ask.draw])


def with_completions(exam: Exam, which: str) -> tuple[Exam, CompletionsSampler]:
    """The items that bring such answers, and a sampler that gives them.

    Args:
        exam: HealthBench.
        which: ``ideal`` or ``reference``, of all groups or, ``ideal:2``, of one.

    Raises:
        ExamError: There is no such kind, no row brings any, or one is written wrongly.
    """
    if which not in ALLOWED:
        raise ExamError(f"completions {which!r}: allowed {' | '.join(ALLOWED)}{hint(which, ALLOWED)}")
    kind, _, group = which.partition(":")
    answers = {}
    for item in exam.items:
        data = item.fields.get("ideal_completions_data")
        if not isinstance(data, Mapping):
            continue
        if not group or data.get("ideal_completions_group") == f"Group {group}":
            texts = _texts(item, data, kind)
            if texts:
                answers[item.id] = texts
    if not answers:
        raise ExamError(f"{exam.title}: no row brings {which} completions (ideal_completions_data)")
    items = tuple(item for item in exam.items if item.id in answers)
    return msgspec.structs.replace(exam, items=items), CompletionsSampler(which, answers)


def _texts(item: ExamItem, data: Mapping[str, Any], kind: str) -> tuple[str, ...]:
    key = "ideal_completion" if kind == "ideal" else "ideal_completions_ref_completions"
    found = data.get(key)
    texts = [] if found is None else [found] if isinstance(found, str) else found
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ExamError(f"item {item.id!r}: {key} should be text{'' if kind == 'ideal' else ' in a list'}")
    return tuple(texts)
