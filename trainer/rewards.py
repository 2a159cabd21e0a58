"""Completions -> reward matrix, through the judge service. The only module of this room that talks to judges.

The matrix has a column for every entry of the rubrics' reward vectors (``rvpo.rubrics.views``: criteria, components or
axes). Rubrics may differ from prompt to prompt: rows are padded with NaN, and ``applicable`` tells an entry that is not
in the rubric, or that does not apply to the reply, from one whose judge failed.
"""

from collections.abc import Sequence
from concurrent.futures import Future
from time import perf_counter
from typing import Any, Final, NamedTuple, Protocol

import torch
from torch import Tensor

from rvpo.judges import JudgeConfig, JudgeRequest, JudgeService, RewardVector, load_judge_config
from rvpo.judges.config import with_members
from rvpo.rubrics import View, view_of
from rvpo.rubrics.views import ViewName
from rvpo.trainer.data import PromptSet
from rvpo.trainer.holes import HolePolicy

MOST_NAMED: Final = 32
"""Columns beyond which rubrics that differ share columns by place, not by name."""


class Submits(Protocol):
    """What this module asks of a judge service."""

    def submit(self, requests: Sequence[JudgeRequest]) -> Future[list[RewardVector]]:
        """Start judging; the vectors come in the order of the requests."""
        ...


class Rewards(NamedTuple):
    """Rewards of N completions in C columns."""

    rewards_NC: Tensor  # noqa: N815
    """float32; NaN where an entry does not apply or its judge failed."""
    applicable_NC: Tensor  # noqa: N815
    """bool: the entry is in the rubric of this completion's prompt, and applies."""
    weights_NC: Tensor  # noqa: N815
    """float32: what an entry weighs against the others of its row; 1 is ordinary."""
    missing_N: Tensor  # noqa: N815
    """float32: share of the rubric's points that was not judged."""
    policy_N3: Tensor  # noqa: N815
    """float32: what the rubric says about holes."""
    waited_s: float
    """How long the caller stood waiting."""


class _Layout(NamedTuple):
    """Where one rubric's entries stand in the matrix."""

    view: View
    columns: list[int]
    policy: HolePolicy


class PendingRewards:
    """Rewards that are being judged."""

    def __init__(self, future: Future[list[RewardVector]], layouts: Sequence[_Layout], columns: int) -> None:
        self._future = future
        self._layouts = layouts
        self._columns = columns

    def result(self) -> Rewards:
        """Wait for the judges and lay their vectors out as a matrix."""
        started = perf_counter()
        vectors = self._future.result()
        waited_s = perf_counter() - started
        rewards_NC = torch.full((len(vectors), self._columns), torch.nan)
        applicable_NC = torch.zeros_like(rewards_NC, dtype=torch.bool)
        weights_NC = torch.zeros_like(rewards_NC)
        for row, (vector, layout) in enumerate(zip(vectors, self._layouts, strict=True)):
            values_K, applicable_K = layout.view.values(vector.values, vector.applicable)
            rewards_NC[row, layout.columns] = torch.from_numpy(values_K).float()
            applicable_NC[row, layout.columns] = torch.from_numpy(applicable_K)
            weights_NC[row, layout.columns] = torch.from_numpy(layout.view.weights * len(values_K)).float()
        return Rewards(
            rewards_NC,
            applicable_NC,
            weights_NC,
            torch.tensor([1.0 - vector.coverage for vector in vectors]),
            torch.tensor([layout.policy for layout in self._layouts]),
            waited_s,
        )


class RubricRewards:
    """Judges completions of the prompts of one run, each by its own rubric.

    Args:
        service: The judges.
        prompts: The prompts and their rubrics.
        view: Entries of the reward vector, instead of what each rubric says.

    Raises:
        RubricError: A rubric has no criterion with points.
    """

    def __init__(self, service: Submits, prompts: PromptSet, view: ViewName | None = None) -> None:
        self._service = service
        self._prompts = prompts
        views = {id(rubric): view_of(rubric, view) for rubric in prompts.rubrics}
        self.names = _column_names(list(views.values()))
        place = {name: column for column, name in enumerate(self.names)}
        self._layouts = {
            id(rubric): _Layout(
                views[id(rubric)],
                [place.get(name, column) for column, name in enumerate(views[id(rubric)].names)],
                HolePolicy.of(rubric),
            )
            for rubric in prompts.rubrics
        }

    def submit(self, rows: Sequence[int], completions: Sequence[str]) -> PendingRewards:
        """Start judging ``completions``, the replies to the prompts at ``rows``; returns at once."""
        requests = [
            JudgeRequest(
                rubric=self._prompts.rubrics[row],
                prompt=self._prompts.rows[row].messages,
                response=completion,
                id=self._prompts.rows[row].id,
                fields=self._prompts.rows[row].fields,
            )
            for row, completion in zip(rows, completions, strict=True)
        ]
        layouts = [self._layouts[id(self._prompts.rubrics[row])] for row in rows]
        return PendingRewards(self._service.submit(requests), layouts, len(self.names))


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
    return with_members(config).model_dump(mode="json", exclude=NOT_JUDGEMENT)
