"""Rows reach the disk within the second, and a disk that fails is told of."""

import errno
import os
import threading
from pathlib import Path

import pytest

from rvpo.results.journal import Journal
from rvpo.results.syncing import Syncing


class Counting(Journal):
    """A journal that tells of its syncs."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.synced = threading.Event()
        self.sizes: list[int] = []
        self.broken = False

    def sync(self) -> None:
        if self.broken:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        super().sync()
        self.sizes.append(self.size)
        self.synced.set()


@pytest.fixture
def journal(tmp_path: Path) -> Counting:
    return Counting(tmp_path / "rows.jsonl")


@pytest.mark.timeout(20)
def test_what_was_written_is_synced_without_another_write(journal: Counting) -> None:
    syncing = Syncing([journal], every_s=0.01)
    for size in (1, 2):
        journal.append(b"\n")
        journal.synced.clear()
        syncing.wrote()
        assert journal.synced.wait(10)
        assert journal.sizes[-1] == size
    syncing.close()
    assert journal.sizes[-1] == 2


@pytest.mark.timeout(20)
def test_nothing_is_synced_where_nothing_was_written(journal: Counting) -> None:
    syncing = Syncing([journal], every_s=0.01)
    syncing.wrote()
    assert journal.synced.wait(10)
    journal.synced.clear()
    assert not journal.synced.wait(0.1)
    syncing.close()
    # One for the write and one at the end.
    assert len(journal.sizes) == 2


@pytest.mark.timeout(20)
def test_a_disk_that_fails_stops_the_writer(journal: Counting) -> None:
    syncing = Syncing([journal], every_s=0.01)
    journal.broken = True
    syncing.wrote()
    thread = syncing._thread
    assert thread is not None
    thread.join(10)
    with pytest.raises(OSError, match="Input/output error"):
        syncing.wrote()
    with pytest.raises(OSError, match="Input/output error"):
        syncing.close()
