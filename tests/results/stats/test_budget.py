"""The variance budget finds the components that were put in."""

import numpy as np
import pytest

from rvpo.results import ResultsError
from rvpo.results.stats import Budget, variance_budget
from rvpo.results.stats.budget import LEVELS


def simulated(seed: int, shape: tuple[int, int, int, int, int], sds: dict[str, float]) -> np.ndarray:
    runs, checkpoints, items, draws, calls = shape
    rng = np.random.default_rng(seed)

    def effect(name: str, *size: int) -> np.ndarray:
        return rng.normal(0, sds.get(name, 0.0), size)

    total: np.ndarray = (
        effect("run", runs, 1, 1, 1, 1)
        + effect("checkpoint", runs, checkpoints, 1, 1, 1)
        + effect("item", 1, 1, items, 1, 1)
        + effect("item x checkpoint", runs, checkpoints, items, 1, 1)
        + effect("draw", runs, checkpoints, items, draws, 1)
        + effect("judge", runs, checkpoints, items, draws, calls)
    )
    return total


def variances(budget: Budget) -> dict[str, float | None]:
    return {part.name: part.variance for part in budget.components}


def test_every_component_is_found_again() -> None:
    sds = {"run": 0.3, "checkpoint": 0.2, "item": 0.4, "item x checkpoint": 0.25, "draw": 0.5, "judge": 0.35}
    found = variances(variance_budget(simulated(0, (150, 5, 60, 2, 2), sds)))
    for name in LEVELS:
        assert found[name] == pytest.approx(sds[name] ** 2, rel=0.25), name


def test_the_standard_error_is_what_repeated_studies_show() -> None:
    sds = {"run": 0.05, "checkpoint": 0.05, "item": 0.3, "draw": 0.4, "judge": 0.2}
    budgets = [variance_budget(simulated(seed, (4, 3, 40, 2, 2), sds)) for seed in range(150)]
    spread = np.std([budget.mean for budget in budgets], ddof=1)
    assert np.mean([budget.se**2 for budget in budgets]) ** 0.5 == pytest.approx(spread, rel=0.15)


def test_two_items_two_checkpoints_by_hand() -> None:
    # Cells [[0, 2], [1, 5]]: checkpoint means 1, 3, item means .5, 3.5, mean 2. Residuals +-.5: MS 4 (.25) / 1 = 1.
    # Items: MS = 2 (1.5^2 + 1.5^2) / 1 = 9, component (9 - 1) / 2 = 4. Checkpoints: var(1, 3) = 2, less 1 / 2 = 1.5.
    budget = variance_budget(np.array([[0.0, 2.0], [1.0, 5.0]]).reshape(1, 2, 2, 1, 1))
    found = variances(budget)
    assert (found["item"], found["checkpoint"], found["item x checkpoint"]) == pytest.approx((4, 1.5, 1))
    assert (found["run"], found["draw"], found["judge"]) == (None, None, None)
    # of the mean: 4 / 2 + 1.5 / 2 + 1 / 4 = 3
    assert budget.se == pytest.approx(3**0.5)
    assert "not known, seen once: run, draw, judge" in budget.notes


def test_one_checkpoint_leaves_items_and_draws() -> None:
    x = simulated(1, (1, 1, 3_000, 3, 1), {"item": 0.4, "draw": 0.5})
    x[0, 0, ::3, 2] = np.nan
    found = variances(variance_budget(x))
    assert found["item"] == pytest.approx(0.16, rel=0.1)
    assert found["draw"] == pytest.approx(0.25, rel=0.1)
    assert found["checkpoint"] is None


def test_incomplete_items_are_dropped_and_counted_and_shares_sum_to_one() -> None:
    x = simulated(2, (2, 2, 30, 2, 1), {"item": 0.3, "draw": 0.3, "run": 0.1})
    x[1, 0, 4] = np.nan
    budget = variance_budget(x)
    assert (budget.n_items, budget.dropped) == (29, 1)
    assert sum(part.share or 0 for part in budget.components) == pytest.approx(1)


def test_a_negative_estimate_is_set_to_zero_and_said() -> None:
    x = np.tile([0.0, 1.0], (1, 2, 5, 1)).reshape(1, 2, 5, 2, 1)
    budget = variance_budget(x)
    assert variances(budget)["item x checkpoint"] == 0
    assert any(note.startswith("item x checkpoint: estimated as -") for note in budget.notes)
    constant = variance_budget(np.ones((2, 2, 3, 2, 2)))
    assert (constant.se, constant.components[0].share) == (0, 0)


def test_bad_input() -> None:
    with pytest.raises(ResultsError, match=r"shape \(2, 2\)"):
        variance_budget(np.ones((2, 2)))
    with pytest.raises(ResultsError, match="1 items are complete"):
        variance_budget(np.ones((1, 2, 1, 1, 1)))
    with pytest.raises(ResultsError, match="infinite"):
        variance_budget(np.full((1, 1, 2, 1, 1), np.inf))
