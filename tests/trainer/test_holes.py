"""What is done about holes: the switch, the mean of the siblings, who is left out."""

import math
from statistics import fmean
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics import Rubric
from rvpo.trainer.advantages import aggregate
from rvpo.trainer.holes import HolePolicy, mend_holes

NAN = math.nan
FILL = (0.2, 1.0, 1.0)


def mend(group: list[list[float]], missing: list[float], policy: tuple[float, float, float] = FILL) -> Any:
    rewards_PGC = torch.tensor([group])
    applicable_PGC = torch.ones_like(rewards_PGC, dtype=torch.bool)
    policy_PG3 = torch.tensor([[policy] * len(group)])
    return mend_holes(rewards_PGC, applicable_PGC, torch.tensor([missing]), policy_PG3)


def test_a_scattered_hole_takes_the_mean_of_its_siblings() -> None:
    found = mend([[1.0, NAN], [0.0, 1.0], [0.0, 0.0], [1.0, 1.0]], [0.2, 0, 0, 0])
    assert found.rewards_PGC[0, 0].tolist() == pytest.approx([1.0, 2 / 3])
    assert found.filled_PGC.sum() == 1
    assert not found.dropped_PG.any()


def test_a_reply_with_much_missing_is_left_out_and_lends_nobody_its_rewards() -> None:
    found = mend([[1.0, NAN, 1.0], [0.0, 1.0, NAN], [0.5, 0.0, 0.0], [1.0, 1.0, 0.0]], [0.6, 0.1, 0, 0])
    assert found.rewards_PGC[0, 0].isnan().all()
    assert found.rewards_PGC[0, 1].tolist() == [0.0, 1.0, 0.0]
    assert found.dropped_PG.tolist() == [[True, False, False, False]]


def test_one_sibling_is_no_mean() -> None:
    found = mend([[1.0, NAN], [0.0, 1.0]], [0.1, 0])
    assert found.rewards_PGC[0, 0, 1].isnan()
    assert not found.filled_PGC.any()


@pytest.mark.parametrize(
    ("on_invalid", "expected"),
    [
        ({}, (0.2, 0.0, 1.0)),
        ({"max_missing": 0.5, "scattered": "group_mean"}, (0.5, 1.0, 1.0)),
        ({"otherwise": "mask"}, (0.2, 0.0, 0.0)),
    ],
)
def test_the_policy_is_the_rubrics(on_invalid: dict[str, Any], expected: tuple[float, ...]) -> None:
    made = Rubric.model_validate(
        {"id": "t", "criteria": [{"id": "a", "criterion": "x"}], "on_invalid": on_invalid}
    )
    assert HolePolicy.of(made) == expected


def test_masks_leave_rewards_as_they_are() -> None:
    group = [[1.0, NAN], [0.0, 1.0], [0.0, 0.0]]
    found = mend(group, [0.1, 0, 0], (0.2, 0.0, 0.0))
    torch.testing.assert_close(found.rewards_PGC[0], torch.tensor(group), equal_nan=True)
    assert mend(group, [0.9, 0, 0], (0.2, 1.0, 0.0)).rewards_PGC[0, 0, 0] == 1.0


cell = st.one_of(st.just(NAN), st.sampled_from([0.0, 0.5, 1.0]))


@given(st.data())
def test_equal_to_plain_loops(data: st.DataObject) -> None:
    size, columns = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 3))
    rows = data.draw(
        st.lists(st.lists(cell, min_size=columns, max_size=columns), min_size=size, max_size=size)
    )
    applies = data.draw(st.lists(st.booleans(), min_size=columns, max_size=columns))
    missing = [fmean(math.isnan(value) for value in row) for row in rows]
    rewards_PGC = torch.tensor([rows])
    applicable_PGC = torch.tensor([[applies] * size])
    policy = torch.tensor([[(0.4, 1.0, 1.0)] * size])
    found = mend_holes(rewards_PGC, applicable_PGC, torch.tensor([missing]), policy)
    expected = [
        [plainly(rows, missing, applies, g, c) for c in range(len(applies))] for g in range(len(rows))
    ]
    left = sum(any(not math.isnan(v) for v, a in zip(row, applies, strict=True) if a) for row in expected)
    judgeable = len(rows) if any(applies) else 0
    skipped = left < judgeable and (left < 2 or left < judgeable / 2)
    assert found.skipped_P.tolist() == [skipped]
    if skipped:
        expected = [[NAN] * len(applies)] * len(rows)
    torch.testing.assert_close(found.rewards_PGC[0], torch.tensor(expected), equal_nan=True)


def plainly(rows: list[list[float]], missing: list[float], applies: list[bool], g: int, c: int) -> float:
    """One entry, before the group is looked at; 0.4 may be missing."""
    if missing[g] > 0.4:
        return NAN
    others = [r[c] for r, m in zip(rows, missing, strict=True) if m <= 0.4 and not math.isnan(r[c])]
    return fmean(others) if math.isnan(rows[g][c]) and applies[c] and len(others) >= 2 else rows[g][c]


@pytest.mark.parametrize(
    ("lost", "size", "skipped"),
    [
        (3, 8, False),
        (4, 8, False),
        (5, 8, True),
        (2, 4, False),
        (1, 2, True),
        (1, 3, False),
        (8, 8, True),
        (0, 1, False),
    ],
)
def test_a_group_that_lost_more_than_half_is_not_learnt_from(lost: int, size: int, skipped: bool) -> None:
    """Half of 8 is 4: with 5 lost only 3 are left. Of 2, one is no group. Nothing lost is nothing skipped."""
    group = [[float(g % 2)] for g in range(size)]
    found = mend(group, [1.0] * lost + [0.0] * (size - lost))
    assert found.skipped_P.tolist() == [skipped]
    assert found.rewards_PGC.isnan().all() == (skipped or lost == size)
    assert aggregate(found.rewards_PGC).scorable_PG.sum() == (0 if skipped else size - lost)


def test_replies_to_which_nothing_applies_are_no_loss() -> None:
    """Six of eight replies have no criterion that applies: the other two are all that there was to judge."""
    rewards_PGC = torch.tensor([[[1.0], [0.0], *[[NAN]] * 6]])
    applicable_PGC = ~rewards_PGC.isnan()
    found = mend_holes(rewards_PGC, applicable_PGC, torch.zeros(1, 8), torch.tensor([[FILL] * 8]))
    assert not found.skipped_P.any()
    assert found.rewards_PGC[0, :2, 0].tolist() == [1.0, 0.0]
