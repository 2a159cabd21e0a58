"""How a process that trained beside others ends: with its exit handlers run, and whatever threads are left behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import atexit, sys, threading
from pathlib import Path
from rvpo.trainer.leaving import leave_together

atexit.register(lambda: Path(sys.argv[1]).write_text("reported"))
threading.Thread(target=threading.Event().wait).start()
print("done")
leave_together()
print("alone")
sys.stdout.flush()
import os
os._exit(3)
"""


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("world", "status", "said"), [("2", 0, "done\n"), ("1", 3, "done\nalone\n")])
def test_one_of_several_ends_in_order_and_one_alone_goes_on(
    tmp_path: Path, world: str, status: int, said: str
) -> None:
    reported = tmp_path / "reported"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(reported)],
        env={**os.environ, "WORLD_SIZE": world},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (status, said), done.stderr
    assert reported.exists() == (world == "2")
