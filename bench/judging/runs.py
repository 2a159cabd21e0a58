"""Runs measurements in processes of their own and collects what they print."""

import json
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

ROOT: Final = Path(__file__).parents[2]
PATIENCE_S: Final = 1800.0
PEER_PATIENCE_S: Final = 120.0


class Row(NamedTuple):
    """One line of the table."""

    bar: str
    figure: str
    """The bar's own figure."""
    ours: str
    met: bool | None
    """Whether we reach the bar; ``None`` where this run is too small to say."""
    note: str = ""


class Result(NamedTuple):
    """What one measurement printed: its rounds, then its memory."""

    rounds: list[dict[str, Any]]
    peak_mb: float
    start_mb: float

    def median(self, name: str) -> float:
        """The median over the rounds."""
        return float(statistics.median(each[name] for each in self.rounds))


def start(job: dict[str, Any]) -> "subprocess.Popen[str]":
    """Start a measurement of ours; see ``ours.Job``."""
    command = [sys.executable, "-m", "bench.judging.ours", json.dumps(job)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def finish(process: "subprocess.Popen[str]") -> Result:
    """Wait for a measurement; its failure is ours."""
    out, _ = process.communicate(timeout=PATIENCE_S)
    if process.returncode:
        raise SystemExit(f"a measurement ended with {process.returncode}: {process.args!r}")
    *rounds, last = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    return Result(rounds, last["peak_mb"], last["start_mb"])


def run(**job: Any) -> Result:
    """Run one measurement of ours to its end."""
    return finish(start(job))


def run_peer(pythons: Sequence[str], **job: Any) -> dict[str, Any]:
    """Run one measurement of a peer with the first interpreter that can; ``failed`` says why none could."""
    why = "no interpreter given"
    for python in pythons:
        figures = _try_peer(python, job)
        if "failed" not in figures:
            return figures
        why = figures["failed"]
    return {"failed": why}


def _try_peer(python: str, job: dict[str, Any]) -> dict[str, Any]:
    command = [python, "-m", "bench.judging.peers", json.dumps(job)]
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=PEER_PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired:
        return {"failed": f"not done within {PEER_PATIENCE_S:.0f} s"}
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        return {"failed": (done.stderr.strip().splitlines() or ["no output"])[-1][:120]}
    figures: dict[str, Any] = json.loads(lines[-1])
    return figures
