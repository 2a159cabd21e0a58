"""Real faults in real processes: a writer killed at random moments, a file that may not grow."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from rvpo.results import open_run

WRITER = """
import sys
from rvpo.results import ItemRow, RunFolderError, RunWriter, VerdictRow, new_manifest
manifest = new_manifest("eval", "exam", {"model": "m"}, planned=400)
try:
    with RunWriter.open(sys.argv[1], manifest) as writer:
        print("open", len(writer.done), flush=True)
        for n in range(400):
            if (f"i{n}", 0) in writer.done:
                continue
            values = {f"c{k}": 1.0 for k in range(5)}
            verdicts = [VerdictRow(item_id=f"i{n}", criterion_id=c, score=1.0, value=1.0) for c in values]
            writer.append(
                ItemRow(item_id=f"i{n}", prompt_hash="h", response="words " * 200, score=1.0, values=values), verdicts
            )
            print(n, flush=True)
        writer.seal()
except RunFolderError as error:
    print(error)
"""
LIMITED = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))\n" + WRITER


def start(folder: Path, program: str = WRITER) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", program, str(folder)], stdout=subprocess.PIPE, text=True)


def test_kill_nine_at_random_moments_loses_nothing_acknowledged(tmp_path: Path) -> None:
    rng = random.Random(5)
    acknowledged: set[str] = set()
    for _ in range(4):
        process = start(tmp_path)
        assert process.stdout
        assert process.stdout.readline().startswith("open")
        time.sleep(rng.uniform(0.0, 0.01))
        process.send_signal(signal.SIGKILL)
        lines, _ = process.communicate()
        acknowledged |= {f"i{line}" for line in lines.split("\n")[:-1]}
        assert acknowledged <= {row.item_id for row in open_run(tmp_path).items}
    lines, _ = start(tmp_path).communicate()
    assert int(lines.split()[1]) >= len(acknowledged) > 0
    run = open_run(tmp_path)
    assert run.sealed
    assert sorted(row.item_id for row in run.items) == sorted(f"i{n}" for n in range(400))
    assert len(run.verdicts) == 2_000
    assert all(len(rows) == 5 for rows in run.verdicts_of.values())


def test_a_file_that_may_not_grow_is_one_line_and_nothing_is_lost(tmp_path: Path) -> None:
    lines, _ = start(tmp_path, LIMITED).communicate()
    *written, message = lines.splitlines()[1:]
    assert "cannot be written: File too large" in message
    assert f"{len(written)} item rows are kept" in message
    assert (tmp_path / "items.jsonl").read_bytes().endswith(b"}\n")
    run = open_run(tmp_path)
    assert len(run.items) == len(written) > 5
    assert len((tmp_path / "verdicts.jsonl").read_text().splitlines()) == 5 * len(written)
    start(tmp_path).communicate()
    assert open_run(tmp_path).sealed
