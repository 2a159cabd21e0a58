"""Parts of a rubric: the same for a group, fair over steps, never without a gate or without anything."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics import Rubric, view_of
from rvpo.trainer.guards.dropout import drop_criteria

RUBRIC = Rubric.model_validate(
    {
        "id": "r",
        "criteria": [
            {"id": "must", "criterion": "Safe.", "gate": "required"},
            {"id": "seen", "criterion": "Reported only.", "points": 0},
            *({"id": f"c{n}", "criterion": f"Text {n}."} for n in range(5)),
        ],
    }
)


@given(st.floats(0, 0.99), st.integers(0, 9), st.integers(0, 999), st.text(max_size=5))
def test_a_part_is_drawn_once_for_seed_step_and_prompt(
    share: float, seed: int, step: int, prompt: str
) -> None:
    part = drop_criteria(RUBRIC, share, seed, step, prompt)
    assert part == drop_criteria(RUBRIC, share, seed, step, prompt)
    kept = [each.id for each in part.criteria]
    assert kept == [each.id for each in RUBRIC.criteria if each.id in kept]
    assert {"must", "seen"} <= set(kept)
    assert view_of(part).names


def test_the_share_is_right_on_average_and_even() -> None:
    """0.3 of 5 is 1.5: one or two, each half of the time; each criterion in 0.3 of the steps."""
    gone: Counter[str] = Counter()
    sizes: Counter[int] = Counter()
    for step in range(4000):
        kept = {each.id for each in drop_criteria(RUBRIC, 0.3, 0, step, "q").criteria}
        left_out = {each.id for each in RUBRIC.criteria} - kept
        gone.update(left_out)
        sizes[len(left_out)] += 1
    assert set(sizes) == {1, 2}
    assert sizes[1] / 4000 == pytest.approx(0.5, abs=0.04)  # 5 standard errors
    assert all(gone[f"c{n}"] / 4000 == pytest.approx(0.3, abs=0.04) for n in range(5))


def test_something_to_score_always_stays() -> None:
    lone = RUBRIC.model_copy(update={"criteria": RUBRIC.criteria[1:3]})
    assert drop_criteria(lone, 0.99, 0, 0, "q") is lone
