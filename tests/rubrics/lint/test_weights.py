"""Points that add up to nothing, to one criterion, or to two scales."""

from collections.abc import Callable

import pytest

from rvpo.rubrics.lint import Finding

Lint = Callable[..., tuple[Finding, ...]]


def found(lint: Lint, *points: float, **rubric: object) -> dict[str, str]:
    keys = [{"points": each, "polarity": "met_is_bad" if each < 0 else "met_is_good"} for each in points]
    return {each.code: each.message for each in lint(*keys, **rubric)}


def test_all_zero(lint: Lint) -> None:
    assert found(lint, 0, 0) == {"all-zero": "all points are 0, so nothing is scored"}
    assert found(lint, 0, 1) == {}


def test_no_positive(lint: Lint) -> None:
    assert "no-positive" in found(lint, -5, -3, 0)
    assert "no-positive" not in found(lint, -5, -3, aggregate={"normalise": "plain"})
    assert "no-positive" not in found(lint, -5, 1)


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ((7, 2, 2, 2), "+7 is 54% of all positive points"),  # 7 > 6, 7/13
        ((6, 2, 2, 2), None),
        ((5, 2, 2), None),  # of few criteria one is often the larger
        ((-9, -2, -3, -1, 5), "-9 is 60% of all negative points"),  # 9/15
        ((-9, -2, -3, 5), None),
    ],
)
def test_dominant(lint: Lint, points: tuple[float, ...], message: str | None) -> None:
    assert found(lint, *points).get("dominant") == message


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ((1, 1, 1, 11), "+11 is 11 times the usual 1"),
        ((1, 1, 1, 10), None),
        ((1, 1, 1, -50), "-50 is 50 times the usual 1"),
        ((0.5, 0.5, 3, 4), "2 criteria have points below 1 and 2 of 3 and more: two scales in one rubric"),
        ((0.5, 1, 3, 4), None),  # one such criterion is no scale
        ((0.3, 0.7, 1, 0.9), None),  # the categories of Rubrics as Rewards
    ],
)
def test_off_scale(lint: Lint, points: tuple[float, ...], message: str | None) -> None:
    assert found(lint, *points).get("off-scale") == message
