"""Agreement by hand, by simple-evals' own test, and by an independent reference."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.harness.healthbench.agreement import agreement, pairs_of


def test_the_case_of_simple_evals_own_test() -> None:
    # healthbench_meta_eval_test.py: the rater says T F T, others TTF, TF, F. By hand: T with T T F, F with T F, T with F:
    # met-met 2, met-not 2, not-met 1, not-not 1. Precision met 2/4, recall 2/3; not met 1/2 and 1/3.
    found = agreement(
        pairs_of([True, False, True], [[True, True, False], [True, False], [False]], ["a", "a", "b"])
    )
    assert found.pairs == 6
    assert found.f1_met == pytest.approx(2 * (2 / 4) * (2 / 3) / (2 / 4 + 2 / 3))
    assert found.f1_not_met == pytest.approx(2 * (1 / 2) * (1 / 3) / (1 / 2 + 1 / 3))
    assert found.f1_balanced == pytest.approx((4 / 7 + 2 / 5) / 2)
    assert found.agreed == 0.5
    # Chance: 4/6 * 3/6 + 2/6 * 3/6 = 1/2, so kappa is 0.
    assert found.kappa == pytest.approx(0.0)


def test_a_class_that_one_side_never_uses_has_no_f1() -> None:
    # Cluster b of that test: T against F alone; neither class has both a precision and a recall.
    found = agreement(pairs_of([True], [[False]], ["b"]))
    assert (found.f1_met, found.f1_not_met, found.f1_balanced) == (None, None, None)
    assert found.kappa == 0.0
    assert agreement(pairs_of([True], [[True]], ["b"])).kappa is None


def test_a_class_that_both_use_and_never_together_is_zero() -> None:
    found = agreement(pairs_of([True, False], [[False], [True]], ["a", "b"]))
    assert (found.f1_met, found.f1_not_met, found.f1_balanced, found.kappa) == (0.0, 0.0, 0.0, -1.0)


def test_nothing_to_compare_is_no_figure() -> None:
    found = agreement(pairs_of([], [], []))
    assert (found.pairs, found.agreed, found.f1_balanced, found.kappa) == (0, None, None, None)


def test_cohens_own_kappa() -> None:
    # 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: agreed 0.7, chance 0.5 * 0.6 + 0.5 * 0.4 = 0.5, kappa 0.4.
    rater = [True] * 25 + [False] * 25
    other = [[True]] * 20 + [[False]] * 5 + [[True]] * 10 + [[False]] * 15
    assert agreement(pairs_of(rater, other, [str(n) for n in range(50)])).kappa == pytest.approx(0.4)


ROWS = st.lists(
    st.tuples(st.booleans(), st.lists(st.booleans(), min_size=1, max_size=3), st.sampled_from("abc")),
    min_size=1,
    max_size=12,
)


@given(ROWS)
def test_against_counting_pair_by_pair(rows: list[tuple[bool, list[bool], str]]) -> None:
    found = agreement(pairs_of(*map(list, zip(*rows, strict=True))))
    pairs = [(mine, other) for mine, labels, _ in rows for other in labels]

    def f1(kind: bool) -> float | None:
        said = [other == kind for mine, other in pairs if mine == kind]
        true = [mine == kind for mine, other in pairs if other == kind]
        if not said or not true:
            return None
        precision, recall = sum(said) / len(said), sum(true) / len(true)
        return 2 * precision * recall / (precision + recall) if precision + recall else 0.0

    assert found.f1_met == pytest.approx(f1(True))
    assert found.f1_not_met == pytest.approx(f1(False))


def test_whole_conversations_are_resampled() -> None:
    # The same 40 pairs: as 40 conversations, and as 4 of 10 that agree within: the interval must widen about threefold.
    rng = np.random.default_rng(3)
    truth = np.repeat([True, False, True, False], 10)
    rater = np.where(rng.random(40) < 0.8, truth, ~truth)
    flipped = np.concatenate([truth[:10], truth[10:20], ~truth[20:30], ~truth[30:]])
    labels = [[bool(each)] for each in truth]
    alone = agreement(pairs_of(rater.tolist(), labels, [str(n) for n in range(40)]), resamples=500, seed=1)
    assert alone.kappa is not None
    assert alone.kappa_low is not None
    assert alone.kappa_high is not None
    assert alone.kappa_low < alone.kappa < alone.kappa_high
    groups = [str(n // 10) for n in range(40)]
    together = agreement(pairs_of(flipped.tolist(), labels, groups), resamples=500, seed=1)
    apart = agreement(pairs_of(flipped.tolist(), labels, [str(n) for n in range(40)]), resamples=500, seed=1)
    assert together.kappa_high is not None
    assert together.kappa_low is not None
    assert apart.kappa_high is not None
    assert apart.kappa_low is not None
    assert together.kappa_high - together.kappa_low > 2 * (apart.kappa_high - apart.kappa_low)
    again = agreement(pairs_of(flipped.tolist(), labels, groups), resamples=500, seed=1)
    assert again == together
