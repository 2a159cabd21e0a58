"""``kill -9`` of a judging process at random moments: what it had acknowledged must be there, and be paid once."""

import random
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from bench.judging.runs import Row, finish, start
from bench.judging.server import mock_server


def kill_row(store: Path, kills: int, responses: int, concurrency: int = 64) -> Row:
    """Kill one run of ``responses`` responses so many times, let it end, and count."""
    rng = random.Random(9)
    acknowledged: set[str] = set()
    with mock_server(20) as server:
        job = {"url": server.url, "store": str(store), "responses": responses, "concurrency": concurrency}
        struck = 0
        for _ in range(kills):
            process = start(job | {"tell": True, "wait": True})
            assert process.stdout is not None
            assert process.stdin is not None
            assert process.stdout.readline() == "ready\n"
            process.stdin.write("\n")
            process.stdin.flush()
            first = process.stdout.readline()
            # Not so long that what is told fills the pipe: the process would then wait for us.
            time.sleep(rng.uniform(0.0, 0.25))
            struck += process.poll() is None
            process.kill()
            out = first + process.communicate()[0]
            # The line that the kill cut was not acknowledged.
            whole = out[: out.rfind("\n") + 1]
            acknowledged |= {key for line in whole.splitlines() for key in line.split() if len(key) == 64}
        with closing(sqlite3.connect(store)) as file:
            kept = {key.hex() for (key,) in file.execute("SELECT key FROM replies")}
        lost = len(acknowledged - kept)
        after = finish(start(job))
        sent = server.counts()["requests"]
    (last,) = after.rounds
    twice = sent - last["judgements"]
    return Row(
        f"kill -9, {struck} times under load",
        "0 lost; paid twice <= in flight",
        f"{lost} of {len(acknowledged)} acknowledged lost; {twice} of {sent} paid twice",
        lost == 0 and twice <= struck * concurrency and not last["failures"],
        f"at most {struck} x {concurrency} could be in flight",
    )
