"""The page of ``rvpo watch``: the logs of runs as curves, served while they grow or written as one file.

Nothing is trained and nothing is written here but the file that is asked for; ``local_page`` does the serving.
"""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from rvpo.harness.errors import WatchError
from rvpo.harness.local_page import json_reply, local_server, page_of, page_reply, tell_apart
from rvpo.results.journal import write_atomically

MOST_POINTS: Final = 600
"""Steps drawn of a run; of a longer one evenly spaced ones, the last included."""
LOG: Final = "log.jsonl"
HELD_OUT: Final = "held_out.jsonl"


def find_logs(runs: Sequence[Path]) -> dict[str, Path]:
    """Name the runs by the ends of their paths that tell them apart.

    Args:
        runs: Run folders, or the ``log.jsonl`` inside one.

    Raises:
        WatchError: There is no such folder.
    """
    folders = [run.parent if run.name == LOG else run for run in runs]
    for folder in folders:
        if not folder.is_dir():
            raise WatchError(f"{folder}: no such run folder")
    return tell_apart(folders)


def read_runs(logs: dict[str, Path]) -> list[dict[str, Any]]:
    """What the page draws: for each run its steps, its figures as columns, its examinations and its alarms."""
    return [_run(name, folder) for name, folder in logs.items()]


def _run(name: str, folder: Path) -> dict[str, Any]:
    rows, examined = _rows(folder / LOG), _rows(folder / HELD_OUT)
    alarms = [alarm for row in [*rows, *examined] for alarm in row.get("alarms", ())]
    return {
        "name": name,
        "done": (folder / "final").is_dir(),
        "last": rows[-1]["step"] if rows else 0,
        **_columns(_thinned(rows)),
        "held_out": _columns(examined),
        "alarms": sorted(alarms, key=lambda alarm: int(alarm["step"])),
    }


def _rows(path: Path) -> list[dict[str, Any]]:
    """The complete rows of a log that may be growing."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines[:-1] if line]


def _thinned(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if len(rows) <= MOST_POINTS:
        return rows
    return [rows[round(place * (len(rows) - 1) / (MOST_POINTS - 1))] for place in range(MOST_POINTS)]


def _columns(rows: list[dict[str, Any]]) -> dict[str, Any]:
    names = dict.fromkeys(
        name
        for row in rows
        for name, value in row.items()
        if isinstance(value, int | float) and name != "step"
    )
    figures = {name: [row.get(name) for row in rows] for name in names}
    return {"steps": [row["step"] for row in rows], "figures": figures}


def watch_page(runs: list[dict[str, Any]] | None) -> str:
    """The page, with its data inside or, for ``None``, to be fetched from where it comes from."""
    return page_of("watch_page", "watch", runs, title="rvpo watch")


def write_page(logs: dict[str, Path], out: Path) -> None:
    """Write the page as it stands now, in one file."""
    write_atomically(out, watch_page(read_runs(logs)).encode())


def watch_server(logs: dict[str, Path], port: int) -> ThreadingHTTPServer:
    """A server of the page on this machine; the caller starts and ends it.

    Args:
        logs: The runs.
        port: 0 for any that is free.

    Raises:
        PageError: The port is taken.
    """
    page = watch_page(None)
    routes = {"/": lambda _query: page_reply(page), "/data.json": lambda _query: json_reply(read_runs(logs))}
    return local_server(routes, port)


@contextmanager
def watched(run: Path, port: int = 0) -> Iterator[str]:
    """Serve the page of a run that is about to begin, beside what the block does; gives its address.

    Raises:
        PageError: The port is taken.
    """
    with watch_server({run.name: run}, port) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
