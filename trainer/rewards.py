"""Completions -> reward matrix, through the judge service. The only module of this room that talks to judges.

The matrix has a column for every entry of the rubrics' reward vectors (``rvpo.rubrics.views``: criteria, components or
axes). Rubrics may differ from prompt to prompt: rows are padded with NaN, and ``applicable`` tells an entry that is not
in the rubric, or that does not apply to the reply, from one whose judge failed.
"""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from random import Random
from typing import Any, Final, Protocol

from rvpo.judges import JudgeConfig, JudgeRequest, JudgeService, RewardVector, load_judge_config
from rvpo.judges.calibration import calibration_digest
from rvpo.judges.config import with_members
from rvpo.rubrics import Rubric, View, view_of
from rvpo.rubrics.views import ViewName
from rvpo.trainer.data import PromptSet
from rvpo.trainer.guards.dropout import drop_criteria
from rvpo.trainer.guards.outage import Patience
from rvpo.trainer.holes import HolePolicy
from rvpo.trainer.pending import Layout, PendingRewards, Rewards, Vectors
from rvpo.trainer.telemetry.labels import entry_labels

__all__ = ["Asking", "PendingRewards", "Rewards", "RubricRewards", "judge_identity"]

MOST_NAMED: Final = 32
"""Columns beyond which rubrics that differ share columns by place, not by name."""


class Submits(Protocol):
    """What this module asks of a judge service."""

    def submit(self, requests: Sequence[JudgeRequest]) -> Future[list[RewardVector]]:
        """Start judging; the vectors come in the order of the requests."""
        ...


@dataclass(frozen=True)
class Asking:
    """What goes beyond putting every criterion to the judge once."""

    seed: int = 0
    """Of the run: draws who is left out and who is shown to the gold judge."""
    process: int = 0
    patience: Patience | None = None
    """What is done while the judge is down."""
    dropout: float = 0.0
    """Share of the criteria that a step leaves out."""
    gold: Submits | None = None
    gold_share: float = 0.0
    """Share of the completions that the gold judge sees."""


class RubricRewards:
    """Judges completions of the prompts of one run, each by its own rubric.

    Args:
        service: The judges.
        prompts: The prompts and their rubrics.
        view: Entries of the reward vector, instead of what each rubric says.
        asking: Guards around the asking.

    Raises:
        RubricError: A rubric has no criterion with points.
    """

    def __init__(
        self, service: Submits, prompts: PromptSet, view: ViewName | None = None, asking: Asking | None = None
    ) -> None:
        self._service = service
        self._prompts = prompts
        self._view: ViewName | None = view
        self._asking = asking or Asking()
        views = {id(rubric): view_of(rubric, view) for rubric in prompts.rubrics}
        self.names = _column_names(list(views.values()))
        """Of the columns."""
        self._place = {name: column for column, name in enumerate(self.names)}
        labelled = entry_labels(prompts.rubrics, [views[id(rubric)] for rubric in prompts.rubrics])
        self.labels = tuple(dict.fromkeys(label for labels in labelled for label in labels))
        """What the entries are counted under."""
        label_at = {label: place for place, label in enumerate(self.labels)}
        self._label_of = {
            id(rubric): dict(zip(views[id(rubric)].names, map(label_at.__getitem__, labels), strict=True))
            for rubric, labels in zip(prompts.rubrics, labelled, strict=True)
        }
        self._layouts = {
            id(rubric): self._layout(rubric, views[id(rubric)], self._label_of[id(rubric)])
            for rubric in prompts.rubrics
        }

    def submit(
        self, rows: Sequence[int], completions: Sequence[str], step: int | None = None
    ) -> PendingRewards:
        """Start judging ``completions``, the replies to the prompts at ``rows``; returns at once.

        Args:
            rows: Places in the prompt set.
            completions: A reply to each.
            step: Of training; ``None`` for an examination: every criterion is then asked, and no gold judge.
        """
        rubrics = {row: self._prompts.rubrics[row] for row in rows}
        layouts = {row: self._layouts[id(rubric)] for row, rubric in rubrics.items()}
        if step is not None and self._asking.dropout:
            for row, rubric in list(rubrics.items()):
                rubrics[row] = self._part_of(row, rubric, step)
                names = self._label_of[id(rubric)]
                layouts[row] = self._layout(rubrics[row], view_of(rubrics[row], self._view), names)
        requests = [
            JudgeRequest(
                rubric=rubrics[row],
                prompt=self._prompts.rows[row].messages,
                response=completion,
                id=self._prompts.rows[row].id,
                fields=self._prompts.rows[row].fields,
            )
            for row, completion in zip(rows, completions, strict=True)
        ]
        return PendingRewards(
            lambda: self._service.submit(requests),
            [layouts[row] for row in rows],
            len(self.names),
            self._asking.patience,
            None if step is None else self._to_gold(requests, step),
        )

    def _layout(self, rubric: Rubric, view: View, label_of: dict[str, int]) -> Layout:
        return Layout(
            view,
            [self._place.get(name, column) for column, name in enumerate(view.names)],
            [label_of[name] for name in view.names],
            HolePolicy.of(rubric),
        )

    def _part_of(self, row: int, rubric: Rubric, step: int) -> Rubric:
        asking = self._asking
        return drop_criteria(rubric, asking.dropout, asking.seed, step, self._prompts.rows[row].id)

    def _to_gold(
        self, requests: Sequence[JudgeRequest], step: int
    ) -> tuple[list[int], Future[Vectors]] | None:
        asking = self._asking
        if asking.gold is None:
            return None
        draw = Random(f"{asking.seed}/{step}/{asking.process}")  # noqa: S311  a sample, not a secret
        places = [place for place in range(len(requests)) if draw.random() < asking.gold_share]
        return places, asking.gold.submit([requests[place] for place in places])


def _column_names(views: Sequence[View]) -> tuple[str, ...]:
    """The entries' names, if all rubrics together have few; else places, ``criterion_00`` and on."""
    named = dict.fromkeys(name for view in views for name in view.names)
    widest = max(len(view.names) for view in views)
    if len(named) <= max(MOST_NAMED, widest):
        return tuple(named)
    return tuple(f"criterion_{place:02d}" for place in range(widest))


NOT_JUDGEMENT = {"api_key_env", "concurrency", "deadline_s", "max_attempts", "store", "timeout_s"}
"""Fields of a judge file that decide how fast a verdict comes, not what it says."""


def judge_identity(judge: JudgeConfig | str) -> dict[str, Any]:
    """What decides the verdicts: the judge's configuration, read from its file if need be.

    A judge service is asked what decides them there: its address does not.
    """
    config = load_judge_config(judge) if isinstance(judge, str) else judge
    if config.judge == "service":
        with JudgeService.open_sync(config) as service:
            return service.fingerprint()
    return _identity(with_members(config))


def _identity(config: JudgeConfig) -> dict[str, Any]:
    """One judge's fields and its members'; of a calibration what it says, whatever its file is called."""
    fields = config.model_dump(mode="json", exclude=NOT_JUDGEMENT)
    if config.calibration:
        fields["calibration"] = calibration_digest(config.calibration)
    if config.judges:
        fields["judges"] = [_identity(each) for each in config.judges if isinstance(each, JudgeConfig)]
    if config.escalate and isinstance(config.escalate.to, JudgeConfig):
        fields["escalate"]["to"] = _identity(config.escalate.to)
    return fields
