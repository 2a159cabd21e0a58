"""Ours beside the peers: the same amount of work, the same mock server, one after another."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from bench.judging.runs import run, run_peer
from bench.judging.server import EXPLANATION, OURS, mock_server

RESPONSES: Final = 100
SAME: Final = 8

VERDICTS: Final = {
    "rvpo": OURS,
    "simple-evals": json.dumps({"explanation": EXPLANATION, "criteria_met": True}),
    "litellm": json.dumps({"explanation": EXPLANATION, "criteria_met": True}),
    "autorubric": json.dumps({"criterion_status": "MET", "explanation": EXPLANATION}),
    "inspect-ai": json.dumps({"explanation": EXPLANATION, "criteria_met": True}),
}
"""What the server says to each, in the form that it asks for."""


def peer_table(pythons: Sequence[str]) -> Iterator[str]:
    """Lines of a table: a peer a line, ours first."""
    yield f"\n{RESPONSES} responses x 11 or 12 criteria; the server's own counts for what it saw"
    yield (
        "| | cold 0 ms, 64 in flight: calls/s | CPU ms a call | peak MB | 500 ms, 512 asked: calls/s (limit 1 024) "
        f"| in flight seen | connections | {SAME} identical at once: calls | warm: judgements/s |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for peer in VERDICTS:
        with tempfile.TemporaryDirectory(prefix="rvpo-bench-") as folder:
            yield f"| {' | '.join(cells(peer, pythons, Path(folder)))} |"


def cells(peer: str, pythons: Sequence[str], folder: Path) -> list[str]:
    """The cells of one peer; a failure stands in its cell."""
    verdict = VERDICTS[peer]
    with mock_server(0, verdict) as server:
        cold = measure(peer, pythons, url=server.url, responses=RESPONSES, concurrency=64)
    with mock_server(500, verdict) as server:
        slow = measure(peer, pythons, url=server.url, responses=RESPONSES, concurrency=512)
        seen = server.counts()
    with mock_server(500, verdict) as server:
        before = 0 if peer == "rvpo" else 1
        measure(peer, pythons, url=server.url, responses=SAME, concurrency=64, same=True)
        same = server.counts()["requests"] - before
    line = [f"{peer} ({cold.get('version', '')})"]
    line += [f"{rate(cold)}", f"{1000 * cold['cpu_s'] / cold['wanted']:.2f}" if "wanted" in cold else "-"]
    line += [f"{cold['peak_mb']:.0f}" if "wanted" in cold else "-"]
    line += [rate(slow), str(seen["peak"]), str(seen["connections"]), str(same)]
    return [*line, warm(peer, pythons, verdict, folder)]


def warm(peer: str, pythons: Sequence[str], verdict: str, folder: Path) -> str:
    """Judgements a second from the cache, where there is one that works."""
    if peer not in {"rvpo", "autorubric"}:
        return "-"
    with mock_server(0, verdict) as server:
        job = {"url": server.url, "responses": RESPONSES, "concurrency": 64, "cache": str(folder / "cache")}
        measure(peer, pythons, **job)
        return rate(measure(peer, pythons, **job))


def measure(peer: str, pythons: Sequence[str], **job: Any) -> dict[str, Any]:
    """Run ours or a peer, with figures of one form."""
    if peer != "rvpo":
        return run_peer(pythons, peer=peer, **job)
    store = job.pop("cache", ":memory:")
    shape = "same" if job.pop("same", False) else "examination"
    result = run(store=store, shape=shape, **job)
    (first,) = result.rounds
    wanted = first["judgements"]
    return {
        **first,
        "wanted": wanted,
        "verdicts": wanted - first["failures"],
        "peak_mb": result.peak_mb,
        "version": "this one",
    }


def rate(figures: dict[str, Any]) -> str:
    """Verdicts a second, or why there are none."""
    if "failed" in figures:
        return f"failed: {figures['failed']}"
    if figures["verdicts"] != figures["wanted"]:
        return f"failed: {figures['verdicts']} of {figures['wanted']} verdicts"
    return f"{figures['wanted'] / figures['wall_s']:,.0f}"
