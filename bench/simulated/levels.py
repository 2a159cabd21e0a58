"""Training runs and judges: what an item-level test gets wrong, and what mends it."""

import numpy as np
from bench.simulated.row import Row, row

from rvpo.results.stats import compare_methods, ppi_criteria

B = 200


def level_rows(runs: int, seed: int) -> list[Row]:
    """Run-to-run spread of 1 point; a judge that favours one side."""
    return [*_runs(runs, seed), *_judges(runs, seed)]


def _runs(runs: int, seed: int) -> list[Row]:
    """1 000 items, no difference of methods, run-to-run standard deviation 1 point."""
    rows = []
    for count in (1, 3, 5):
        found: dict[str, list[bool]] = {"items": [], "runs": [], "randomised": [], "both": []}
        for k in range(runs):
            rng = np.random.default_rng([seed, 30, count, k])
            x = [rng.normal(0, 0.01, (count, 1)) + rng.normal(0, 0.2, (count, 1_000)) for _ in "ab"]
            result = compare_methods(x[0], x[1], B, rng)
            for name, happened in found.items():
                inference = getattr(result, name)
                if inference is not None:
                    happened.append((inference.p_value or 0) <= 0.05)
        names = {
            "items": "items alone",
            "runs": "Welch t",
            "randomised": "randomisation",
            "both": "runs and items",
        }
        rows += [
            row(
                f"type I at .05, {count} run{'s' * (count > 1)} an arm, run-to-run sd 1 point: {names[name]}",
                "wrong" if name == "items" else 0.05,
                happened,
            )
            for name, happened in found.items()
            if happened
        ]
    return rows


def _judges(runs: int, seed: int) -> list[Row]:
    """1 000 items of 10 criteria, no true difference; sensitivity and specificity .85/.90 on A, .92/.85 on B."""
    naive, humans, mended, covered = [], [], [], []
    items = np.repeat(np.arange(1_000), 10).tolist()
    points = np.tile([5.0, 4, 3, 3, 2, 2, 2, 1, -3, -4], 1_000)
    for k in range(runs):
        rng = np.random.default_rng([seed, 31, k])
        quality = rng.normal(0, 0.15, (1_000, 1))
        truth = [(rng.random((1_000, 10)) < np.clip(0.5 + quality, 0, 1)).ravel() for _ in "ab"]
        judged = [
            np.where(met, rng.random(10_000) < sensitivity, rng.random(10_000) > specificity)
            for met, sensitivity, specificity in zip(truth, (0.85, 0.92), (0.90, 0.85), strict=True)
        ]
        hidden = np.repeat(rng.permutation(1_000) >= 100, 10)
        labels = [np.where(hidden, np.nan, met) for met in truth]
        found = ppi_criteria(
            items, points, judge_a=judged[0], judge_b=judged[1], human_a=labels[0], human_b=labels[1]
        )
        naive.append((found.judge.p_value or 0) <= 0.05)
        humans.append((found.humans.p_value or 0) <= 0.05)
        mended.append((found.corrected.p_value or 0) <= 0.05)
        covered.append((found.corrected.se or 0) < (found.humans.se or 0))
    return [
        row("a judge that favours B, no true difference: judge alone says so", "wrong", naive),
        row("a judge that favours B, no true difference: 100 labelled items alone", 0.05, humans),
        row("a judge that favours B, no true difference: PPI++", 0.05, mended),
        row("PPI++ is narrower than the 100 labelled items alone", "power", covered),
    ]
