"""Two small runs of one exam, and a viewer of them."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from rvpo.harness.viewer import Shelf, view_server
from rvpo.results import ItemRow, RunWriter, VerdictRow, new_manifest

EVIL = "</script><script>document.title = 'stolen'</script>"


def write_run(folder: Path, title: str, scores: Mapping[str, float | None], **prompts: str) -> Path:
    """A sealed run: ``short`` is met where the score is at least a half, ``kind`` has no verdict for ``b``."""
    with RunWriter.open(folder, new_manifest("eval", "exam", {"model": title}, title=title)) as writer:
        for item, score in scores.items():
            met = None if score is None else float(score >= 0.5)
            kind = None if item == "b" else 1.0
            judged = [
                VerdictRow(
                    item_id=item, criterion_id="short", criterion="SECRET Is short.", points=2, score=met, value=met,
                    status="timeout" if met is None else "ok", explanation=f"SECRET {EVIL}",
                ),
                VerdictRow(
                    item_id=item, criterion_id="kind", criterion="SECRET Is kind.", points=-1, score=kind, value=kind,
                    status="unparseable" if kind is None else "ok", explanation="SECRET reason",
                ),
            ]  # fmt: skip
            row = ItemRow(
                item_id=item, prompt_hash=prompts.get(item, f"hash of {item}"), prompt="SECRET question",
                response=f"SECRET answer {EVIL}", status="failed" if score is None else "ok", score=score,
                coverage=0.5 if item == "b" else 1.0,
            )  # fmt: skip
            writer.append(row, judged)
        writer.seal()
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """``a`` falls by 0.5, ``b`` rises by 0.25, ``c`` stays, ``d`` has no score after, ``e`` was shown differently."""
    before = {"a": 1.0, "b": 0.25, "c": 0.5, "d": 0.5, "e": 0.0}
    after = {"a": 0.5, "b": 0.5, "c": 0.5, "d": None, "e": 1.0}
    write_run(tmp_path / "runs" / "before", "Before", before)
    write_run(tmp_path / "runs" / "after", "After", after, e="another hash")
    return tmp_path / "runs"


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """``serve(folder, with_text=True)``: the address of a viewer that ends with the test."""
    with ExitStack() as stack:

        def start(folder: Path, *, with_text: bool = False) -> str:
            server = stack.enter_context(view_server(Shelf([folder]), 0, with_text=with_text))
            threading.Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_port}"

        yield start


@pytest.fixture
def fetch() -> Callable[..., Any]:
    """``fetch(address)``: status and JSON, past any proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def ask(address: str) -> tuple[int, Any]:
        try:
            with opener.open(address) as reply:
                return reply.status, json.load(reply)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    return ask
