"""Measures of probabilities against hand-derived values, and cross-validation against what it must not see."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rvpo.judges.calibration import fit_calibration
from rvpo.judges.reliability import LOG_FLOOR, calibrated_elsewhere, error_of, reliability


def test_errors_by_hand() -> None:
    found = error_of([0.8, 0.4], [True, False], bins=2)
    assert found.brier == pytest.approx((0.2**2 + 0.4**2) / 2)
    assert found.log_loss == pytest.approx(-(math.log(0.8) + math.log(0.6)) / 2)
    assert found.ece == pytest.approx((0.4 + 0.2) / 2)
    # Sure and wrong is bounded.
    assert error_of([1.0], [False]).log_loss == pytest.approx(-math.log(LOG_FLOOR))
    assert error_of([1.0], [True]).log_loss == pytest.approx(-math.log(1 - LOG_FLOOR))


def test_the_table_by_hand() -> None:
    table = reliability([0.1, 0.2, 0.9, 1.0], [False, True, True, True], bins=5)
    # 0.2 opens the second of five bins; 1.0 belongs to the last.
    assert [(row.low, row.high, row.count) for row in table] == [(0.0, 0.2, 1), (0.2, 0.4, 1), (0.8, 1.0, 2)]
    assert [(row.said, row.met) for row in table] == [(0.1, 0.0), (0.2, 1.0), (pytest.approx(0.95), 1.0)]


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30))
def test_the_table_holds_all_and_gives_the_calibration_error(pairs: list[tuple[float, bool]]) -> None:
    p, met = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    table = reliability(p, met)
    assert sum(row.count for row in table) == len(pairs)
    gaps = sum(row.count * abs(row.said - row.met) for row in table) / len(pairs)
    assert error_of(p, met).ece == pytest.approx(gaps)


@settings(deadline=None)
@given(st.integers(0, 99))
def test_a_label_never_helps_its_own_group(seed: int) -> None:
    draw = np.random.default_rng(seed)
    p, met = draw.random(40), draw.random(40) < 0.5
    groups = [f"g{place % 8}" for place in range(40)]
    mended = calibrated_elsewhere(p, met, groups)
    turned = met.copy()
    mine = np.array([group == "g3" for group in groups])
    turned[mine] = ~turned[mine]
    assert calibrated_elsewhere(p, turned, groups)[mine].tolist() == mended[mine].tolist()


def test_two_folds_by_hand() -> None:
    p, met, groups = [0.2, 0.8, 0.2, 0.8], [False, True, True, True], ["a", "a", "b", "b"]
    mended = calibrated_elsewhere(p, met, groups, folds=2)
    by_b, by_a = fit_calibration(p[2:], met[2:]), fit_calibration(p[:2], met[:2])
    assert mended.tolist() == [by_b.apply(0.2), by_b.apply(0.8), by_a.apply(0.2), by_a.apply(0.8)]
    assert mended.tolist() == [1.0, 1.0, 0.0, 1.0]


def test_one_group_has_no_other_to_learn_from() -> None:
    with pytest.raises(ValueError, match="at least two: 1 found"):
        calibrated_elsewhere([0.1, 0.9], [False, True], ["a", "a"])
