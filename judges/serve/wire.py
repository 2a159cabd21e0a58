"""What goes over the wire, as records: batches in, reward vectors out. Pure.

A hole is ``null`` on the wire and NaN in a vector, both ways: JSON has no NaN, and nothing else ever becomes one.
"""

from collections.abc import Mapping
from typing import Any, Final, Self, get_args

import msgspec
import numpy as np
from numpy.typing import NDArray

from rvpo.judges.records import JudgeIdentity, RewardVector, Told, Verdict
from rvpo.judges.serve.problems import Problem

HEARTBEAT_S: Final = 10.0
"""An empty line comes in a stream after so long without a vector: the connection is alive."""


class WireRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One response to judge."""

    response: str
    prompt: str | list[dict[str, str]]
    rubric: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    """A rubric, as a rubric file says it; this or ``rubric_ref``."""
    rubric_ref: str = ""
    """Name of a rubric in the batch's ``rubrics``, or in the shipped library."""
    id: str = ""
    """Comes back with the vector; empty: the place in the batch. Unique in a batch."""
    fields: dict[str, Any] = {}


class WireBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The body of ``POST /v1/judge``."""

    requests: list[WireRequest]
    rubrics: dict[str, msgspec.Raw] = {}
    """Rubrics that several requests refer to, by name."""


class WireVector(msgspec.Struct, frozen=True):
    """A ``RewardVector``, all of it."""

    id: str
    names: tuple[str, ...]
    values: NDArray[np.float64]
    applicable: NDArray[np.bool_]
    coverage: float
    scalar: float | None
    verdicts: tuple[Verdict, ...]
    rubric_hash: str

    @classmethod
    def of(cls, vector: RewardVector) -> Self:
        """Ready to be sent."""
        return cls(*[getattr(vector, field) for field in cls.__struct_fields__])

    def received(self) -> RewardVector:
        """As it was."""
        return RewardVector(
            id=self.id,
            names=self.names,
            values=self.values,
            applicable=self.applicable,
            coverage=self.coverage,
            scalar=self.scalar,
            behind=Told(self.verdicts, self.rubric_hash),
        )


class Judged(msgspec.Struct, frozen=True):
    """The answer to ``POST /v1/judge``: vectors in the order of the requests."""

    vectors: list[WireVector]


class StreamLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of ``POST /v1/judge/stream``: a vector, at the end how many there were, or what stopped it."""

    vector: WireVector | None = None
    done: int | None = None
    problem: Problem | None = None


class WhoJudges(msgspec.Struct, frozen=True):
    """The answer to ``GET /v1/identity``."""

    identity: JudgeIdentity
    fingerprint: Mapping[str, Any]


def _array(kind: Any, values: Any) -> Any:
    return np.array(values, dtype=get_args(get_args(kind)[1])[0])


encode: Final = msgspec.json.Encoder(enc_hook=np.ndarray.tolist).encode
"""Any record here to JSON."""

decode_batch: Final = msgspec.json.Decoder(WireBatch).decode
decode_judged: Final = msgspec.json.Decoder(Judged, dec_hook=_array).decode
decode_line: Final = msgspec.json.Decoder(StreamLine, dec_hook=_array).decode
decode_who: Final = msgspec.json.Decoder(WhoJudges).decode
