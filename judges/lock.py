"""One process at a time: an advisory lock on a file beside the thing that is made."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def one_process_at_a_time(lock: Path) -> Iterator[None]:
    """Hold the lock for the length of the block; wait for whoever has it. The kernel frees it if we die."""
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
