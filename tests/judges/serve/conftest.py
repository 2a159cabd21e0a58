"""The judge service as users run it: ``rvpo serve`` in a process of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple

import pytest

RUBRIC: dict[str, Any] = {
    "id": "care",
    "criteria": [
        {"id": "fever", "criterion": "Mentions the word fever", "points": 5},
        {"id": "dose", "criterion": "Mentions the word overdose", "points": -3, "polarity": "met_is_bad"},
        {"id": "short", "criterion": "Is short", "points": 2, "kind": "length", "rule": {"max": 5}},
    ],
}
"""What ``tests/scripted_server.py`` decides by the last word of the criterion, and a rule."""


class Reply(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Service:
    """A running ``rvpo serve``."""

    def __init__(self, judge: Path, *options: str, port: int = 0) -> None:
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "rvpo.harness.cli",
                "serve",
                "--judge",
                judge,
                "--port",
                str(port),
                *options,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        )
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        assert " at http://" in said, (said, self.process.communicate(timeout=30))
        self.url = said.rsplit(" ", 1)[1].strip()
        self.port = int(self.url.rpartition(":")[2])

    @staticmethod
    def asked(response: str, **more: Any) -> dict[str, Any]:
        """A request on the wire."""
        return {"rubric": RUBRIC, "prompt": "What now?", "response": response} | more

    @staticmethod
    def batch(*requests: dict[str, Any]) -> bytes:
        """A body."""
        return json.dumps({"requests": requests}).encode()

    def connect(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=60)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """One request; a body that is not bytes goes as JSON."""
        sent = {"Content-Type": "application/json"} if method == "POST" else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        raw = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        connection = self.connect()
        try:
            connection.request(method, path, raw, sent)
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, names, response.read())
        finally:
            connection.close()

    def judge(self, *requests: dict[str, Any], path: str = "/v1/judge", **headers: str) -> Reply:
        return self.send("POST", path, self.batch(*requests), **headers)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal; returns the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.communicate(timeout=60)
        return self.process.returncode


class Services:
    """Starts services and stops those that still run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[Service] = []

    def scripted(self, *options: str, **fields: Any) -> Service:
        """Start one with a scripted judge."""
        return self.start({"judge": "scripted", "store": ":memory:"} | fields, *options)

    def endpoint(self, upstream: str, *options: str, port: int = 0, **fields: Any) -> Service:
        """Start one before a scripted server; its store outlives it."""
        settings = {"judge": "openai-compatible", "model": "m", "base_url": upstream}
        store = {"store": str(self.folder / "store.sqlite")}
        return self.start(settings | store | fields, *options, port=port)

    def start(self, judge: dict[str, Any], *options: str, port: int = 0) -> Service:
        """Start one."""
        path = self.folder / f"judge-{len(self.started)}.yaml"
        path.write_text(json.dumps(judge))  # JSON is YAML too
        self.started.append(Service(path, *options, port=port))
        return self.started[-1]

    def stop(self) -> None:
        for service in self.started:
            service.stop(signal.SIGKILL)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """Services of this test alone."""
    made = Services(tmp_path)
    yield made
    made.stop()


@pytest.fixture(scope="session")
def scripted_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service with a scripted judge for all tests that do not count calls."""
    replies = [
        {"criterion": "dose", "contains": "broken", "fail": "transport"},
        {"contains": "hot", "say": [True]},
        {"say": [False]},
    ]
    made = Services(tmp_path_factory.mktemp("service"))
    service = made.scripted("--max-responses", "8", "--max-body-mib", "1", replies=replies)
    yield service
    assert service.stop() == 0
