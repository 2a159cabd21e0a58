"""k over the course of training."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rvpo.trainer.schedule import Cosine, Linear, Piecewise, k_at


@pytest.mark.parametrize(("progress", "expected"), [(0, 0.5), (0.5, 1.25), (1, 2.0), (-1, 0.5), (7, 2.0)])
def test_linear(progress: float, expected: float) -> None:
    assert k_at(Linear(schedule="linear", start=0.5, end=2.0), progress) == expected


def test_cosine_is_slow_at_both_ends() -> None:
    """A quarter of the way half a cosine has gone (1 - cos 45 deg) / 2 = 0.146."""
    rise = Cosine(schedule="cosine", start=1.0, end=2.0)
    assert [k_at(rise, progress) for progress in (0, 0.25, 0.5, 1)] == pytest.approx([1, 1.146447, 1.5, 2])


def test_piecewise_is_level_outside_its_points() -> None:
    course = Piecewise(schedule="piecewise", points=((0.2, 4.0), (0.6, 2.0), (0.8, 0.0)))
    steps = (0, 0.2, 0.4, 0.6, 0.7, 0.8, 1)
    assert [k_at(course, progress) for progress in steps] == pytest.approx([4, 4, 3, 2, 1, 0, 0])


def test_a_number_stays() -> None:
    assert k_at(1.5, 0.3) == 1.5


@given(start=st.floats(0, 100), end=st.floats(0, 100), progress=st.floats(-1, 2))
def test_schedules_stay_between_their_ends(start: float, end: float, progress: float) -> None:
    for schedule in (
        Linear(schedule="linear", start=start, end=end),
        Cosine(schedule="cosine", start=start, end=end),
    ):
        assert min(start, end) - 1e-9 <= k_at(schedule, progress) <= max(start, end) + 1e-9


def test_refusals() -> None:
    with pytest.raises(ValidationError, match=r"progress 0.1 comes after 0.5"):
        Piecewise(schedule="piecewise", points=((0.5, 1.0), (0.1, 2.0)))
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        Linear(schedule="linear", start=-0.1, end=2.0)
    with pytest.raises(ValidationError, match="finite"):
        Linear(schedule="linear", start=0.1, end=float("inf"))
