"""Which criteria go into one call, and in which order. Pure.

Calls are cut from the rubric in its own order, so that a criterion added at its end leaves the other calls as they are.
Within a call the order is drawn anew for each response and vote, since judges favour places (arXiv 2602.02219); it is
drawn by hashing and not by a generator, so that the same call is made of the same bytes on every machine.
"""

from collections.abc import Sequence
from hashlib import sha256

from rvpo.judges.config import JudgeMode
from rvpo.rubrics import Criterion


def group(
    places: Sequence[int],
    criteria: Sequence[Criterion],
    mode: JudgeMode,
    size: int,
    *,
    shuffle_for: str | None = None,
) -> list[tuple[int, ...]]:
    """Cut criteria into calls.

    Args:
        places: Of the criteria to ask, in the rubric's order.
        criteria: All of the rubric.
        mode: One a call, ``size`` a call, or all in one.
        size: Most criteria of a call of mode ``k-criteria``.
        shuffle_for: What the order within a call is drawn from; ``None`` keeps the rubric's.

    Returns:
        The places of each call, in the order in which they are asked.
    """
    if mode == "per-criterion":
        return [(place,) for place in places]
    most = size if mode == "k-criteria" else max(1, len(places))
    calls = [tuple(places[start : start + most]) for start in range(0, len(places), most)]
    if shuffle_for is None:
        return calls
    seed = sha256(shuffle_for.encode("utf-8", "surrogatepass"))

    def drawn(place: int) -> bytes:
        lot = seed.copy()
        lot.update(criteria[place].criterion.encode("utf-8", "surrogatepass"))
        return lot.digest()

    return [tuple(sorted(call, key=drawn)) for call in calls]
