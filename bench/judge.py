"""The judge service's bars, measured: ours beside its peers, in one run on one machine.

``OMP_NUM_THREADS=1 python -m bench.judge`` from the repository's root. ``--quick`` is for a first look (under a
minute), ``--full`` measures 57 000 calls at 500 ms and 50 kills (minutes). Peers are measured with ``--peers
PYTHON ...``, interpreters that have them installed (two, because their versions of ``openai`` exclude each other):

    python -m venv .peers/a && .peers/a/bin/pip install 'litellm>=1.84,!=1.100.0,<2' autorubric
    python -m venv .peers/b && .peers/b/bin/pip install 'openai>=3' inspect-ai

Every cell runs in a fresh process against a mock server on the same machine, which takes its share of it. The load
of the machine is printed: figures of a busy one say little of the wall clock, more of CPU and ratios.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

from bench.judging.rows import FULL, QUICK, Sizes, rows
from bench.judging.runs import Row
from bench.judging.versus import peer_table


def line(row: Row) -> str:
    """One line of the table."""
    verdict = {True: "yes", False: "NO", None: "-"}[row.met]
    return f"| {row.bar} | {row.figure} | {row.ours} | {verdict} | {row.note} |"


def load() -> str:
    """How busy the machine is."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="The judge service's bars.")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="a tenth of everything")
    size.add_argument("--full", action="store_true", help="57 000 calls at 500 ms too, 50 kills")
    parser.add_argument("--peers", metavar="PYTHON", nargs="+", help="interpreters that have the peers")
    chosen = parser.parse_args()
    sizes = QUICK if chosen.quick else FULL if chosen.full else Sizes()
    started = time.perf_counter()
    print(f"{load()} at the start\n\n| row | bar | ours | met | note |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="rvpo-bench-") as folder:
        for row in rows(sizes, Path(folder)):
            print(line(row), flush=True)
    if chosen.peers:
        for text in peer_table(chosen.peers):
            print(text, flush=True)
    print(f"\n{load()} at the end; {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
