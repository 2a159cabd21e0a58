"""A rubric tried on a few answers: who judges them, what is asked, and where verdicts are as expected. Pure but for reading.

A verdict agrees with what was expected when it is on the same side of one half (met or not), the same label, or a
number within a tenth of the range. A verdict that a judge failed to give neither agrees nor disagrees.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rvpo.harness.errors import ExamError
from rvpo.harness.sources import find_judge
from rvpo.judges import JudgeConfig, JudgeRequest, RewardVector, Verdict
from rvpo.rubrics import Criterion, PromptRow, Rubric, library_names
from rvpo.rubrics.answers import Answer, Label, library_answers, read_answers
from rvpo.rubrics.score import earnings

NEAR: Final = 0.1
"""How far apart two numbers may lie to agree, as a share of the range."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One answer and the rubric it is judged by."""

    answer: Answer
    rubric: Rubric
    """The answer's own, or the one that is tried."""

    def request(self) -> JudgeRequest:
        """What the judge is asked."""
        row = self.answer.row
        return JudgeRequest(
            rubric=self.rubric,
            prompt=row.messages,
            response=self.answer.response,
            id=row.id,
            fields=row.fields,
        )


@dataclass(frozen=True, slots=True)
class Mark:
    """One verdict beside what was expected of it."""

    criterion: Criterion
    verdict: Verdict
    expected: Label | None
    agrees: bool | None
    """``None`` where nothing was expected or nothing was judged."""
    earned: float | None
    """Points that the verdict adds to the score."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One answer, judged."""

    trial: Trial
    vector: RewardVector
    marks: tuple[Mark, ...]

    @property
    def disagreements(self) -> int:
        """Verdicts that are not as expected."""
        return sum(mark.agrees is False for mark in self.marks)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many verdicts are as expected."""

    expected: int
    judged: int
    agreed: int

    @property
    def share(self) -> float | None:
        """Of those that were judged; ``None`` when there are none."""
        return self.agreed / self.judged if self.judged else None


def own_trials(source: str, rubric: Rubric) -> list[Trial]:
    """The answers that come with a rubric: those of the library, else its criteria's own examples.

    An example is judged by its own criterion alone and is not shown to the judge with it.

    Raises:
        ExamError: There are neither.
    """
    name = source.removeprefix("library:")
    if name in library_names() and not Path(source).exists():
        return trials_of(library_answers(name), rubric)
    trials = []
    for criterion in rubric.criteria:
        alone = rubric.model_copy(update={"criteria": (criterion.model_copy(update={"examples": ()}),)})
        for place, example in enumerate(criterion.examples, start=1):
            row = PromptRow(f"{criterion.id}, example {place}", ({"role": "user", "content": ""},))
            trials.append(Trial(Answer(row, example.response, {criterion.id: example.verdict}), alone))
    if not trials:
        raise ExamError(
            f"{source}: the rubric brings no answers and no examples to try it on: give --answers FILE, or "
            "--prompt TEXT and --response TEXT"
        )
    return trials


def file_trials(path: Path, rubric: Rubric) -> list[Trial]:
    """The answers of a file.

    Raises:
        RubricError: A row is wrong; one line with file and place.
        ExamError: The file is empty.
    """
    trials = trials_of(read_answers(path, rubric), rubric)
    if not trials:
        raise ExamError(f"{path}: there are no answers in it")
    return trials


def trials_of(answers: Sequence[Answer], rubric: Rubric) -> list[Trial]:
    """Answers with the rubric that each is judged by."""
    return [Trial(answer, answer.row.rubric or rubric) for answer in answers]


def pick_judge(source: str | None, trials: Sequence[Trial]) -> JudgeConfig:
    """The judge that was named; else the rules if they are all that is needed, else the embedded model."""
    if source is not None:
        return find_judge(source)
    asks = any(criterion.kind == "llm" for trial in trials for criterion in trial.rubric.criteria)
    return JudgeConfig(judge="embedded" if asks else "rules")


def tried(trial: Trial, vector: RewardVector) -> Tried:
    """Lay verdicts beside what was expected."""
    expected = trial.answer.expected
    marks = tuple(
        _mark(criterion, span, verdict, expected.get(criterion.id))
        for criterion, span, verdict in zip(
            trial.rubric.criteria, earnings(trial.rubric), vector.verdicts, strict=True
        )
    )
    return Tried(trial, vector, marks)


def agreement_of(results: Sequence[Tried]) -> Agreement:
    """Count over all answers."""
    marks = [mark for result in results for mark in result.marks if mark.expected is not None]
    known = [mark.agrees for mark in marks if mark.agrees is not None]
    return Agreement(len(marks), len(known), sum(known))


def agrees(criterion: Criterion, verdict: Verdict, expected: Label) -> bool | None:
    """Whether a verdict is as expected; ``None`` where there is none."""
    if verdict.status == "not_applicable" or criterion.is_na(expected):
        return None if _is_hole(verdict) else verdict.status == "not_applicable" and criterion.is_na(expected)
    wanted = criterion.met_of(expected)
    if verdict.score is None or wanted is None:
        return None
    if isinstance(expected, str) and isinstance(verdict.answer, str):
        return verdict.answer.strip().casefold() == expected.strip().casefold()
    if isinstance(expected, bool):
        return (verdict.score >= 0.5) == expected
    return abs(verdict.score - wanted) <= NEAR + 1e-9


def _mark(criterion: Criterion, span: tuple[float, float], verdict: Verdict, expected: Label | None) -> Mark:
    earned = None
    if verdict.score is not None:
        worst, best = span
        earned = worst + criterion.goodness(verdict.score) * (best - worst)
    agreed = None if expected is None else agrees(criterion, verdict, expected)
    return Mark(criterion, verdict, expected, agreed, earned)


def _is_hole(verdict: Verdict) -> bool:
    return verdict.status not in {"ok", "not_applicable"}
