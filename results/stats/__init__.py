"""Paired statistics: numbers in, numbers out. Nothing here reads a file or draws from a global generator."""

from rvpo.results.stats.resample import (
    bca_intervals,
    bootstrap_means,
    percentile_intervals,
    t_interval,
)
from rvpo.results.stats.significance import holm, sign_flip

__all__ = ["bca_intervals", "bootstrap_means", "holm", "percentile_intervals", "sign_flip", "t_interval"]
