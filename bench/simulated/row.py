"""A row of the simulation table, and exams to draw from."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

Floats = NDArray[np.float64]


class Row(NamedTuple):
    """One simulated share."""

    what: str
    aim: float | Literal["wrong", "power"]
    """The share it should have; ``wrong`` for a method that is shown as a warning, ``power`` for a gain."""
    share: float
    runs: int

    @property
    def error(self) -> float:
        """Monte-Carlo standard error of ``share``."""
        return float(np.sqrt(self.share * (1 - self.share) / self.runs))


def row(what: str, aim: float | Literal["wrong", "power"], happened: Iterable[bool]) -> Row:
    """The share of simulations in which it happened."""
    found = list(happened)
    return Row(what, aim, float(np.mean(found)), len(found))


def chances(rng: np.random.Generator, n: int, mean: float, spread: float = 1.5) -> Floats:
    """Chance of a right answer on each of ``n`` items: logit-normal, about ``mean`` at its centre."""
    return np.asarray(expit(logit(mean) + rng.normal(0, spread, n)))


def true_mean(mean: float, spread: float = 1.5) -> float:
    """Expectation of ``chances``."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    return float(np.sum(weights * expit(logit(mean) + spread * nodes)) / np.sum(weights))
