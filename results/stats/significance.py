"""The paired sign-flip randomisation test and Holm's adjustment.

Under "the two runs are exchangeable on every item" each difference may carry either sign. The test is exact
where all signings can be counted (few differences, or all of one size: then it is McNemar's exact test), else
Monte-Carlo with ``(b + 1) / (B + 1)`` (Phipson & Smyth 2010), which is never 0.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rvpo.results.errors import ResultsError

Floats = NDArray[np.float64]
EXACT_UP_TO = 20
"""Non-zero differences up to which all signings are summed (2**20 sums: 8 MB)."""
TIE = 1e-9
"""Sums within this share of the largest possible one are equal: rounding must not decide a tie."""
BLOCK = 20_000
"""Flips at once in the Monte-Carlo test: with one byte for eight items, 12 MB at 5 000 items."""


class FlipTest(NamedTuple):
    """Outcome of a sign-flip test."""

    p_value: float
    """Two-sided."""
    p_floor: float
    """The smallest p-value the test could have given."""
    p_error: float
    """Monte-Carlo standard error of ``p_value``; 0 when exact."""
    exact: bool


def sign_flip(d_N: Floats, flips: int, rng: np.random.Generator) -> FlipTest:
    """Two-sided sign-flip test that the mean difference is zero.

    Args:
        d_N: differences without NaN; zeros change nothing and are set aside.
        flips: B, drawn only when the test cannot be exact.
        rng: seeded by the caller.

    Raises:
        ResultsError: a NaN, or no flip to draw.
    """
    if np.isnan(d_N).any():
        raise ResultsError("a sign-flip test cannot take a missing difference")
    if flips < 1:
        raise ResultsError(f"flips {flips}: at least 1 is needed")
    d = d_N[d_N != 0]
    if not len(d):
        return FlipTest(1.0, 1.0, 0.0, exact=True)
    observed, slack = abs(d.sum()), TIE * np.abs(d).sum()
    if np.ptp(np.abs(d)) <= slack / len(d):
        return _one_size(len(d), observed / np.abs(d).mean())
    if len(d) <= EXACT_UP_TO:
        extreme = int(np.count_nonzero(np.abs(_all_sums(d)) >= observed - slack))
        return FlipTest(extreme / 2.0 ** (len(d) - 1), 0.5 ** (len(d) - 1), 0.0, exact=True)
    p = (_count_extreme(d, observed - slack, flips, rng) + 1) / (flips + 1)
    return FlipTest(p, 1 / (flips + 1), float(np.sqrt(p * (1 - p) / flips)), exact=False)


def _one_size(m: int, net: float) -> FlipTest:
    """Differences of one size: their signed count is binomial(m, 1/2)."""
    from scipy.special import bdtr

    fewer = round((m - net) / 2)
    p = min(1.0, 2 * float(bdtr(fewer, m, 0.5)))
    return FlipTest(p, max(0.5 ** (m - 1), np.finfo(float).tiny), 0.0, exact=True)


def _all_sums(d: Floats) -> Floats:
    """Sums under all signings of all but the first: the other half mirrors them."""
    sums = d[:1]
    for value in d[1:]:
        sums = np.concatenate([sums + value, sums - value])
    return sums


def _count_extreme(d: Floats, threshold: float, flips: int, rng: np.random.Generator) -> int:
    """How many of ``flips`` random signings have an absolute sum of at least ``threshold``.

    Eight items share a random byte, and a table holds the signed sum of the eight for each of its 256 values.
    """
    groups = -(-len(d) // 8)
    padded = np.zeros(groups * 8)
    padded[: len(d)] = d
    signs = 1.0 - 2.0 * np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)
    tables = padded.reshape(groups, 8) @ signs.T
    extreme = 0
    for start in range(0, flips, BLOCK):
        count = min(BLOCK, flips - start)
        drawn = _random_bytes(groups * count, rng).reshape(groups, count)
        sums, looked_up = np.zeros(count), np.empty(count)
        for table, column in zip(tables, drawn, strict=True):
            sums += table.take(column, out=looked_up, mode="clip")
        extreme += int(np.count_nonzero(np.abs(sums) >= threshold))
    return extreme


def _random_bytes(size: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """The bytes that ``rng.bytes`` gives, drawn eight at a time: six times as fast."""
    return rng.integers(2**64, size=-(-size // 8), dtype="<u8").view(np.uint8)[:size]


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjusted p-values, in the order given (Holm 1979).

    >>> holm([0.01, 0.02, 0.03])
    [0.03, 0.04, 0.04]
    """
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    adjusted = [0.0] * len(p_values)
    running = 0.0
    for rank, index in enumerate(order):
        running = max(running, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = running
    return adjusted
