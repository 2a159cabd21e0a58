"""How fast a finished examination is read, scored again and summed up: 5 000 answers of 11 criteria each.

``python bench/exam.py`` makes such a run, seals it, and prints seconds of CPU time, the best of three.
"""

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from rvpo.harness.rescoring import rescored
from rvpo.harness.summary import summarise
from rvpo.harness.verifying import verify_run
from rvpo.results import ItemRow, Run, RunWriter, VerdictRow, new_manifest, open_run

ANSWERS: Final = 5_000
CRITERIA: Final = 11
AXES: Final = (
    "accuracy",
    "completeness",
    "context_awareness",
    "communication_quality",
    "instruction_following",
)
T = TypeVar("T")


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        made = write_run(Path(folder) / "run")
        print(f"{ANSWERS:,} answers x {CRITERIA} verdicts, CPU seconds, best of 3")
        print(f"  read the sealed tables       {best_of(lambda: open_run(made))[0]:.3f}")
        run = open_run(made)
        seconds, anew = best_of(lambda: list(rescored(run)))
        assert all(stored == again for stored, again in anew)
        print(f"  score again from verdicts    {seconds:.3f}")
        print(f"  all figures of the summary   {best_of(lambda: summarise(run))[0]:.3f}")
        seconds, found = best_of(lambda: verify_run(made))
        assert not found.differences
        print(f"  rvpo verify, all of it       {seconds:.3f}")


def write_run(folder: Path) -> Path:
    """A sealed HealthBench run with random verdicts, 1 % of them missing."""
    rng = random.Random(0)
    manifest = new_manifest("eval", "healthbench", {"model": "random"}, planned=ANSWERS)
    with RunWriter.open(folder, manifest) as writer:
        for number in range(ANSWERS):
            verdicts = list(verdicts_of(f"item-{number:05d}", rng))
            shell = ItemRow(item_id=f"item-{number:05d}", prompt_hash="h", response="word " * 200, score=None)
            run = Run(folder=folder, manifest=manifest, items=(shell,), verdicts=tuple(verdicts))
            ((_, row),) = rescored(run)
            assert row is not None
            writer.append(row, verdicts)
        figures = msgspec.structs.replace(summarise(open_run(folder)), sealed=True)
        writer.seal(tables=True, summary=msgspec.json.encode(figures))
    return folder


def verdicts_of(item: str, rng: random.Random) -> Iterator[VerdictRow]:
    """Ten criteria to meet and one fault."""
    for place in range(CRITERIA):
        points = float(rng.randint(1, 10)) * (-1 if place == CRITERIA - 1 else 1)
        score = None if rng.random() < 0.01 else float(rng.random() < 0.5)
        bad = points < 0
        yield VerdictRow(
            item_id=item,
            criterion_id=f"c{place:02d}",
            criterion="States what should be stated here, in some detail.",
            points=points,
            earns=(points, 0.0) if bad else (0.0, points),
            polarity="met_is_bad" if bad else "met_is_good",
            tags=("level:example", f"axis:{rng.choice(AXES)}"),
            score=score,
            value=None if score is None else 1 - score if bad else score,
            status="timeout" if score is None else "ok",
            explanation="The response says so in its second paragraph. " * 3,
        )


def best_of(work: Callable[[], T]) -> tuple[float, T]:
    """Least CPU seconds of three times, and what it brought."""
    timed = [_timed(work) for _ in range(3)]
    return min(seconds for seconds, _ in timed), timed[0][1]


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    before = time.process_time()
    result = work()
    return time.process_time() - before, result


if __name__ == "__main__":
    main()
