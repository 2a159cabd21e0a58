"""Checkpoint curves: bands, best and final checkpoint."""

import numpy as np
import pytest

from rvpo.results import ResultsError
from rvpo.results.stats import best_checkpoint, compare_curves, max_t, paired_t

B = 4_000


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def arm(seed: int, truth: np.ndarray, n: int = 198) -> np.ndarray:
    """Item means: an item effect shared by all checkpoints, and the draws' luck."""
    item = rng(99).normal(0, 0.3, n)[:, None]
    return truth + item + rng(seed).normal(0, 0.3, (n, len(truth)))


STEPS = [100.0 * k for k in range(1, 9)]
FLAT = np.full(8, 0.45)


def test_bands_of_arms_and_difference() -> None:
    a, b = arm(1, FLAT), arm(2, FLAT + 0.2)
    curves = compare_curves(a, b, STEPS, B, rng())
    assert curves.difference.estimate == pytest.approx((b - a).mean(axis=0).tolist())
    alone = max_t(a, B, rng(5))
    assert curves.a.high == pytest.approx(alone.high, abs=0.01)
    assert max(curves.difference.p_value) < 0.01
    # The item effect is shared: it widens the arms' bands and drops out of the difference's.
    widths = [np.subtract(band.high, band.low).mean() for band in (curves.a, curves.difference)]
    assert widths[0] == pytest.approx(widths[1], rel=0.15)
    final = paired_t(b[:, -1] - a[:, -1])
    assert (curves.final.low, curves.final.p_value) == (final.low, final.p_value)


def test_picking_the_best_of_a_flat_curve_flatters_it() -> None:
    # The truth is .45 at every checkpoint; over exams the corrected score must be nearer to it than the observed one.
    # Flat is the worst case: the bootstrap's second picking cannot know that nothing differs (it takes off about 2/3).
    found = [
        best_checkpoint(arm(seed, FLAT) - rng(99).normal(0, 0.3, 198)[:, None], STEPS, 500, rng())
        for seed in range(60)
    ]
    observed = np.mean([best.observed for best in found]) - 0.45
    corrected = np.mean([best.corrected for best in found]) - 0.45
    assert observed > 0.02
    assert abs(corrected) < 0.65 * observed
    assert np.mean([best.low <= 0.45 <= best.high for best in found]) > 0.9
    assert np.mean([len(best.contenders) for best in found]) > 7.5


def test_a_clear_best_has_no_contender_and_no_optimism() -> None:
    truth = FLAT.copy()
    truth[4] = 0.9
    best = best_checkpoint(arm(3, truth), STEPS, B, rng())
    assert (best.step, best.contenders) == (500.0, (500.0,))
    assert best.chosen[4] == 1
    assert best.optimism == pytest.approx(0, abs=0.002)
    assert best.observed - best.optimism == best.corrected


def test_best_against_best_is_wider_than_a_named_pair() -> None:
    a, b = arm(1, FLAT), arm(2, FLAT)
    best = compare_curves(a, b, STEPS, B, rng()).best
    i, j = a.mean(axis=0).argmax(), b.mean(axis=0).argmax()
    named = paired_t(b[:, j] - a[:, i])
    assert best.estimate == pytest.approx(named.estimate)
    assert best.se == pytest.approx(named.se)
    assert best.low is not None
    assert named.low is not None
    assert best.low < named.low


def test_the_same_curve_twice_differs_nowhere() -> None:
    a = arm(1, FLAT)
    curves = compare_curves(a, a, STEPS, B, rng())
    assert set(curves.difference.p_value) == {1.0}
    assert curves.best.estimate == 0
    level = np.full((5, 3), 0.5)
    assert best_checkpoint(level, [1, 2, 3], 200, rng()).contenders == (1, 2, 3)


def test_one_seed_gives_one_result_and_holes_are_left_out() -> None:
    a, b = arm(1, FLAT, 30), arm(2, FLAT, 30)
    a[0, 3] = np.nan
    first = compare_curves(a, b, STEPS, 500, rng(3))
    assert first == compare_curves(a, b, STEPS, 500, rng(3))
    assert first.a.n[3] == first.difference.n[3] == 29
    labels = np.repeat(np.arange(10), 3).tolist()
    assert compare_curves(a, b, STEPS, 500, rng(3), clusters=labels).final.df == 9


def test_bad_input() -> None:
    a = arm(1, FLAT, 10)
    with pytest.raises(ResultsError, match="must be the same"):
        compare_curves(a, a[:, 1:], STEPS, 500, rng())
    with pytest.raises(ResultsError, match="7 for 8 checkpoints"):
        compare_curves(a, a, STEPS[1:], 500, rng())
    with pytest.raises(ResultsError, match="step 1 is 100 after 100"):
        best_checkpoint(a[:, :2], [100, 100], 500, rng())
    with pytest.raises(ResultsError, match="1 rows"):
        best_checkpoint(a[:1], STEPS, 500, rng())
