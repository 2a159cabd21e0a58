"""Late degradation: found where it is, not where it is not, and never read off peak minus final."""

import numpy as np
import pytest
from scipy import stats

from rvpo.results import ResultsError
from rvpo.results.stats import default_windows, late_degradation

STEPS = [50 * k for k in range(1, 21)]


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def run(seed: int, fall: float = 0.0, draws: int = 1) -> np.ndarray:
    """198 items of a 45 % exam over 20 checkpoints; the last quarter loses ``fall``."""
    truth = np.full(20, 0.45)
    truth[15:] -= fall
    item = rng(1_000 + seed).normal(0, 0.25, 198)[:, None]
    chance = np.clip(truth + item, 0, 1)
    return rng(seed).binomial(draws, chance) / draws


def test_the_window_is_a_one_sided_t_of_item_contrasts() -> None:
    x = run(1, 0.1)
    found = late_degradation(x, STEPS, 1_000, rng())
    contrast = x[:, 8:12].mean(axis=1) - x[:, 17:].mean(axis=1)
    reference = stats.ttest_1samp(contrast, 0, alternative="greater")
    assert found.window.estimate == pytest.approx(contrast.mean())
    assert found.window.p_value == pytest.approx(reference.pvalue)
    assert (found.early, found.late, found.declared) == ((450, 600), (900, 1000), False)
    assert "not declared" in found.notes[0]


def test_the_slope_is_the_items_mean_least_squares_slope() -> None:
    x = run(2, 0.1)
    found = late_degradation(x, STEPS, 500, rng(), slope_checkpoints=6)
    slopes = np.polyfit(STEPS[-6:], x[:, -6:].T, 1)[0]
    assert found.slope.estimate == pytest.approx(-slopes.mean() * 250)
    assert found.slope.p_value == pytest.approx(stats.ttest_1samp(-slopes, 0, alternative="greater").pvalue)
    assert found.slope_steps == (750, 1000)


def test_a_real_fall_is_found_by_all_three() -> None:
    found = late_degradation(run(3, 0.2, draws=8), STEPS, 2_000, rng(), early=(400, 600), late=(850, 1000))
    assert max(test.p_value or 0 for test in (found.window, found.max_t, found.slope)) < 0.01
    assert found.declared
    assert found.notes == ()
    assert found.drop_p < 0.01
    assert found.drop > found.null_drop_high > found.null_drop


def test_a_flat_run_has_the_null_drop_that_research_measured() -> None:
    # 600 flat runs of 198 items, one draw, averaged a peak minus final of 4.8 points, with four draws 2.6.
    for draws, expected in ((1, 0.048), (4, 0.026)):
        found = [late_degradation(run(seed, draws=draws), STEPS, 400, rng()) for seed in range(25)]
        observed, null = np.mean([f.drop for f in found]), np.mean([f.null_drop for f in found])
        assert null == pytest.approx(observed, rel=0.35)
        assert null == pytest.approx(expected, rel=0.4)


def test_a_constant_curve_falls_nowhere() -> None:
    found = late_degradation(np.full((6, 5), 0.5), range(5), 200, rng())
    assert (found.drop, found.null_drop, found.drop_p) == (0, 0, 1)
    assert found.window.p_value == found.max_t.p_value == 1


def test_holes_drop_an_item_from_the_contrasts_it_lacks() -> None:
    x = run(4)
    x[0, 18] = np.nan
    found = late_degradation(x, STEPS, 500, rng())
    assert (found.window.n, found.slope.n) == (197, 197)
    labels = (np.arange(198) // 2).tolist()
    assert late_degradation(x, STEPS, 500, rng(), clusters=labels).window.df == 98


@pytest.mark.parametrize("checkpoints", range(3, 60))
def test_default_windows_never_meet(checkpoints: int) -> None:
    early, late = default_windows(checkpoints)
    assert len(early) >= 1
    assert 0 <= early[0] <= early[-1] < late[0] <= late[-1] == checkpoints - 1


def test_bad_input() -> None:
    x = run(5)
    with pytest.raises(ResultsError, match="2 checkpoints"):
        late_degradation(x[:, :2], STEPS[:2], 500, rng())
    with pytest.raises(ResultsError, match="declare both"):
        late_degradation(x, STEPS, 500, rng(), early=(50, 100))
    with pytest.raises(
        ResultsError, match=r"late window 2000..3000: no checkpoint in it; they lie in 50..1000"
    ):
        late_degradation(x, STEPS, 500, rng(), early=(50, 100), late=(2000, 3000))
    with pytest.raises(ResultsError, match="must end before"):
        late_degradation(x, STEPS, 500, rng(), early=(50, 500), late=(500, 1000))
