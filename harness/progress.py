"""Progress of long work, on standard error: a bar with rate, time left and failures; one implementation for all commands.

On a terminal it is a rich bar; elsewhere (a log file, a batch queue) it is one plain line every 30 seconds, and nothing
at all for work that ends sooner. Standard output is left to results.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

PLAIN_INTERVAL_S = 30.0


class Progress:
    """How far a piece of work is."""

    def __init__(self, paint: Callable[["Progress"], None], clock: Callable[[], float]) -> None:
        self._paint = paint
        self._clock = clock
        self._started = clock()
        self._fields: dict[str, object] = {}
        self._before = 0
        self.done = 0

    def skip(self, n: int) -> None:
        """Count ``n`` units that were done before the start: they are done, but say nothing of the rate."""
        self._before += n
        self.advance(n)

    def advance(self, n: int = 1, **fields: object) -> None:
        """Count ``n`` more units done.

        Args:
            n: Units finished since the last call.
            **fields: What to show beside the count, as totals so far: ``failed=3``, ``usd=0.12``. A field keeps its
                last value until it is given again; zeros and blanks are not shown.
        """
        self.done += n
        self._fields.update(fields)
        self._paint(self)

    @property
    def rate(self) -> float:
        """Units a second since the start; 0 before any time has passed."""
        elapsed = self._clock() - self._started
        return (self.done - self._before) / elapsed if elapsed > 0 else 0.0

    @property
    def detail(self) -> str:
        """Rate and fields in words."""
        shown = [f"{self.rate:.3g}/s"]
        for name, value in self._fields.items():
            if value not in (None, "", 0):
                shown.append(f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}")
        return ", ".join(shown)


@contextmanager
def progress_bar(
    total: int | None,
    label: str,
    *,
    out: TextIO | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Progress]:
    """Show the progress of the work inside the ``with`` block.

    Args:
        total: Units in all; ``None`` if nobody knows.
        label: What the work is called: "sampling", "judging".
        out: Where to write; standard error by default.
        clock: Seconds, monotonic; tests pass their own.

    Yields:
        A ``Progress`` to advance.
    """
    stream = sys.stderr if out is None else out
    if not stream.isatty():
        yield Progress(_line_painter(total, label, stream, clock), clock)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as RichProgress

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[detail]}"),
        TimeRemainingColumn(),
    )
    with RichProgress(*columns, console=Console(file=stream), get_time=clock) as rich:
        task = rich.add_task(label, total=total, detail="")
        yield Progress(lambda now: rich.update(task, completed=now.done, detail=now.detail), clock)


def _line_painter(
    total: int | None, label: str, out: TextIO, clock: Callable[[], float]
) -> Callable[[Progress], None]:
    spoken = clock()

    def paint(progress: Progress) -> None:
        nonlocal spoken
        if clock() - spoken < PLAIN_INTERVAL_S:
            return
        spoken = clock()
        count, left = str(progress.done), ""
        if total is not None:
            count += f"/{total}"
            left = f", {_duration((total - progress.done) / progress.rate)} left" if progress.rate > 0 else ""
        print(f"{label} {count}, {progress.detail}{left}", file=out, flush=True)

    return paint


def _duration(seconds: float) -> str:
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}"
