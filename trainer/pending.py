"""Rewards that are being judged, and the matrices that reward vectors come to. No judge is chosen or configured here."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from time import perf_counter
from typing import NamedTuple

import torch
from torch import Tensor

from rvpo.judges import RewardVector, Verdict
from rvpo.rubrics import View
from rvpo.trainer.guards.outage import Patience
from rvpo.trainer.holes import HolePolicy
from rvpo.trainer.telemetry.batch import CAUSES

_CAUSE_AT = {cause: place for place, cause in enumerate(CAUSES)}

Vectors = list[RewardVector]
Ask = Callable[[], "Future[Vectors]"]


class Layout(NamedTuple):
    """Where one rubric's entries stand in the matrix."""

    view: View
    columns: list[int]
    labels: list[int]
    """Places of the labels that the entries are counted under."""
    policy: HolePolicy


class Rewards(NamedTuple):
    """Rewards of N completions in C columns."""

    rewards_NC: Tensor  # noqa: N815
    """float32; NaN where an entry does not apply or its judge failed."""
    applicable_NC: Tensor  # noqa: N815
    """bool: the entry is in the rubric of this completion's prompt, and applies."""
    weights_NC: Tensor  # noqa: N815
    """float32: what an entry weighs against the others of its row; 1 is ordinary."""
    labels_NC: Tensor  # noqa: N815
    """int64: place of the label that the entry is counted under; -1 where there is no entry."""
    missing_N: Tensor  # noqa: N815
    """float32: share of the rubric's points that was not judged."""
    policy_N3: Tensor  # noqa: N815
    """float32: what the rubric says about holes."""
    causes_NS: Tensor  # noqa: N815
    """float64: criteria without a verdict, by ``CAUSES``."""
    facts_NF: Tensor  # noqa: N815
    """float64: the columns of ``telemetry.batch.Facts``."""
    waited_s: float
    """How long the caller stood waiting."""


class PendingRewards:
    """Rewards that are being judged.

    Args:
        ask: Puts the completions to the judge; called at once, and again while it is down.
        layouts: Of each completion's rubric.
        columns: Of the matrix.
        patience: What is done while the judge is down; nothing by default.
        gold: The gold judge's vectors, by the places of the completions it sees.
    """

    def __init__(
        self,
        ask: Ask,
        layouts: Sequence[Layout],
        columns: int,
        patience: Patience | None = None,
        gold: tuple[Sequence[int], "Future[Vectors]"] | None = None,
    ) -> None:
        self._ask = ask
        self._future = ask()
        self._layouts = layouts
        self._columns = columns
        self._patience = patience
        self._gold = gold

    def result(self) -> Rewards:
        """Wait for the judges and lay their vectors out as matrices.

        Raises:
            JudgeDown: The judge cannot be reached, and the policy says to stop.
        """
        started = perf_counter()
        vectors, down_s = self._future.result(), 0.0
        if self._patience is not None:
            vectors, down_s = self._patience.answers(vectors, lambda: self._ask().result())
        gold: Mapping[int, RewardVector] = {}
        if self._gold is not None:
            gold = dict(zip(self._gold[0], self._gold[1].result(), strict=True))
        return self._matrices(vectors, gold, perf_counter() - started, down_s)

    def _matrices(
        self, vectors: Vectors, gold: Mapping[int, RewardVector], waited_s: float, down_s: float
    ) -> Rewards:
        rewards_NC = torch.full((len(vectors), self._columns), torch.nan)
        applicable_NC = torch.zeros_like(rewards_NC, dtype=torch.bool)
        weights_NC = torch.zeros_like(rewards_NC)
        labels_NC = torch.full_like(rewards_NC, -1, dtype=torch.int64)
        for row, (vector, layout) in enumerate(zip(vectors, self._layouts, strict=True)):
            values_K, applicable_K = layout.view.values(vector.values, vector.applicable)
            rewards_NC[row, layout.columns] = torch.from_numpy(values_K).float()
            applicable_NC[row, layout.columns] = torch.from_numpy(applicable_K)
            weights_NC[row, layout.columns] = torch.from_numpy(layout.view.weights * len(values_K)).float()
            labels_NC[row, layout.columns] = torch.tensor(layout.labels)
        facts = [[*_facts(vector, gold.get(row)), waited_s, down_s] for row, vector in enumerate(vectors)]
        return Rewards(
            rewards_NC,
            applicable_NC,
            weights_NC,
            labels_NC,
            torch.tensor([1.0 - vector.coverage for vector in vectors]),
            torch.tensor([layout.policy for layout in self._layouts]),
            torch.tensor([_causes(vector) for vector in vectors], dtype=torch.float64),
            torch.tensor(facts, dtype=torch.float64),
            waited_s,
        )


def _causes(vector: RewardVector) -> list[int]:
    counts = [0] * len(CAUSES)
    for verdict in vector.verdicts:
        if verdict.status in _CAUSE_AT:
            counts[_CAUSE_AT[verdict.status]] += 1
    return counts


def _facts(vector: RewardVector, gold: RewardVector | None) -> list[float]:
    """The columns of ``Facts``, but for the last two."""
    asked = [verdict for verdict in vector.verdicts if verdict.judge.kind != "rule"]
    prices = [verdict.usd for verdict in asked if _answered(verdict)]
    return [
        float(vector.applicable.sum()),
        len(asked),
        sum(verdict.cached for verdict in asked),
        sum(_known(usd) for usd in prices),
        _known(vector.scalar),
        _known(None if gold is None else gold.scalar),
    ]


def _answered(verdict: Verdict) -> bool:
    """Whether a reply came in, which costs whatever it says; what an ask costs that brought none, nobody says."""
    return verdict.met is not None or verdict.usd is not None or verdict.usage.prompt_tokens > 0


def _known(value: float | None) -> float:
    return torch.nan if value is None else value
