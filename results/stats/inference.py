"""What a statistical answer carries: estimate, interval, p-value, and how they came about. Pure data and checks.

Every function of this folder that answers a question returns an ``Inference`` or a record that holds some. Whatever
was drawn at random names its draws, its seed and its Monte-Carlo error; whatever was not has 0 draws.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from rvpo.results.errors import ResultsError

Floats = NDArray[np.float64]
ITEMS = "the items of one exam, answered by fixed sets of weights"
"""Unit of inference of everything that resamples or averages items."""


class Inference(msgspec.Struct, frozen=True, kw_only=True):
    """One answer. A figure that the method does not give is ``None``; a figure that the data could not give is NaN."""

    method: str
    """Words: which formula, which test, which side."""
    unit: str = ITEMS
    """What the figures generalise over."""
    n: int
    """How many units went in (items, clusters, runs), holes left out."""
    estimate: float | None = None
    se: float | None = None
    low: float | None = None
    high: float | None = None
    confidence: float | None = None
    statistic: float | None = None
    df: float | None = None
    p_value: float | None = None
    p_floor: float = 0.0
    """The smallest p-value that the method could have given."""
    p_error: float = 0.0
    """Monte-Carlo standard error of ``p_value``; 0 when nothing was drawn."""
    draws: int = 0
    """Resamples or flips (B); 0 in closed form and for exact tests."""
    seed: tuple[int, ...] | None = None
    """Entropy of the generator; ``None`` when nothing was drawn."""
    notes: tuple[str, ...] = ()
    """What a reader must know: few clusters, no spread, dropped holes."""


def seed_of(rng: np.random.Generator) -> tuple[int, ...] | None:
    """The entropy a generator was made from; ``None`` if it does not tell."""
    sequence = rng.bit_generator.seed_seq
    entropy = sequence.entropy if isinstance(sequence, np.random.SeedSequence) else None
    if entropy is None:
        return None
    return (entropy,) if isinstance(entropy, int) else tuple(int(part) for part in entropy)


def monte_carlo(extreme: int, draws: int) -> tuple[float, float, float]:
    """P-value ``(b + 1) / (B + 1)`` (Phipson & Smyth 2010), its floor and its Monte-Carlo standard error."""
    p = (extreme + 1) / (draws + 1)
    return p, 1 / (draws + 1), float(np.sqrt(p * (1 - p) / draws))


def present(values: ArrayLike, least: int = 2, *, what: str = "differences") -> Floats:
    """The values that are there, as a vector; NaN marks a hole.

    Raises:
        ResultsError: an infinite value, or fewer than ``least`` values.
    """
    x: Floats = np.asarray(values, dtype=float).ravel()
    if np.isinf(x).any():
        raise ResultsError(
            f"{what}: value {int(np.argmax(np.isinf(x)))} is infinite; finite or NaN is allowed"
        )
    held: Floats = x[~np.isnan(x)]
    if len(held) < least:
        raise ResultsError(f"{what}: {len(held)} values are there; at least {least} are needed")
    return held


def matrix(values: ArrayLike, *, what: str, least: int = 2) -> Floats:
    """The values as (rows, columns), holes kept.

    Raises:
        ResultsError: not two-dimensional, an infinite value, no column, or fewer than ``least`` rows.
    """
    x: Floats = np.asarray(values, dtype=float)
    if x.ndim != 2 or not x.shape[1]:
        raise ResultsError(f"{what}: shape {x.shape}; (items, columns) is needed")
    if np.isinf(x).any():
        raise ResultsError(f"{what}: an infinite value; finite or NaN is allowed")
    if x.shape[0] < least:
        raise ResultsError(f"{what}: {x.shape[0]} rows; at least {least} are needed")
    return x


def check_level(confidence: float) -> float:
    """The confidence level, if it is one.

    Raises:
        ResultsError: it does not lie between 0 and 1.
    """
    if not 0 < confidence < 1:
        raise ResultsError(f"confidence {confidence}: must lie between 0 and 1, as 0.95 does")
    return confidence


def check_draws(draws: int, least: int = 99, *, what: str = "resamples") -> int:
    """The number of draws, if it is enough.

    Raises:
        ResultsError: fewer than ``least``.
    """
    if draws < least:
        raise ResultsError(f"{what} {draws}: at least {least} are needed")
    return draws


def same_length(first: Sequence[object] | Floats, second: Sequence[object] | Floats, *, what: str) -> None:
    """Refuses two vectors of different length.

    Raises:
        ResultsError: they differ.
    """
    if len(first) != len(second):
        raise ResultsError(f"{what}: {len(first)} and {len(second)} values; they must be as many")
