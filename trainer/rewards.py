"""Completions -> reward matrix, through the judge service. The only module of this room that talks to judges.

Rubrics may differ from prompt to prompt: every row of the matrix is padded with NaN to the largest rubric, and
``applicable`` tells a criterion that is not in the rubric from one whose judge failed.
"""

from collections.abc import Sequence
from concurrent.futures import Future
from time import perf_counter
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor

from rvpo.judges import JudgeConfig, JudgeRequest, RewardVector, load_judge_config
from rvpo.trainer.data import PromptSet


class Submits(Protocol):
    """What this module asks of a judge service."""

    def submit(self, requests: Sequence[JudgeRequest]) -> Future[list[RewardVector]]:
        """Start judging; the vectors come in the order of the requests."""
        ...


class Rewards(NamedTuple):
    """Rewards of N completions. C is the size of the largest rubric of the run."""

    rewards_NC: Tensor  # noqa: N815
    """float32; NaN where a criterion does not apply or its judge failed."""
    applicable_NC: Tensor  # noqa: N815
    """bool: the criterion is in the rubric of this completion's prompt."""
    waited_s: float
    """How long the caller stood waiting."""


class PendingRewards:
    """Rewards that are being judged."""

    def __init__(self, future: Future[list[RewardVector]], columns: int) -> None:
        self._future = future
        self._columns = columns

    def result(self) -> Rewards:
        """Wait for the judges and lay their vectors out as a matrix."""
        started = perf_counter()
        vectors = self._future.result()
        waited_s = perf_counter() - started
        rewards_NC = torch.full((len(vectors), self._columns), torch.nan)
        applicable_NC = torch.zeros_like(rewards_NC, dtype=torch.bool)
        for row, vector in enumerate(vectors):
            size = len(vector.values)
            rewards_NC[row, :size] = torch.from_numpy(vector.values)
            applicable_NC[row, :size] = True
        return Rewards(rewards_NC, applicable_NC, waited_s)


class RubricRewards:
    """Judges completions of the prompts of one run, each by its own rubric."""

    def __init__(self, service: Submits, prompts: PromptSet) -> None:
        self._service = service
        self._prompts = prompts
        self.columns = max(len(rubric.criteria) for rubric in prompts.rubrics)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns: criterion ids if all prompts share a rubric, else places in it."""
        shared = self._prompts.shared_rubric
        if shared is not None:
            return tuple(criterion.id for criterion in shared.criteria)
        return tuple(f"criterion_{place:02d}" for place in range(self.columns))

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
        return PendingRewards(self._service.submit(requests), self.columns)


NOT_JUDGEMENT = {"api_key_env", "concurrency", "deadline_s", "max_attempts", "store", "timeout_s"}
"""Fields of a judge file that decide how fast a verdict comes, not what it says."""


def judge_identity(judge: JudgeConfig | str) -> dict[str, Any]:
    """What decides the verdicts: the judge's configuration, read from its file if need be."""
    config = load_judge_config(judge) if isinstance(judge, str) else judge
    return config.model_dump(mode="json", exclude=NOT_JUDGEMENT)
