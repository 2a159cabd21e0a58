"""Do the intervals cover, do the tests keep their level? Simulated exams with a known truth, printed as a table.

    OMP_NUM_THREADS=1 python -m bench.simulate --runs 2000

Every row is the share of simulated studies in which something happened (an interval held the truth, a test rejected),
beside the share that was aimed at and its Monte-Carlo error. Rows marked *wrong* are methods that we do not lead with,
simulated so that a reader sees what they would have cost; rows marked *power* have no aim. Nothing is asserted here; the slow tests assert.
"""

import argparse
import json

from bench.simulated.curves import curve_rows
from bench.simulated.intervals import interval_rows
from bench.simulated.levels import level_rows
from bench.simulated.row import Row
from bench.simulated.significance import significance_rows


def all_rows(runs: int, seed: int) -> list[Row]:
    """Every simulation, in the order of the page."""
    return [
        row for part in (interval_rows, significance_rows, curve_rows, level_rows) for row in part(runs, seed)
    ]


def main() -> None:
    """Prints the table as Markdown, or the rows as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--seed", type=int, default=2605)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = all_rows(options.runs, options.seed)
    if options.json:
        print(json.dumps([row._asdict() for row in rows]))
        return
    print("| what | aimed at | measured | +- |\n|---|---|---|---|")
    for row in rows:
        aim = row.aim if isinstance(row.aim, str) else f"{row.aim:.2f}"
        print(f"| {row.what} | {aim} | {row.share:.3f} | {row.error:.3f} |")


if __name__ == "__main__":
    main()
