"""Puts what journals hold on the disk once a second, so that a power cut costs a second and a write costs no wait.

The death of the process loses nothing that was written: the kernel has it. Only a power cut needs ``fsync``, which takes
milliseconds; one thread does it for all journals of a run, and only when something was written since.
"""

import threading
from collections.abc import Sequence
from typing import Final

from rvpo.results.journal import Journal

EVERY_S: Final = 1.0
"""Longest time that a row which was acknowledged waits for the disk."""


class Syncing:
    """A thread that syncs journals; it starts with the first write that it is told of."""

    def __init__(self, journals: Sequence[Journal], every_s: float = EVERY_S) -> None:
        self._journals = tuple(journals)
        self._every_s = every_s
        self._written = threading.Event()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._failed: OSError | None = None

    def wrote(self) -> None:
        """Something was written.

        Raises:
            OSError: An earlier sync failed: the disk is broken or full.
        """
        if self._failed is not None:
            raise self._failed
        self._written.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="rvpo-sync", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Syncs what is left and ends the thread.

        Raises:
            OSError: This or an earlier sync failed.
        """
        self._closed.set()
        self._written.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._failed is not None:
            raise self._failed
        self._sync()

    def _run(self) -> None:
        while True:
            self._written.wait()
            if self._closed.wait(self._every_s):
                return
            self._written.clear()
            try:
                self._sync()
            except OSError as error:
                self._failed = error
                return

    def _sync(self) -> None:
        for journal in self._journals:
            journal.sync()
