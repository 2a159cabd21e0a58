"""Calibration against hand-derived values, scikit-learn's definition in plain Python, and properties."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rvpo.judges import JudgeConfigError
from rvpo.judges.calibration import (
    Calibration,
    expected_calibration_error,
    fit_calibration,
    load_calibration,
    save_calibration,
)

PAIRS = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.7, 0.9, 1.0]), st.booleans()), min_size=1, max_size=40
)


def test_violators_are_pooled() -> None:
    # By p: 0, 1, 0, 1: the middle two violate the order and become their mean, 1/2.
    found = fit_calibration([0.8, 0.1, 0.4, 0.6], [True, False, True, False])
    assert (found.p, found.calibrated, found.labels) == ((0.1, 0.4, 0.6, 0.8), (0.0, 0.5, 0.5, 1.0), 4)
    assert [found.apply(p) for p in (0.0, 0.1, 0.25, 0.5, 0.7, 1.0)] == pytest.approx(
        [0, 0, 0.25, 0.5, 0.75, 1]
    )


def test_equal_probabilities_are_one_point_and_level_stretches_keep_their_ends() -> None:
    # At 0.2 one of four is met; 0.3, 0.4, 0.5 are all met: the middle of the three is left out.
    found = fit_calibration([0.2] * 4 + [0.3, 0.4, 0.5], [False, True, False, False, True, True, True])
    assert (found.p, found.calibrated) == ((0.2, 0.3, 0.5), (0.25, 1.0, 1.0))


def test_the_error_is_the_weighted_gap_of_each_bin() -> None:
    # Two bins. Under 0.5: said (0.1 + 0.3) / 2 = 0.2, true 1/2: gap 0.3 times 2. Over: said 0.5 and 1, true 1: 0.25 times 2.
    assert expected_calibration_error([0.1, 0.3, 0.5, 1.0], [True, False, True, True], bins=2) == (
        pytest.approx((0.3 * 2 + 0.25 * 2) / 4)
    )
    assert expected_calibration_error([0.0, 1.0], [False, True]) == 0.0


@settings(deadline=None)  # the first example imports scipy
@given(PAIRS)
def test_a_calibration_has_no_error_left_on_its_own_labels_and_keeps_the_order(
    pairs: list[tuple[float, bool]],
) -> None:
    p, met = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    found = fit_calibration(p, met)
    mended = [found.apply(each) for each in p]
    # Each pooled block is worth its share of met: over all, the means agree.
    assert sum(mended) == pytest.approx(sum(met))
    ordered = [found.apply(each / 50) for each in range(51)]
    assert ordered == sorted(ordered)
    squares = [
        sum((one - truth) ** 2 for one, truth in zip(values, met, strict=True)) for values in (mended, p)
    ]
    assert squares[0] <= squares[1] + 1e-9


@pytest.mark.parametrize(
    ("p", "met", "message"),
    [
        ([], [], "not empty"),
        ([0.5], [True, False], "one length"),
        ([1.5], [True], r"in \[0, 1\]"),
        ([float("nan")], [True], r"in \[0, 1\]"),
        ([0.5], [2], "true or false"),
    ],
)
def test_what_does_not_fit_is_refused(p: list[float], met: list[bool], message: str) -> None:
    for use in (fit_calibration, expected_calibration_error):
        with pytest.raises(ValueError, match=message):
            use(p, met)
    with pytest.raises(ValueError, match="at least one"):
        expected_calibration_error([0.5], [True], bins=0)


def test_a_file_brings_it_back_and_a_wrong_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    made = Calibration(p=(0.1, 0.9), calibrated=(0.25, 0.5), labels=9)
    save_calibration(made, path)
    assert load_calibration(path) == made
    assert list(tmp_path.iterdir()) == [path]
    for text in (
        "{}",
        "[",
        '{"p": [0.5, 0.5], "calibrated": [0, 1], "labels": 2}',
        '{"p": [0.5], "calibrated": [2.0], "labels": 2}',
    ):
        path.write_text(text)
        with pytest.raises(JudgeConfigError, match=r"c.json: not a calibration") as caught:
            load_calibration(path)
        assert "\n" not in str(caught.value)
    with pytest.raises(JudgeConfigError, match=r"none\.json: cannot be read"):
        load_calibration(tmp_path / "none.json")
