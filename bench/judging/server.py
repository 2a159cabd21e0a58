"""Starts the mock server of a measurement: compiled once a run where there is a C compiler, else in plain asyncio."""

import json
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
SCRATCH: Final = tempfile.TemporaryDirectory(prefix="rvpo-bench-")
"""Emptied at the end of the process."""

EXPLANATION: Final = (
    "The response names the symptom, says how long to wait and when to see a doctor, and gives its reasons, so "
    "that a reader without training can act on it. Nothing in it contradicts the criterion, and the wording is plain."
)
OURS: Final = json.dumps({"explanation": EXPLANATION, "met": True})


class MockServer:
    """A running server."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/v1"

    def counts(self) -> dict[str, int]:
        """``requests``, ``peak`` in flight and ``connections``, the one of this call not included."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{self.url}/counts", timeout=30) as response:
            seen: dict[str, int] = json.loads(response.read())
        return seen | {"connections": seen["connections"] - 1}


@contextmanager
def mock_server(latency_ms: float, verdict: str = OURS, log: Path | None = None) -> Iterator[MockServer]:
    """A server of its own that says one verdict after this latency; with a log it is the slower asyncio one."""
    reply = Path(SCRATCH.name) / f"reply-{abs(hash(verdict))}.json"
    reply.write_text(json.dumps(completion(verdict)), encoding="utf-8")
    command = python_command() if log else command_of_choice()
    arguments = [*command, str(reply), str(latency_ms), *([str(log)] if log else [])]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield MockServer(int(process.stdout.readline()))
    finally:
        process.kill()
        process.wait()


def completion(verdict: str) -> dict[str, object]:
    """A chat completion that says this."""
    return {
        "id": "chatcmpl-mock",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": "mock",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": verdict}, "finish_reason": "stop"}
        ],
        "usage": {"prompt_tokens": 1024, "completion_tokens": 64, "total_tokens": 1088},
    }


@cache
def command_of_choice() -> list[str]:
    """The compiled server, or the interpreted one."""
    compiler = shutil.which("cc")
    if compiler is None:
        return python_command()
    program = Path(SCRATCH.name) / "mock_server"
    subprocess.run([compiler, "-O2", "-o", str(program), str(HERE / "mock_server.c")], check=True)
    return [str(program)]


def python_command() -> list[str]:
    """The server in plain asyncio."""
    return [sys.executable, str(HERE / "mock_server.py")]
