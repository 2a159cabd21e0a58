"""Draw synthetic items behind the paper's headline, 0.261 against 0.215 on 5 000 items, and write them as runs.

``python examples/headline.py FOLDER`` writes three run folders that ``rvpo compare`` and ``rvpo power`` read:
``gdpo`` (mean 0.215), ``rvpo`` (0.261) and ``rvpo-again``, the same method trained with another seed (0.247).

Nobody published the paper's items. These are drawn: scores in [-0.5, 1] as HealthBench's are (faults cost points), with
standard deviation 0.30 in a run and a correlation of 0.65 between runs, because an item that is hard for one run is
hard for the next. Nothing here is evidence about the methods; it shows what such figures can be evidence of.
"""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from rvpo.results import ItemRow, RunWriter, new_manifest

ITEMS = 5_000
LOWEST, SPREAD, ALIKE = -0.5, 0.30, 0.65
"""Lowest score, standard deviation of the items' scores, and correlation of two runs on the same items."""
RUNS = {"gdpo": ("GDPO", 0.215), "rvpo": ("RVPO", 0.261), "rvpo-again": ("RVPO, another seed", 0.247)}
"""By folder: what a reader calls the run, and its mean."""


def draw_scores(
    mean: float, hardness_N: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Item scores of one run: quantiles of a Beta law on [LOWEST, 1], so that their mean is ``mean`` to four digits.

    Args:
        mean: of the run.
        hardness_N: standard normal, the same for all runs.
        rng: of what is this run's own.
    """
    own = rng.standard_normal(len(hardness_N))
    ranks = (ALIKE**0.5 * hardness_N + (1 - ALIKE) ** 0.5 * own).argsort().argsort()
    centre = (mean - LOWEST) / (1 - LOWEST)
    weight = centre * (1 - centre) * ((1 - LOWEST) / SPREAD) ** 2 - 1
    quantiles = beta.ppf((ranks + 0.5) / len(ranks), centre * weight, (1 - centre) * weight)
    scores_N: NDArray[np.float64] = LOWEST + (1 - LOWEST) * quantiles
    return scores_N


def write_run(folder: Path, title: str, scores_N: NDArray[np.float64]) -> None:
    """One sealed run, an item a score."""
    manifest = new_manifest(
        "eval",
        "HealthBench, synthetic items",
        {"model": title, "items": "drawn"},
        title=title,
        planned=len(scores_N),
        notes=("synthetic items: drawn, not examined",),
    )
    with RunWriter.open(folder, manifest) as writer:
        for place, score in enumerate(scores_N):
            writer.append(ItemRow(item_id=f"{place:04d}", prompt_hash=f"{place:064x}", score=float(score)))
        writer.seal()


def main(folder: str) -> None:
    """Write every run of ``RUNS`` below ``folder``."""
    rng = np.random.default_rng(0)
    hardness_N = rng.standard_normal(ITEMS)
    for name, (title, mean) in RUNS.items():
        write_run(Path(folder) / name, title, draw_scores(mean, hardness_N, rng))


if __name__ == "__main__":
    main(*sys.argv[1:])
