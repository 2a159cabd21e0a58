"""Bulk judging: rows a second and the peak memory of one actor, without Ray and on it.

    python -m bench.bulk [--rows 100000] [--ray]

Rules only, and a scripted judge whose verdicts are all in the store. Each measurement is a process of its own; memory that
is flat shows as one figure for a fifth of the rows and for all of them.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import pyarrow as pa

from rvpo.harness.bulk import find_slices, judge_bulk
from rvpo.harness.bulk.actors import SliceJudge
from rvpo.harness.bulk.parts import make_folders
from rvpo.judges import JudgeConfig
from rvpo.judges.prices import Prices
from rvpo.rubrics import parse_rubric

RULES = """
id: r
criteria:
  - {id: fox, criterion: Says fox., points: 3, kind: contains, rule: {texts: [fox]}}
  - {id: short, criterion: Is short., points: 1, kind: length, rule: {unit: words, max: 80}}
"""
JUDGED = """
id: j
criteria:
  - {id: fox, criterion: Mentions the fox., points: 5}
  - {id: dog, criterion: Mentions the dog., points: 5}
"""
TEXT = "the quick brown fox jumps over the lazy dog and goes on to say something of some length " * 5
FREE = Prices(model="free", input=0.0, output=0.0)


def config_of(kind: str, folder: Path) -> JudgeConfig:
    """The judge of one kind of measurement."""
    if kind == "rules":
        return JudgeConfig(judge="rules")
    replies = ({"criterion": "fox", "say": [True]}, {"say": [False]})
    return JudgeConfig.model_validate(
        {"judge": "scripted", "replies": replies, "store": str(folder / "store.sqlite")}
    )


def one_actor(kind: str, folder: Path, rows: int) -> dict[str, float]:
    """Judge in this process, as one actor does, slice after slice."""
    source = find_slices(folder / "rows.jsonl", 2000, rows)
    out = folder / f"{kind}-{rows}-{time.monotonic_ns()}"
    make_folders(out)
    judge = SliceJudge(
        config=config_of(kind, folder),
        rubric=parse_rubric(RULES if kind == "rules" else JUDGED),
        out=str(out), home=str(folder), prices=FREE, budget_usd=None,
    )  # fmt: skip
    wall, cpu = time.perf_counter(), time.process_time()
    for piece in source.slices:
        (told,) = judge(pa.Table.from_pylist([msgspec.to_builtins(piece)])).to_pylist()
        assert not told["error"], told["error"]
    return {
        "rows": rows,
        "wall_s": time.perf_counter() - wall,
        "cpu_s": time.process_time() - cpu,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def in_a_process(kind: str, folder: Path, rows: int) -> dict[str, float]:
    """``one_actor`` where nothing else has taken memory."""
    command = [sys.executable, "-m", "bench.bulk", "--one", kind, str(folder), str(rows)]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--ray", action="store_true", help="the same on a real Ray with two actors")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        kind, folder, rows = given.one
        print(json.dumps(one_actor(kind, Path(folder), int(rows))))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (folder / "rows.jsonl").open("w") as file:
            for number in range(given.rows):
                row = {"id": f"row {number}", "prompt": f"question {number}", "response": f"{number} {TEXT}"}
                file.write(json.dumps(row) + "\n")
        in_a_process("warm", folder, given.rows)  # fills the store
        for kind in ("rules", "warm"):
            for rows in (given.rows // 5, given.rows):
                took = in_a_process(kind, folder, rows)
                print(
                    f"{kind}: {rows} rows, {rows / took['cpu_s']:.0f} rows/s of CPU, "
                    f"{rows / took['wall_s']:.0f} rows/s, peak {took['peak_mb']:.0f} MB",
                    flush=True,
                )
        if given.ray:
            started = time.perf_counter()
            run = judge_bulk(
                find_slices(folder / "rows.jsonl", 2000), parse_rubric(RULES), JudgeConfig(judge="rules"),
                folder / "ray", prices=FREE, actors=2,
            )  # fmt: skip
            print(
                f"ray, 2 actors: {run.responses} rows in {time.perf_counter() - started:.1f} s, Ray's start included"
            )


if __name__ == "__main__":
    main()
