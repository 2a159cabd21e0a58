"""Gains and neglect over a run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.trainer.telemetry.course import Course


def follow(course: Course, **curves: list[float]) -> dict[str, float]:
    figures: dict[str, float] = {}
    for values in zip(*curves.values(), strict=True):
        figures = course.see(
            {f"rewards/{name}/mean": value for name, value in zip(curves, values, strict=True)}
        )
    return figures


def test_neglect_is_how_far_the_worst_gain_lies_behind_the_mean_gain() -> None:
    figures = follow(Course(2), easy=[0.0, 0.2, 0.5, 0.7, 0.9], hard=[0.1, 0.1, 0.1, 0.1, 0.2])
    # easy: (0.7 + 0.9) / 2 - (0.0 + 0.2) / 2 = 0.7; hard: 0.15 - 0.1 = 0.05; mean 0.375.
    assert figures["rewards/easy/gain"] == pytest.approx(0.7)
    assert figures["rvpo/gain_worst"] == pytest.approx(0.05)
    assert figures["rvpo/gain_mean"] == pytest.approx(0.375)
    assert figures["rvpo/neglect"] == pytest.approx(0.325)


def test_windows_never_overlap() -> None:
    course = Course(10)
    assert course.see({"rewards/a/mean": 0.5}) == {}
    # Of three values the first and the last.
    assert follow(course, a=[0.0, 0.9])["rewards/a/gain"] == pytest.approx(0.4)


def test_who_had_nothing_to_gain_is_not_neglected() -> None:
    figures = follow(Course(1), done=[0.97, 0.98], learning=[0.2, 0.6])
    assert figures["rvpo/neglect"] == 0
    # One that was at the ceiling and fell is.
    assert follow(Course(1), fell=[0.97, 0.5], learning=[0.2, 0.6])["rvpo/gain_worst"] == pytest.approx(-0.47)


def test_money_adds_up_until_a_price_is_unknown() -> None:
    course = Course()
    assert course.see({"judge/asked": 4.0, "judge/usd": 0.5})["judge/usd_total"] == 0.5
    assert course.see({"judge/asked": 4.0, "judge/usd": 0.25})["judge/usd_total"] == 0.75
    assert "judge/usd_total" not in course.see({"judge/asked": 4.0})


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=40),
    st.integers(1, 5),
    st.integers(0, 40),
)
def test_a_continued_run_stands_where_the_uninterrupted_one_does(
    values: list[tuple[float, float]], window: int, cut: int
) -> None:
    rows = [{"rewards/a/mean": a, "rewards/b/mean": b} for a, b in values]
    whole, continued = Course(window), Course(window)
    written = [row | whole.see(row) for row in rows]
    continued.replay(written[: min(cut, len(rows) - 1)])
    resumed = [row | continued.see(row) for row in rows[min(cut, len(rows) - 1) :]]
    assert resumed == written[min(cut, len(rows) - 1) :]
    assert all(row.get("rvpo/neglect", 0) >= -1e-12 for row in written)
