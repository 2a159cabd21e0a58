"""Checkpoint curves: bands that cover whole curves, and tests for a late fall on flat and on falling runs."""

from typing import Literal

import numpy as np
from bench.simulated.row import Floats, Row, chances, row
from scipy.special import expit, logit

from rvpo.results.stats import compare_curves, late_degradation, paired_t

B = 500
STEPS = list(range(1, 21))
FALL = 0.044


def curve_rows(runs: int, seed: int) -> list[Row]:
    """20 checkpoints of 198 items."""
    return [*_bands(runs, seed), *(found for draws in (1, 4) for found in _falls(runs, seed, draws))]


def _run(rng: np.random.Generator, chance_NT: Floats, draws: int) -> Floats:
    return np.asarray(rng.binomial(draws, chance_NT) / draws)


def _bands(runs: int, seed: int) -> list[Row]:
    """Flat curves; an item effect that all checkpoints share, and the luck of each."""
    whole, difference, best, pair, named = [], [], [], [], []
    truth = 0.0
    for k in range(runs):
        rng = np.random.default_rng([seed, 20, k])
        x = [rng.normal(0, 0.2, (198, 1)) + rng.normal(0, 0.4, (198, 20)) for _ in "ab"]
        found = compare_curves(x[0], x[1], STEPS, B, rng)
        whole.append(all(low <= truth <= high for low, high in zip(found.a.low, found.a.high, strict=True)))
        difference.append(
            all(
                low <= truth <= high
                for low, high in zip(found.difference.low, found.difference.high, strict=True)
            )
        )
        best.append(found.best_b.low <= truth <= found.best_b.high)
        pair.append((found.best.low or 0) <= truth <= (found.best.high or 0))
        top = paired_t(x[1][:, int(np.argmax(found.b.estimate))])
        named.append((top.low or 0) <= truth <= (top.high or 0))
    return [
        row("coverage, all 20 checkpoints of an arm at once: max-T band", 0.95, whole),
        row("coverage, all 20 checkpoints of the difference: max-T band", 0.95, difference),
        row("coverage, best checkpoint: its max-T band (at least .95)", 0.95, best),
        row("coverage, best minus best: max-T over all pairs (at least .95)", 0.95, pair),
        row("coverage, best checkpoint: the t interval of that checkpoint", "wrong", named),
    ]


def _falls(runs: int, seed: int, draws: int) -> list[Row]:
    rows = []
    shape = np.zeros(20)
    shape[14:] = np.linspace(0.5, 1, 6)
    for name, fall in (("flat run", 0.0), (f"true fall {100 * FALL:.1f} points", FALL)):
        found: dict[str, list[bool]] = {
            "window": [],
            "max-T": [],
            "slope": [],
            "peak minus final, flat null": [],
            "t of peak against final": [],
        }
        for k in range(runs):
            rng = np.random.default_rng([seed, 21, k])
            base = logit(chances(rng, 198, 0.45))[:, None]
            x = _run(rng, expit(base - _shift(fall) * shape), draws)
            result = late_degradation(x, STEPS, B, rng)
            top = int(np.argmax(x.mean(axis=0)))
            naive = paired_t(x[:, top] - x[:, -1])
            found["window"].append((result.window.p_value or 0) <= 0.05)
            found["max-T"].append((result.max_t.p_value or 0) <= 0.05)
            found["slope"].append((result.slope.p_value or 0) <= 0.05)
            found["peak minus final, flat null"].append(result.drop_p <= 0.05)
            found["t of peak against final"].append(
                (naive.statistic or 0) > 0 and (naive.p_value or 1) <= 0.1
            )
        for method, happened in found.items():
            aim: float | Literal["wrong", "power"] = (
                "wrong" if method == "t of peak against final" else "power" if fall else 0.05
            )
            rows.append(row(f"{name}, {draws} draw{'s' * (draws > 1)}: {method} says it fell", aim, happened))
    return rows


def _shift(fall: float) -> float:
    """Logits that take ``fall`` off the mean of such an exam: its slope there is about .15 a logit."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    base = logit(0.45) + 1.5 * nodes
    slope = float(np.sum(weights * expit(base) * (1 - expit(base))) / weights.sum())
    return fall / slope
