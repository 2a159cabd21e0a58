"""What one reply earned, as one text that goes through verl beside it, and the texts of a batch as matrices. Pure.

One text, because verl averages every number among a sample's extra figures and stacks every list: vectors of different
lengths end its validation, and a missing number would be counted. A hole is ``null`` in the text and NaN in a matrix.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple, Self

import msgspec
import torch
from torch import Tensor

from rvpo.trainer.errors import TrainerError
from rvpo.trainer.pending import Rewards

KEY: Final = "rvpo_vector"
"""Of a sample's ``reward_extra_info``."""
Numbers = tuple[float | None, ...]


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``Rewards``."""

    rewards: Numbers
    applicable: tuple[bool, ...]
    weights: Numbers
    labels: tuple[str, ...]
    """What each entry is counted under."""
    missing: float
    """Share of the rubric's points that was not judged."""
    policy: Numbers
    causes: Numbers
    facts: Numbers

    @classmethod
    def of(cls, row: Rewards, labels: tuple[str, ...]) -> Self:
        """The only row of ``row``."""
        return cls(
            rewards=_numbers(row.rewards_NC),
            applicable=tuple(row.applicable_NC[0].tolist()),
            weights=_numbers(row.weights_NC),
            labels=labels,
            missing=float(row.missing_N[0]),
            policy=_numbers(row.policy_N3),
            causes=_numbers(row.causes_NS),
            facts=_numbers(row.facts_NF),
        )

    @property
    def holes(self) -> int:
        """Entries that apply and have no reward."""
        pairs = zip(self.rewards, self.applicable, strict=True)
        return sum(applies and reward is None for reward, applies in pairs)

    def text(self) -> str:
        """To send."""
        return msgspec.json.encode(self).decode()


class Stacked(NamedTuple):
    """N replies with at most C entries."""

    rewards_NC: Tensor  # noqa: N815
    applicable_NC: Tensor  # noqa: N815
    weights_NC: Tensor  # noqa: N815
    labels_NC: Tensor  # noqa: N815
    missing_N: Tensor  # noqa: N815
    policy_N3: Tensor  # noqa: N815
    causes_NS: Tensor  # noqa: N815
    facts_NF: Tensor  # noqa: N815
    labels: tuple[str, ...]
    """Names of the places in ``labels_NC``."""


def read_reply(text: object) -> Reply:
    """What ``Reply.text`` wrote.

    Raises:
        TrainerError: It is something else.
    """
    if not isinstance(text, str):
        raise TrainerError(
            f"a sample came without its reward vector ({KEY}): verl's reward.reward_manager.name must be rvpo"
        )
    try:
        return msgspec.json.decode(text, type=Reply)
    except msgspec.MsgspecError as wrong:
        raise TrainerError(f"a sample's reward vector ({KEY}) cannot be read: {wrong}") from None


def stack(replies: Sequence[Reply]) -> Stacked:
    """Lay replies out as matrices; an entry of another rubric stands in the same column, and rows are padded."""
    columns = max(len(reply.rewards) for reply in replies)
    labels = tuple(sorted({label for reply in replies for label in reply.labels}))
    place = {label: at for at, label in enumerate(labels)}
    rewards_NC = torch.full((len(replies), columns), torch.nan, dtype=torch.float64)
    applicable_NC = torch.zeros_like(rewards_NC, dtype=torch.bool)
    weights_NC = torch.zeros_like(rewards_NC)
    labels_NC = torch.full_like(rewards_NC, -1, dtype=torch.int64)
    for row, reply in enumerate(replies):
        width = len(reply.rewards)
        rewards_NC[row, :width] = _tensor(reply.rewards)
        applicable_NC[row, :width] = torch.tensor(reply.applicable)
        weights_NC[row, :width] = _tensor(reply.weights)
        labels_NC[row, :width] = torch.tensor([place[label] for label in reply.labels])
    return Stacked(
        rewards_NC,
        applicable_NC,
        weights_NC,
        labels_NC,
        torch.tensor([reply.missing for reply in replies], dtype=torch.float64),
        torch.stack([_tensor(reply.policy) for reply in replies]),
        torch.stack([_tensor(reply.causes) for reply in replies]),
        torch.stack([_tensor(reply.facts) for reply in replies]),
        labels,
    )


def _numbers(rows: Tensor) -> Numbers:
    return tuple(None if number != number else number for number in rows[0].tolist())  # noqa: PLR0124  NaN


def _tensor(numbers: Numbers) -> Tensor:
    return torch.tensor([torch.nan if each is None else each for each in numbers], dtype=torch.float64)
