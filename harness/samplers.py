"""What a sampler is: a model that answers exam items, each (item, draw) with randomness of its own. Pure.

Built in are ``TransformersSampler`` and ``VllmSampler`` (a local checkpoint), ``EndpointSampler`` (an OpenAI-compatible
server), ``LitellmSampler`` (any provider) and ``ReplaySampler`` (answers already on disk). Anything with these two methods
is one.
"""

import hashlib
from collections.abc import Generator, Mapping, Sequence
from typing import Any, Final, Literal, Protocol

import msgspec

from rvpo.harness.items import ExamItem

SEED_HELD: Final = "seed_held"
"""In ``extra`` of a request that was sent twice: whether the same seed brought the same answer."""


class Ask(msgspec.Struct, frozen=True):
    """One draw of one item, to be answered."""

    item: ExamItem
    draw: int = 0


class Completion(msgspec.Struct, frozen=True, kw_only=True):
    """What the model said to one ``Ask``."""

    item_id: str
    draw: int = 0
    text: str = ""
    finish_reason: Literal["stop", "length", "failed"] = "stop"
    """``length``: cut at the token limit; ``failed``: there is no answer, and ``error`` says why."""
    error: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    extra: Mapping[str, Any] = {}
    """What else a sampler measured, for the row's ``meta``; JSON values only."""

    @classmethod
    def failed(cls, ask: Ask, error: str) -> "Completion":
        """There is no answer, and why."""
        return cls(item_id=ask.item.id, draw=ask.draw, finish_reason="failed", error=error)


class Sampler(Protocol):
    """A model under examination."""

    @property
    def batch_size(self) -> int:
        """Answers that may wait for their verdicts at once; a crash loses no more finished answers than these."""
        ...

    def identity(self) -> Mapping[str, Any]:
        """All that decides the answers: weights or endpoint, sampling parameters, seed. JSON values only."""
        ...

    def sample(self, asks: Sequence[Ask]) -> Generator[Sequence[Completion], None, None]:
        """Answer every ask exactly once, in any order, in batches as they finish; closing it stops the work."""
        ...


def draw_seed(seed: int, item_id: str, draw: int) -> int:
    """The seed of one draw, in [0, 2**31): a pure function, so that no draw depends on what was sampled before it.

    >>> draw_seed(0, "a", 0) == draw_seed(0, "a", 1)
    False
    """
    digest = hashlib.sha256(f"{seed}:{draw}:{item_id}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1
