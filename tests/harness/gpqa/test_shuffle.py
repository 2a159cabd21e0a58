"""The order of options: a permutation, evenly drawn, and the same in every process that ever computes it."""

import os
import subprocess
import sys
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from rvpo.harness.gpqa.shuffle import LETTERS, ORDERS, option_order, right_letter


@given(st.text(), st.integers(0, 1000))
def test_an_order_shows_every_option_once(item_id: str, draw: int) -> None:
    order = option_order(item_id, draw)
    assert sorted(order) == [0, 1, 2, 3]
    assert order[LETTERS.index(right_letter(order))] == 0
    assert order == option_order(item_id, draw)


def test_known_orders() -> None:
    # printf 'v1:0:recA' | sha256sum: 5be07ac9a20d1368..., which modulo 24 is 0, the first of all orders;
    # v1:1:recA: d2e592c8a4e37ad4, 4: with 0 in front there are six, of which the fifth is 0 3 1 2;
    # v1:0:recB: 275c2f8b625b5fd2, 10: six with 1 in front start at 6, and the fifth of them is 1 3 0 2.
    assert option_order("recA", 0) == (0, 1, 2, 3)
    assert option_order("recA", 1) == (0, 3, 1, 2)
    assert option_order("recB", 0) == (1, 3, 0, 2)


def test_orders_are_even_over_many_ids_and_over_draws() -> None:
    over_ids = Counter(option_order(f"rec{number}", 0) for number in range(24_000))
    over_draws = Counter(option_order("rec0", draw) for draw in range(24_000))
    for counts in (over_ids, over_draws):
        assert len(counts) == 24
        assert chisquare(list(counts.values())).pvalue > 0.001
    together = Counter((option_order(f"rec{n}", 0), option_order(f"rec{n}", 1)) for n in range(57_600))
    # Two draws of an item are independent: 576 pairs of orders, 100 expected of each.
    assert chisquare([together[a, b] for a in ORDERS for b in ORDERS]).pvalue > 0.001


def test_versions_differ() -> None:
    assert any(option_order(str(n), 0, "v1") != option_order(str(n), 0, "v2") for n in range(9))


def test_another_process_with_another_hash_seed_draws_the_same() -> None:
    program = (
        "from rvpo.harness.gpqa.shuffle import option_order\n"
        "print([option_order(f'rec{n}', d) for n in range(50) for d in range(8)])"
    )
    here = [option_order(f"rec{n}", d) for n in range(50) for d in range(8)]
    for seed in ("0", "12345"):
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout.strip() == str(here)
