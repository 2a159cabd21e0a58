"""PPI++: the formula, its two ends, and that a biased judge is mended."""

import numpy as np
import pytest

from rvpo.results import ResultsError
from rvpo.results.stats import paired_t, ppi_criteria, ppi_difference


def biased(
    seed: int, n: int = 1_000, labelled: int = 100, truth: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """A judge that likes B by 6 points more than the humans do, on items whose difference is ``truth``."""
    rng = np.random.default_rng(seed)
    human = rng.normal(truth, 0.2, n)
    judge = human + 0.06 + rng.normal(0, 0.1, n)
    human[rng.permutation(n)[labelled:]] = np.nan
    return judge, human


def test_the_formula_written_out() -> None:
    judge, human = biased(0)
    found = ppi_difference(judge, human)
    marked = ~np.isnan(human)
    y, f, rest = human[marked], judge[marked], judge[~marked]
    weight = np.cov(y, f)[0, 1] / ((1 + 100 / 900) * judge.var(ddof=1))
    estimate = y.mean() + weight * (rest.mean() - f.mean())
    se = ((y - weight * f).var(ddof=1) / 100 + weight**2 * rest.var(ddof=1) / 900) ** 0.5
    assert (found.weight, found.corrected.estimate, found.corrected.se) == pytest.approx(
        (weight, estimate, se)
    )
    assert (found.labelled, found.unlabelled) == (100, 900)
    assert found.humans == paired_t(y)
    assert found.bias.estimate == pytest.approx(0.06, abs=0.03)


def test_a_biased_judge_is_mended_and_the_humans_are_helped() -> None:
    wrong, missed, narrower = 0, 0, []
    for seed in range(300):
        found = ppi_difference(*biased(seed))
        wrong += (found.judge.p_value or 0) < 0.05
        missed += (found.corrected.p_value or 0) < 0.05
        narrower.append((found.corrected.se or 0) / (found.humans.se or 1))
    assert wrong == 300
    assert missed / 300 == pytest.approx(0.05, abs=0.04)
    assert np.mean(narrower) < 0.65


def test_a_judge_that_knows_nothing_is_not_listened_to() -> None:
    rng = np.random.default_rng(2)
    human = rng.normal(size=4_000)
    human[2_000:] = np.nan
    found = ppi_difference(rng.normal(size=4_000), human)
    assert found.weight < 0.05
    assert found.corrected.se == pytest.approx(found.humans.se, rel=0.01)


def test_labels_everywhere_are_the_humans() -> None:
    judge, human = biased(3, 50, 50)
    found = ppi_difference(judge, human)
    assert (found.weight, found.unlabelled) == (0, 0)
    assert (found.corrected.estimate, found.corrected.se) == pytest.approx(
        (found.humans.estimate, found.humans.se)
    )


def test_criteria_add_up_to_items_with_points_and_faults() -> None:
    # Item x: +4, +6 and -5 points, 10 positive. A meets the first and the fault: -.1; B meets both goods: 1.
    # Item y: +1 point; only A meets it.
    items = ["x", "x", "x", "y", "z", "z"]
    points = [4, 6, -5, 1, 2, 2]
    a, b = [1, 0, 1, 1, 0, 0], [1, 1, 0, 0, 1, 0]
    found = ppi_criteria(items, points, judge_a=a, judge_b=b, human_a=a, human_b=b)
    assert found.judge.estimate == pytest.approx((1.1 - 1 + 0.5) / 3)
    assert found.humans.estimate == found.judge.estimate
    assert found.bias.estimate == 0


def test_some_labelled_criteria_stand_for_the_others() -> None:
    # Item x has four criteria of one point, two labelled: B gains one of the two, so 4 / 2 * 1 / 4 = .5.
    items, nan = ["x"] * 4 + ["y"] * 2, np.nan
    found = ppi_criteria(
        items,
        [1.0] * 6,
        judge_a=[0.0] * 6,
        judge_b=[1.0] * 6,
        human_a=[0, 0, nan, nan, 0, 0],
        human_b=[1, 0, nan, nan, 1, 1],
    )
    assert found.humans.estimate == pytest.approx((0.5 + 1) / 2)
    assert found.bias.estimate == pytest.approx(1 - 0.75)


def test_sparse_labels_are_unbiased() -> None:
    rng = np.random.default_rng(4)
    estimates = []
    for _ in range(200):
        items = np.repeat(np.arange(150), 6).tolist()
        points = rng.choice([5.0, 3.0, -4.0], 900)
        points[::6] = 5
        human_a, human_b = rng.random((2, 900)) < [[0.4], [0.5]]
        judge_a, judge_b = human_a ^ (rng.random(900) < 0.1), human_b | (rng.random(900) < 0.2)
        hidden = rng.random(900) < 0.6
        labels = [np.where(hidden, np.nan, h) for h in (human_a, human_b)]
        full = ppi_criteria(items, points, judge_a=judge_a, judge_b=judge_b, human_a=human_a, human_b=human_b)
        sparse = ppi_criteria(
            items, points, judge_a=judge_a, judge_b=judge_b, human_a=labels[0], human_b=labels[1]
        )
        estimates.append((sparse.corrected.estimate or 0) - (full.humans.estimate or 0))
    assert np.mean(estimates) == pytest.approx(0, abs=4 * np.std(estimates) / 200**0.5)


def test_holes_of_the_judge_and_bad_input() -> None:
    judge, human = biased(5, 60, 40)
    judge[0] = np.nan
    found = ppi_difference(judge, human)
    assert found.labelled + found.unlabelled == 59
    assert "only" in ppi_difference(*biased(6, 50, 10)).corrected.notes[0]
    flat = ppi_difference([0.0] * 5, [0.0, 0.0, np.nan, np.nan, np.nan])
    assert np.isnan(flat.correlation)
    assert np.isnan(flat.corrected.p_value or 0)
    with pytest.raises(ResultsError, match="1 items are labelled"):
        ppi_difference([1.0, 2.0], [1.0, np.nan])
    with pytest.raises(ResultsError, match="infinite"):
        ppi_difference([1.0, np.inf], [1.0, 2.0])
    with pytest.raises(ResultsError, match="item 'y' has no positive points"):
        ppi_criteria(["x", "y"], [1, -1], judge_a=[0, 0], judge_b=[0, 0], human_a=[0, 0], human_b=[0, 0])
    with pytest.raises(ResultsError, match="row 1 has no points"):
        ppi_criteria(["x", "x"], [1, np.nan], judge_a=[0, 0], judge_b=[0, 0], human_a=[0, 0], human_b=[0, 0])
    with pytest.raises(ResultsError, match="2 and 1"):
        ppi_criteria(["x", "x"], [1], judge_a=[0, 0], judge_b=[0, 0], human_a=[0, 0], human_b=[0, 0])
