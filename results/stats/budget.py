"""Where the uncertainty of one arm's mean comes from: run, checkpoint, item, draw, judge. Pure.

Analysis of variance on scores[run, checkpoint, item, draw, judge call]. Checkpoints lie within runs, draws within
(run, checkpoint, item), judge calls within draws; items are crossed with runs and checkpoints. Components by the method
of moments (Searle, Casella & McCulloch 1992, ch. 4), a negative one set to 0 and said. A level that was seen once is
``None``: nobody can say how large it is, and the budget says so instead of showing 0.
"""

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from rvpo.results.errors import ResultsError
from rvpo.results.stats.inference import Floats

LEVELS: tuple[str, ...] = ("run", "checkpoint", "item", "item x checkpoint", "draw", "judge")


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """One source of variance."""

    name: str
    """One of ``LEVELS``."""
    seen: float
    """Levels seen: runs, checkpoints a run, items, draws a cell and judge calls a draw (harmonic means)."""
    variance: float | None
    """Of a single one; ``None`` if it was seen once and cannot be told."""
    of_mean: float | None
    """What it puts into the variance of the grand mean at the present numbers."""
    share: float | None
    """``of_mean`` over the sum of those that are known."""


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """The components, from the largest unit to the smallest."""

    components: tuple[Component, ...]
    mean: float
    se: float
    """Root of the sum of the known ``of_mean``: a lower bound while a component is unknown."""
    n_items: int
    dropped: int
    """Items left out because some run and checkpoint has no score of theirs."""
    notes: tuple[str, ...] = ()


def variance_budget(scores: ArrayLike) -> Budget:
    """Splits the variance of one arm's mean.

    Args:
        scores: shape (runs, checkpoints, items, draws, judge calls), any of which may be 1; NaN is a hole. Unequal
            draws and judge calls are allowed (harmonic means stand in for their numbers).

    Raises:
        ResultsError: another shape, an infinite score, or fewer than two complete items.
    """
    x = np.asarray(scores, dtype=float)
    if x.ndim != 5:
        raise ResultsError(
            f"scores: shape {x.shape}; (runs, checkpoints, items, draws, judge calls) is needed"
        )
    if np.isinf(x).any():
        raise ResultsError("scores: an infinite value; finite or NaN is allowed")
    held = (~np.isnan(x)).any(axis=(3, 4)).reshape(-1, x.shape[2]).all(axis=0)
    if held.sum() < 2:
        raise ResultsError(f"scores: {int(held.sum())} items are complete; at least 2 are needed")
    x = x[:, :, held]
    judge, draw_means, calls = _innermost(x)
    draw_raw, cells, draws = _innermost(draw_means)
    draw = None if draw_raw is None else draw_raw - (judge or 0.0) / calls
    raw, notes = _crossed(cells, draw_raw, draws), []
    raw |= {"draw": draw, "judge": judge}
    found = {name: raw[name] for name in LEVELS}
    for name, value in found.items():
        if value is not None and value < 0:
            notes.append(f"{name}: estimated as {value:.2g} and set to 0")
    unknown = [name for name, value in found.items() if value is None]
    if unknown:
        notes.append(f"not known, seen once: {', '.join(unknown)}")
    variances = {name: None if value is None else max(0.0, value) for name, value in found.items()}
    return _assembled(cells, variances, (draws, calls), int((~held).sum()), tuple(notes))


def _innermost(x: Floats) -> tuple[float | None, Floats, float]:
    """Pooled variance along the last axis (``None`` if single), means along it, harmonic mean of its counts."""
    counts = (~np.isnan(x)).sum(axis=-1)
    here = counts > 0
    means = np.where(here, np.nansum(x, axis=-1) / np.maximum(counts, 1), np.nan)
    freedom = float(np.sum(counts[here] - 1))
    harmonic = float(1 / np.mean(1 / counts[here]))
    if not freedom:
        return None, means, harmonic
    return float(np.nansum((x - means[..., None]) ** 2) / freedom), means, harmonic


def _crossed(cells_RTN: Floats, draw_raw: float | None, draws: float) -> dict[str, float | None]:
    """Components of runs, checkpoints within runs, items, and items by checkpoints, from complete cell means."""
    runs, checkpoints, n = cells_RTN.shape
    columns = runs * checkpoints
    flat = cells_RTN.reshape(columns, n)
    column_means, item_means, mean = flat.mean(axis=1), flat.mean(axis=0), float(flat.mean())
    item_square = columns * float(np.sum((item_means - mean) ** 2)) / (n - 1)
    if columns == 1:
        known = None if draw_raw is None else item_square - draw_raw / draws
        return {
            "run": None,
            "checkpoint": None,
            "item": item_square if known is None else known,
            "item x checkpoint": None,
        }
    rest = flat - column_means[:, None] - item_means + mean
    residual = float(np.sum(rest**2)) / ((columns - 1) * (n - 1))
    inside = cells_RTN.mean(axis=2)
    checkpoint = float(inside.var(axis=1, ddof=1).mean()) - residual / n if checkpoints > 1 else None
    between = float(inside.mean(axis=1).var(ddof=1)) if runs > 1 else None
    if between is None:
        run = None
    else:
        run = between - residual / (n * checkpoints) - (checkpoint or 0.0) / checkpoints
    return {
        "run": run,
        "checkpoint": checkpoint,
        "item": (item_square - residual) / columns,
        "item x checkpoint": residual - draw_raw / draws if draw_raw is not None else residual,
    }


def _assembled(
    cells_RTN: Floats,
    variances: dict[str, float | None],
    inner: tuple[float, float],
    dropped: int,
    notes: tuple[str, ...],
) -> Budget:
    runs, checkpoints, n = cells_RTN.shape
    draws, calls = inner
    seen = dict(zip(LEVELS, (runs, checkpoints, n, n * checkpoints * runs, draws, calls), strict=True))
    cells = runs * checkpoints * n
    over = dict(
        zip(LEVELS, (runs, runs * checkpoints, n, cells, cells * draws, cells * draws * calls), strict=True)
    )
    of_mean = {name: None if value is None else value / over[name] for name, value in variances.items()}
    total = sum(value for value in of_mean.values() if value is not None)
    return Budget(
        components=tuple(
            Component(
                name=name,
                seen=float(seen[name]),
                variance=variances[name],
                of_mean=part,
                share=None if part is None else (part / total if total else 0.0),
            )
            for name, part in of_mean.items()
        ),
        mean=float(cells_RTN.mean()),
        se=float(np.sqrt(total)),
        n_items=n,
        dropped=dropped,
        notes=notes,
    )
