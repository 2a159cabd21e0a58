"""The record's checks that the methods share."""

import numpy as np

from rvpo.results.stats import Inference
from rvpo.results.stats.inference import monte_carlo, seed_of


def test_a_generator_tells_its_entropy_and_so_do_its_children() -> None:
    rng = np.random.default_rng(7)
    assert seed_of(rng) == seed_of(rng.spawn(1)[0]) == (7,)
    assert seed_of(np.random.default_rng([1, 2])) == (1, 2)
    assert seed_of(np.random.Generator(np.random.MT19937(np.random.SeedSequence(3)))) == (3,)


def test_a_drawn_p_value_is_never_zero() -> None:
    # b = 0 of 99: 1 / 100, floor 1 / 100, error sqrt(.01 .99 / 99) = .01.
    p, floor, error = monte_carlo(0, 99)
    assert (p, floor) == (0.01, 0.01)
    assert abs(error - 0.01) < 1e-12


def test_records_compare_by_value_and_cannot_be_changed() -> None:
    one, two = Inference(method="m", n=3), Inference(method="m", n=3)
    assert one == two
    assert hash(one) == hash(two)
