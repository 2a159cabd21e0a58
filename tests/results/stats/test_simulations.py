"""The simulations behind docs/statistics.md: intervals cover, tests keep their level, and the warnings are true."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "bench.simulate", "--runs", "600", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def share(rows: list[dict[str, Any]], what: str) -> float:
    (found,) = [row["share"] for row in rows if what in row["what"]]
    return float(found)


@pytest.mark.slow
def test_levels_and_coverage(rows: list[dict[str, Any]]) -> None:
    """One point of slack for what is known to be off (BCa), and 3.5 Monte-Carlo errors; conservative is allowed."""
    for row in rows:
        aim = row["aim"]
        if isinstance(aim, str):
            continue
        slack = 0.01 + 3.5 * (aim * (1 - aim) / row["runs"]) ** 0.5
        if aim == 0.05:
            assert row["share"] <= aim + slack, row
        else:
            assert row["share"] >= aim - slack, row
        if aim == 0.8:
            assert row["share"] <= aim + slack, row


@pytest.mark.slow
def test_what_we_warn_of_is_as_bad_as_we_say(rows: list[dict[str, Any]]) -> None:
    assert share(rows, "10 draws an item, pooled") < 0.75
    assert share(rows, "60 clusters of 1-8 items: clusters ignored") < 0.85
    assert share(rows, "any of 12 true nulls rejected, unadjusted") > 0.2
    assert share(rows, "best checkpoint: the t interval") < 0.85
    assert share(rows, "flat run, 1 draw: t of peak against final") > 0.2
    assert share(rows, "1 run an arm, run-to-run sd 1 point: items alone") > 0.3
    assert share(rows, "judge alone says so") > 0.95


@pytest.mark.slow
def test_the_declared_window_has_the_most_power(rows: list[dict[str, Any]]) -> None:
    for draws in ("1 draw", "4 draws"):
        where = f"true fall 4.4 points, {draws}: "
        window, slope, max_t = (share(rows, where + name) for name in ("window", "slope", "max-T"))
        assert window > slope > max_t
    assert share(rows, "PPI++ is narrower") > 0.9
