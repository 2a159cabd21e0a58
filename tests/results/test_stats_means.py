import math
from collections.abc import Callable

import pytest
from scipy import stats

from rvpo.results import ItemRow, Run
from rvpo.results.stats.means import run_means, wilson_interval

MakeItem = Callable[..., ItemRow]
MakeRun = Callable[..., Run]


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611)],
)
def test_wilson_interval_of_newcombe_1998(successes: int, n: int, low: float, high: float) -> None:
    assert wilson_interval(successes, n, 0.95) == pytest.approx((low, high), abs=5e-5)


def test_means_of_a_run(make_run: MakeRun, item: MakeItem) -> None:
    scores = [0.2, 0.5, 0.8]
    run = make_run(
        "a",
        [
            *(
                item(str(n), score, values={"c": float(n > 0), "once": 0.5 if n == 0 else None})
                for n, score in enumerate(scores)
            ),
            item("failed", None, status="failed"),
        ],
    )
    means = run_means(run)
    reference = stats.t.interval(0.95, 2, loc=0.5, scale=stats.sem(scores))
    assert means["score"][1:3] == pytest.approx(reference)
    assert means["score"].mean == pytest.approx(0.5)
    assert means["score"].n_items == 3
    assert means["criterion/c"][1:3] == pytest.approx(wilson_interval(2, 3, 0.95))
    assert means["criterion/once"].n_items == 1
    assert math.isnan(means["criterion/once"].low)
