"""Sits the checkpoints of a training run through one exam, in order of their steps, each in a run folder of its own.

The folders lie under one (``OUT/checkpoint-200``), which ``rvpo curve OUT`` reads as it is. Each is a run like any other:
stopped at any moment, the same command goes on; what is sealed is neither loaded nor asked again. Checkpoints with the same
weights (a step that changed nothing, a copy) are sampled once: the later one's run holds the same rows, and says so.
"""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from rvpo.harness.checkpoints import Checkpoint
from rvpo.harness.run import sealed_figures
from rvpo.harness.weights import weights_identity
from rvpo.results import Run, RunWriter, new_manifest, open_run
from rvpo.results.identity import canonical_json

Examine = Callable[[Path, Path], Run]
"""Examines the model of one folder into another."""


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """One checkpoint of a sweep, examined."""

    step: float
    run: Run
    same_as: str = ""
    """The checkpoint whose weights, and so whose answers, these are."""


def sweep(checkpoints: Sequence[Checkpoint], examine: Examine, out: Path) -> Iterator[Swept]:
    """Examine checkpoints one after the other; each is yielded when its run is finished.

    Args:
        checkpoints: In the order to take them.
        examine: Called with a checkpoint's folder and its run's; it must keep no model after it returns.
        out: The sweep's folder.

    Raises:
        HarnessError, JudgeError, ResultsError: As ``run_exam``; what is finished stays.
    """
    first: dict[str, tuple[str, Run]] = {}
    for checkpoint in checkpoints:
        name = checkpoint.folder.name
        weights = canonical_json(weights_identity(checkpoint.folder))
        if weights in first:
            twin, run = first[weights]
            yield Swept(step=checkpoint.step, run=repeated_run(run, twin, name, out / name), same_as=twin)
            continue
        run = examine(checkpoint.folder, out / name)
        free_memory()
        first[weights] = name, run
        yield Swept(step=checkpoint.step, run=run)


def repeated_run(run: Run, twin: str, name: str, out: Path) -> Run:
    """Write the rows of a finished run as those of a checkpoint with the same weights.

    Args:
        run: The run of the checkpoint that was examined.
        twin: That checkpoint's name.
        name: The other's.
        out: The other's run folder; one that was begun is gone on with, failed draws that ``run`` has answers to since
            are brought up to it.

    Raises:
        ResultsError: ``out`` holds another run, or cannot be written.
    """
    old = run.manifest
    model: Mapping[str, Any] = old.identity["model"]
    manifest = new_manifest(
        "eval",
        old.task,
        {**old.identity, "model": {**model, "model": name}},
        title=old.title.replace(twin, name),
        planned=old.planned,
        notes=(*old.notes, f"{name} has the weights of {twin}: its answers were not sampled again"),
    )
    answered = {(row.item_id, row.draw) for row in run.items if row.status != "failed"}
    with RunWriter.open(
        out, manifest, again=lambda row, _: row.status == "failed" and (row.item_id, row.draw) in answered
    ) as writer:
        if not writer.sealed:
            for row in run.items:
                key = (row.item_id, row.draw)
                if key not in writer.done:
                    writer.append(row, run.verdicts_of.get(key, ()))
            counts = {kind: number for kind, number in old.counts.items() if kind != "rows"}
            writer.seal(counts, tables=True, summary=sealed_figures(open_run(out), ()))
    return open_run(out)


def free_memory() -> None:
    """Return what the former model held, on the accelerator too, before the next one is loaded."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
