"""How far probabilities can be believed: their error against labels, before and after a calibration. Pure.

Brier (1950), "Verification of forecasts expressed in terms of probability"; log loss after Good (1952); the reliability
table after DeGroot and Fienberg (1983). What a calibration is worth is measured on labels that it was not fitted to, by
cross-validation whose folds keep all verdicts on one response together: they are not independent of each other.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from rvpo.judges.calibration import Floats, checked_pairs, expected_calibration_error, fit_calibration

LOG_FLOOR: Final = 1e-3
"""A probability counts in the log loss as no less than this and no more than 1 less this: isotonic ends are 0 and 1."""
FOLDS: Final = 5


class Error(msgspec.Struct, frozen=True, kw_only=True):
    """How far probabilities are from labels; 0 is best in each."""

    brier: float
    """Mean squared distance."""
    ece: float
    """See ``expected_calibration_error``."""
    log_loss: float
    """Mean negative log-likelihood, natural logarithm."""


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """Verdicts whose probability lies in one part of [0, 1]."""

    low: float
    high: float
    """Excluded, but for 1."""
    count: int
    said: float
    """Mean probability."""
    met: float
    """Share that the labels call met."""


def error_of(p: Floats, met: Sequence[bool] | NDArray[np.bool_], bins: int = 10) -> Error:
    """Measure probabilities against labels.

    Args:
        p: Probabilities of "met", shape (N,).
        met: Whether each was met, shape (N,).
        bins: Of the calibration error.

    Raises:
        ValueError: See ``fit_calibration``.
    """
    said, truth = checked_pairs(p, met)
    bounded = said.clip(LOG_FLOOR, 1 - LOG_FLOOR)
    likelihood = np.where(truth == 1, bounded, 1 - bounded)
    return Error(
        brier=float(np.mean((said - truth) ** 2)),
        ece=expected_calibration_error(p, met, bins),
        log_loss=float(-np.mean(np.log(likelihood))),
    )


def reliability(p: Floats, met: Sequence[bool] | NDArray[np.bool_], bins: int = 10) -> tuple[Bin, ...]:
    """What was said and what was true, by bins of equal width; empty ones are left out.

    Args:
        p: Probabilities of "met", shape (N,).
        met: Whether each was met, shape (N,).
        bins: How many.

    Raises:
        ValueError: See ``fit_calibration``.
    """
    said, truth = checked_pairs(p, met)
    places = np.minimum((said * bins).astype(np.int64), bins - 1)
    return tuple(
        Bin(
            low=place / bins,
            high=(place + 1) / bins,
            count=int(inside.sum()),
            said=float(said[inside].mean()),
            met=float(truth[inside].mean()),
        )
        for place in range(bins)
        if (inside := places == place).any()
    )


def calibrated_elsewhere(
    p: Floats, met: Sequence[bool] | NDArray[np.bool_], groups: Sequence[str], folds: int = FOLDS
) -> NDArray[np.float64]:
    """Each probability as calibrated by the labels of the other folds.

    Args:
        p: Probabilities of "met", shape (N,).
        met: Whether each was met, shape (N,).
        groups: What each belongs to, shape (N,); a group lies in one fold, drawn by its name.
        folds: How many, at most the number of groups.

    Returns:
        Shape (N,).

    Raises:
        ValueError: See ``fit_calibration``; or there are fewer than two groups.
    """
    said, truth = checked_pairs(p, met)
    names = sorted(set(groups), key=lambda name: sha256(name.encode()).digest())
    if len(names) < 2 or len(groups) != len(said):
        raise ValueError(
            f"there must be a group for each of {len(said)} and at least two: {len(names)} found"
        )
    fold_of = {name: place % folds for place, name in enumerate(names)}
    fold = np.array([fold_of[name] for name in groups])
    mended = np.empty_like(said)
    for place in range(min(folds, len(names))):
        held_out = fold == place
        fitted = fit_calibration(said[~held_out], truth[~held_out])
        mended[held_out] = np.interp(said[held_out], fitted.p, fitted.calibrated)
    return mended
