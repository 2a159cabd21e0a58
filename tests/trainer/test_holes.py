"""What is done about holes: the switch, the mean of the siblings, who is left out."""

import math
from statistics import fmean
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics import Rubric
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
    for g, row in enumerate(rows):
        for c, value in enumerate(row):
            others = [r[c] for r, m in zip(rows, missing, strict=True) if m <= 0.4 and not math.isnan(r[c])]
            expected = value
            if missing[g] > 0.4:
                expected = NAN
            elif math.isnan(value) and applies[c] and len(others) >= 2:
                expected = fmean(others)
            assert found.rewards_PGC[0, g, c].item() == pytest.approx(expected, nan_ok=True)
