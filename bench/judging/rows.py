"""The rows of the judge service's bars, each measured against the mock server in processes of their own."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
from bench.judging.billing import billing_rows
from bench.judging.kills import kill_row
from bench.judging.runs import Row, finish, run, start
from bench.judging.server import mock_server

WHOLE = 5000
"""Responses of the bars: 57 000 judgements."""


class Sizes(msgspec.Struct, frozen=True):
    """How much to measure."""

    responses: int = WHOLE
    """At 0 ms and warm."""
    slow_responses: int = 450
    """At 500 ms: ten waves of 512, nearly."""
    kills: int = 10
    rounds: int = 5


QUICK = Sizes(responses=500, slow_responses=225, kills=3, rounds=3)
FULL = Sizes(slow_responses=WHOLE, kills=50)


def rows(sizes: Sizes, folder: Path) -> Iterator[Row]:
    """Measure row after row."""
    whole = sizes.responses == WHOLE
    store = str(folder / "examination.sqlite")
    with mock_server(0) as server:
        yield from cold_and_warm(server.url, store, sizes, whole=whole)
    yield slow(sizes)
    yield slow_step()
    yield in_flight()
    yield same_question(folder)
    yield from free_changes(store, sizes.responses)
    yield from billing_rows(folder)
    yield kill_row(folder / "killed.sqlite", sizes.kills, 300)


def cold_and_warm(url: str, store: str, sizes: Sizes, *, whole: bool) -> Iterator[Row]:
    """The rows at 0 ms, then those that only read."""
    cold = run(url=url, store=store, responses=sizes.responses)
    count = cold.rounds[0]["judgements"]
    rate, cpu_ms = count / cold.median("wall_s"), 1000 * cold.median("cpu_s") / count
    yield Row(
        f"cold, 0 ms server, {count:,}",
        ">= 6 000 calls/s, <= 0.2 ms CPU",
        f"{rate:,.0f} calls/s, {cpu_ms:.3f} ms CPU",
        rate >= 6000 and cpu_ms <= 0.2,
        "store included",
    )
    yield Row(
        f"peak memory, {count:,} judgements, cold",
        "<= 200 MB",
        f"{cold.peak_mb:.0f} MB",
        cold.peak_mb <= 200 if whole else None,
        f"{cold.start_mb:.0f} MB of it before the first",
    )
    warm = run(url=url, store=store, responses=sizes.responses, rounds=sizes.rounds)
    assert not any(each["calls"] for each in warm.rounds)
    open_s, verdicts_s = warm.median("open_s"), warm.median("verdicts_s")
    wall_s = warm.median("wall_s") - open_s
    yield Row(
        f"warm read, {count:,} judgements: keys hashed, store read, vectors and scores made",
        "<= 0.25 s for 57 000",
        f"{wall_s:.3f} s, {1e6 * wall_s / count:.1f} us each ({warm.median('cpu_s'):.3f} s CPU)",
        wall_s <= 0.25 if whole else None,
        f"opening the store {open_s:.3f} s more, reading every verdict {verdicts_s:.3f} s more; "
        f"peak {warm.peak_mb:.0f} MB, {warm.start_mb:.0f} MB of it before the first",
    )
    run(url=url, store=store, shape="step")
    step = run(url=url, store=store, shape="step", rounds=2 * sizes.rounds + 1, reopen=False)
    walls = sorted(each["wall_s"] for each in step.rounds[1:])
    step_ms = 1000 * walls[len(walls) // 2]
    yield Row(
        "warm training step, 2 176",
        "<= 20 ms",
        f"{step_ms:.1f} ms",
        step_ms <= 20,
        f"best {1000 * walls[0]:.1f}; judged by an earlier process",
    )


def slow(sizes: Sizes) -> Row:
    """512 in flight at 500 ms."""
    with mock_server(500) as server:
        result = run(url=server.url, responses=sizes.slow_responses)
        peak = server.counts()["peak"]
    count, wall_s = result.rounds[0]["calls"], result.median("wall_s")
    ratio, waves = wall_s / (count * 0.5 / 512), wall_s / (-(-count // 512) * 0.5)
    whole = sizes.slow_responses == WHOLE
    return Row(
        f"cold, 500 ms server, 512 in flight, {count:,}",
        "<= 1.03 x the limit",
        f"{wall_s:.2f} s = {ratio:.3f} x",
        ratio <= 1.03 if whole else None,
        f"{waves:.3f} x counted in whole waves; server saw {peak} in flight",
    )


def slow_step() -> Row:
    """A training step with all its calls in flight, a new connection each."""
    with mock_server(500) as server:
        result = run(url=server.url, shape="step", concurrency=2176)
        peak = server.counts()["peak"]
    wall_s = result.median("wall_s")
    return Row(
        "one step of 2 176 at 500 ms, all in flight",
        "<= 1.2 s",
        f"{wall_s:.2f} s",
        wall_s <= 1.2,
        f"limit 0.5 s; server saw {peak} in flight; cold connections",
    )


def in_flight() -> Row:
    """What the server sees against what was asked for."""
    seen: dict[int, int] = {}
    for asked in (1, 64, 512, 2176):
        # Long enough that the last connection is made before the first reply, on a busy machine too.
        with mock_server(20 if asked == 1 else 500 + asked) as server:
            run(url=server.url, responses=1 + asked // 10, concurrency=asked)
            seen[asked] = server.counts()["peak"]
    exact = all(asked == peak for asked, peak in seen.items())
    figures = ", ".join(f"{asked}: {peak}" for asked, peak in seen.items())
    return Row("in flight as the server sees it", "exact", figures, exact)


def same_question(folder: Path) -> Row:
    """One question, 64 at once, from two processes on one store."""
    store = str(folder / "same.sqlite")
    with mock_server(500) as server:
        job = {
            "url": server.url, "store": store, "shape": "same", "responses": 32, "wait": True, "reopen": False,
        }  # fmt: skip
        processes = [start(job) for _ in range(2)]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        for process in processes:
            finish(process)
        sent = server.counts()["requests"]
    return Row("64 identical at once, two processes", "1 upstream call", f"{sent}", sent == 1)


def free_changes(store: str, responses: int) -> Iterator[Row]:
    """Changes that must cost nothing, after a first run that pays."""
    with mock_server(0) as server:
        run(url=server.url, store=store, responses=responses // 10)
        before = server.counts()["requests"]
        edits: dict[str, dict[str, float | bool]] = {
            "weight-only edit of all rubrics": {"points": 7.0},
            "another parser version": {"next_parser": True},
        }
        for name, change in edits.items():
            result = run(url=server.url, store=store, responses=responses // 10, **change)
            sent = server.counts()["requests"] - before
            hits, count = result.rounds[0]["hits"], result.rounds[0]["judgements"]
            yield Row(name, "0 calls", f"{sent} calls", sent == 0 and hits == count, f"{hits:,} hits")
