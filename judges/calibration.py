"""What a judge's probabilities are worth: measured against labels, and mended by isotonic regression.

Zadrozny and Elkan (2002), "Transforming classifier scores into accurate multiclass probability estimates": the
non-decreasing step function with the least squared error (pool adjacent violators, ``scipy.optimize``). Departure: between
its steps this one is linear, so that it keeps the order of scores in between. Calibrate on other items than those
that are judged. Pure, but for reading and writing the file.
"""

import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from rvpo.judges.errors import JudgeConfigError

Floats = Sequence[float] | NDArray[np.float64]


class Calibration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A non-decreasing map from [0, 1] to [0, 1], linear between its points and level beyond them."""

    p: tuple[float, ...]
    """The judge's probabilities, increasing."""
    calibrated: tuple[float, ...]
    """What each is worth."""
    labels: int
    """How many labelled verdicts it was fitted to."""

    def __post_init__(self) -> None:
        """Refuse points that are no such map.

        Raises:
            ValueError: They are not.
        """
        if not self.p or len(self.p) != len(self.calibrated):
            raise ValueError("p and calibrated must be of one length, and not empty")
        if np.any(np.diff(self.p) <= 0) or np.any(np.diff(self.calibrated) < 0):
            raise ValueError("p must increase and calibrated must not decrease")
        if not all(0.0 <= value <= 1.0 for value in (*self.p, *self.calibrated)):
            raise ValueError("p and calibrated must lie in [0, 1]")

    def apply(self, p: float) -> float:
        """What a probability of the judge is worth."""
        return float(np.interp(p, self.p, self.calibrated))


def fit_calibration(p: Floats, met: Sequence[bool] | NDArray[Any]) -> Calibration:
    """Fit a calibration.

    Args:
        p: The judge's probabilities of "met", shape (N,).
        met: Whether each was met, shape (N,).

    Raises:
        ValueError: They do not fit together, there are none, or a ``p`` is outside [0, 1].
    """
    from scipy.optimize import isotonic_regression

    said, truth = checked_pairs(p, met)
    places, inverse, counts = np.unique(said, return_inverse=True, return_counts=True)
    means = np.bincount(inverse, weights=truth) / counts
    fitted: NDArray[np.float64] = isotonic_regression(means, weights=counts).x.clip(0.0, 1.0)
    # Of a level stretch its two ends say everything.
    inner = np.zeros(len(fitted), dtype=bool)
    inner[1:-1] = (fitted[1:-1] == fitted[:-2]) & (fitted[1:-1] == fitted[2:])
    return Calibration(
        p=tuple(places[~inner].tolist()), calibrated=tuple(fitted[~inner].tolist()), labels=len(said)
    )


def expected_calibration_error(p: Floats, met: Sequence[bool] | NDArray[Any], bins: int = 10) -> float:
    """The mean distance of said from true frequency over bins of equal width, weighted by their counts.

    Guo et al. (2017), "On calibration of modern neural networks", equation 3, on the probability of "met".

    Args:
        p: Probabilities of "met", shape (N,).
        met: Whether each was met, shape (N,).
        bins: How many; each but the last excludes its upper end.

    Raises:
        ValueError: See ``fit_calibration``; or there is no bin.
    """
    if bins < 1:
        raise ValueError(f"bins {bins}: there must be at least one")
    said, truth = checked_pairs(p, met)
    places = np.minimum((said * bins).astype(np.int64), bins - 1)
    return float(np.abs(np.bincount(places, weights=said - truth)).sum() / len(said))


def checked_pairs(
    p: Floats, met: Sequence[bool] | NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Probabilities and labels as arrays of one shape (N,).

    Raises:
        ValueError: See ``fit_calibration``.
    """
    said, truth = np.asarray(p, dtype=np.float64), np.asarray(met, dtype=np.float64)
    if said.ndim != 1 or said.shape != truth.shape or not len(said):
        raise ValueError(f"p and met must be of one length, and not empty: {said.shape} and {truth.shape}")
    if not np.all((said >= 0) & (said <= 1)):
        raise ValueError("p must lie in [0, 1]")
    if not np.all((truth == 0) | (truth == 1)):
        raise ValueError("met must be true or false")
    return said, truth


def save_calibration(calibration: Calibration, path: Path | str) -> None:
    """Write a calibration as JSON, whole or not at all."""
    path = Path(path)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with temporary.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(calibration), indent=1) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def load_calibration(path: Path | str) -> Calibration:
    """Read what ``save_calibration`` wrote.

    Raises:
        JudgeConfigError: It cannot be read or is no calibration.
    """
    try:
        return msgspec.json.decode(Path(path).read_bytes(), type=Calibration)
    except OSError as wrong:
        raise JudgeConfigError(f"{path}: cannot be read as a calibration: {wrong.strerror}") from wrong
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise JudgeConfigError(f"{path}: not a calibration: {wrong}") from wrong


def calibration_digest(path: Path | str) -> str:
    """A hash of what a calibration file says, for identities: the same map under another name is the same judge.

    Raises:
        JudgeConfigError: See ``load_calibration``.
    """
    return sha256(msgspec.json.encode(load_calibration(path))).hexdigest()
