"""A calibration from a judged run and people's labels: ``rvpo judge calibrate`` without its command line. Reads files.

The run must hold raw probabilities: one judge (an endpoint with ``score: probability``, or ``embedded``), one vote, no
calibration yet. Too few labels are refused: isotonic regression follows every wiggle of a small sample (Niculescu-Mizil
and Caruana 2005, "Predicting good probabilities with supervised learning", section 5: it needs some 1000 to be best).
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from rvpo.harness.errors import HarnessError
from rvpo.judges.calibration import Calibration, fit_calibration
from rvpo.judges.reliability import Bin, Error, calibrated_elsewhere, error_of, reliability
from rvpo.results import Run, VerdictRow, open_run
from rvpo.rubrics import SourceError
from rvpo.rubrics.reading.source import read_json_lines
from rvpo.rubrics.wording import hint, shown

FEWEST: Final = 50
"""Labels."""
FEWEST_OF_A_KIND: Final = 10
"""Labels that say met, and that say not met."""
FEWEST_ITEMS: Final = 10
ENOUGH: Final = 1000
"""Labels from which on nothing needs to be said of their number."""

_BY_PROBABILITY: Final = ("embedded",)
_MAY_BE: Final = ("openai-compatible", "openai", "litellm")


class CalibrationReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a calibration was made of, and what it is worth on labels that it was not fitted to."""

    labels: int
    met: int
    items: int
    left_out: dict[str, int]
    """Labelled verdicts that hold no probability, by status (``rule``: decided by a rule)."""
    before: Error
    after: Error
    """By cross-validation."""
    table: tuple[Bin, ...]
    """Of the judge's own probabilities."""
    table_after: tuple[Bin, ...]
    """Of the calibrated ones, by cross-validation."""

    @property
    def better(self) -> bool:
        """Whether the calibration is worth its use: the Brier score, a proper one, is lower with it."""
        return self.after.brier < self.before.brier


class Label(NamedTuple):
    """What a person said of one criterion of one response."""

    item: str
    criterion: str
    met: bool
    line: int


def fit_from_run(folder: Path, labels: Path) -> tuple[Calibration, CalibrationReport]:
    """Fit a calibration and say what it is worth.

    Args:
        folder: A run folder of ``rvpo judge`` or ``rvpo eval``, or its ``verdicts.jsonl``.
        labels: JSON lines ``{"id", "criterion", "met", "draw"?}``.

    Raises:
        HarnessError: The run holds no raw probabilities, or there are too few labels.
        RunFolderError: The run cannot be read.
        SourceError: A label is wrong or of no verdict of the run.
    """
    run = open_run(folder.parent if folder.name == "verdicts.jsonl" else folder)
    _refuse_other_than_raw(run)
    left_out: Counter[str] = Counter()
    p: list[float] = []
    met: list[bool] = []
    items: list[str] = []
    for label, verdict in _joined(run, labels):
        if verdict.judge == "rule" or verdict.score is None:
            left_out["rule" if verdict.judge == "rule" else verdict.status] += 1
            continue
        p.append(verdict.score)
        met.append(label.met)
        items.append(label.item)
    _refuse_too_few(labels, met, items)
    mended = calibrated_elsewhere(p, met, items)
    report = CalibrationReport(
        labels=len(p),
        met=sum(met),
        items=len(set(items)),
        left_out=dict(left_out),
        before=error_of(p, met),
        after=error_of(mended, met),
        table=reliability(p, met),
        table_after=reliability(mended, met),
    )
    return fit_calibration(p, met), report


def _refuse_other_than_raw(run: Run) -> None:
    judge = run.manifest.identity.get("judge")
    if not isinstance(judge, Mapping):
        raise HarnessError(
            f"{run.folder}: no judge is known of this run, which was made by {run.manifest.kind}"
        )
    kind, score = judge.get("kind"), judge.get("score")
    why = ""
    if "escalate" in judge or kind == "ensemble":
        why = "several judges answered: judge the labelled responses with each alone"
    elif "calibration" in judge:
        why = "it was judged with a calibration: leave it out of the judge file and judge again, at no cost"
    elif judge.get("votes", 1) != 1:
        why = f"each score is the mean of {judge['votes']} votes: judge with votes: 1"
    elif not (kind in _BY_PROBABILITY and score in {None, "probability"}) and not (
        kind in _MAY_BE and score == "probability"
    ):
        why = f"judge: {kind} gave verdicts and no probabilities: judge with score: probability"
    if why:
        raise HarnessError(f"{run.folder}: {why}")


def _joined(run: Run, labels: Path) -> list[tuple[Label, VerdictRow]]:
    verdicts = {(row.item_id, row.draw, row.criterion_id): row for row in run.verdicts}
    ids = list({row.item_id: None for row in run.verdicts})
    seen: dict[tuple[str, int, str], Label] = {}
    found: list[tuple[Label, VerdictRow]] = []
    for line, row in read_json_lines(labels):
        try:
            label, draw = _label(row, line)
        except ValueError as wrong:
            raise SourceError.at(str(labels), line, str(wrong)) from None
        key = label.item, draw, label.criterion
        if (before := seen.get(key)) is not None:
            text = f"{label.item!r}, {label.criterion!r} has a label in line {before.line} already"
            raise SourceError.at(str(labels), line, text)
        seen[key] = label
        if key not in verdicts:
            raise SourceError.at(str(labels), line, _unknown(label, draw, verdicts, ids))
        found.append((label, verdicts[key]))
    return found


def _label(row: Mapping[str, Any], line: int) -> tuple[Label, int]:
    for key in ("id", "criterion", "met"):
        if key not in row:
            raise ValueError(f"the key {key} is missing{hint(key, row)}")
    if not isinstance(row["met"], bool):
        raise ValueError(f"met: got {shown(row['met'])}, should be true or false")  # noqa: TRY004 - bad input
    draw = row.get("draw", 0)
    if not isinstance(draw, int) or isinstance(draw, bool):
        raise ValueError(f"draw: got {shown(draw)}, should be a whole number")  # noqa: TRY004 - bad input
    return Label(str(row["id"]), str(row["criterion"]), row["met"], line), draw


def _unknown(
    label: Label, draw: int, verdicts: Mapping[tuple[str, int, str], VerdictRow], ids: list[str]
) -> str:
    of_item = [criterion for item, number, criterion in verdicts if (item, number) == (label.item, draw)]
    if of_item:
        return (
            f"criterion {label.criterion!r} was not judged in {label.item!r}{hint(label.criterion, of_item)}"
        )
    if label.item in ids:
        return f"{label.item!r} has no draw {draw} in the run"
    return f"the run has no response {label.item!r}{hint(label.item, ids)}"


def _refuse_too_few(labels: Path, met: list[bool], items: list[str]) -> None:
    counts = (
        (len(met), FEWEST, "labelled verdicts with a probability"),
        (sum(met), FEWEST_OF_A_KIND, "that are met"),
        (len(met) - sum(met), FEWEST_OF_A_KIND, "that are not met"),
        (len(set(items)), FEWEST_ITEMS, "labelled responses"),
    )
    for found, needed, what in counts:
        if found < needed:
            raise HarnessError(
                f"{labels}: {found} {what} are too few to fit a calibration: at least {needed}"
            )
