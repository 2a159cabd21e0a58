"""Connections that say nothing, too many of them, and clients that leave in the middle: nobody else notices."""

import json
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

HALF_A_HEAD = b"POST /v1/judge HTTP/1.1\r\nHost: localhost\r\nContent-"
IMPATIENT = """
from rvpo.judges.serve import limits, patience
patience.HEAD_TIMEOUT_S = 0.3
limits.read_body.__defaults__ = (0.3,)
"""
FEW_FILES = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (160, 160))
"""
SERVE = """
import sys
from rvpo.harness import cli
sys.exit(cli.main(["serve", "--judge", sys.argv[1], "--port", "0"]))
"""


@contextmanager
def running(before: str, judge: Path) -> Iterator[int]:
    """A service in a process that does something first; gives its port."""
    command = [sys.executable, "-c", before + SERVE, str(judge)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline().strip().rpartition(":")[2])
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=60) == 0
        finally:
            process.kill()


def all_of(raw: socket.socket) -> bytes:
    """All that comes until the end, which a reset is too."""
    came = b""
    with suppress(ConnectionResetError):
        while more := raw.recv(4096):
            came += more
    return came


def silent(port: int, sent: bytes = HALF_A_HEAD) -> socket.socket:
    raw = socket.create_connection(("127.0.0.1", port), timeout=30)
    raw.sendall(sent)
    return raw


def test_who_does_not_finish_its_request_is_shown_out(tmp_path: Path) -> None:
    judge = tmp_path / "judge.json"
    judge.write_text('{"judge": "scripted", "replies": [{"say": [true]}], "store": ":memory:"}')
    with running(IMPATIENT, judge) as port:
        whole = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        ending = {"nothing": b"", "half a head": HALF_A_HEAD, "half a second head": whole + HALF_A_HEAD}
        for name, sent in ending.items():
            with silent(port, sent) as raw:
                assert all_of(raw).count(b"HTTP/1.1 200") == sent.count(whole), name
        head = HALF_A_HEAD + b"Type: application/json\r\nConnection: close\r\nContent-Length: 99\r\n\r\n{"
        with silent(port, head) as raw:
            assert all_of(raw).startswith(b"HTTP/1.1 408")


def test_a_crowd_leaves_files_for_upstream_and_store(scripted_server: Any, tmp_path: Path) -> None:
    """With 160 files, 80 connections are taken in; who is one of them is judged, who is not is told to come again."""
    judge = tmp_path / "judge.json"
    settings = {"judge": "openai-compatible", "model": "m", "base_url": scripted_server.url}
    judge.write_text(json.dumps(settings | {"store": str(tmp_path / "s.sqlite")}))
    with running(FEW_FILES, judge) as port, ExitStack() as crowd:
        whole = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        early = crowd.enter_context(silent(port, HALF_A_HEAD))
        for _ in range(90):
            crowd.enter_context(silent(port, b""))
        with silent(port, b"") as late:
            assert all_of(late).startswith(b"HTTP/1.1 503")
        rubric = {"id": "r", "criteria": [{"id": "water", "criterion": "Says water", "points": 1}]}
        body = json.dumps({"requests": [{"prompt": "p", "response": "water", "rubric": rubric}]}).encode()
        early.sendall(
            b"Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        )
        (vector,) = json.loads(all_of(early).partition(b"\r\n\r\n")[2])["vectors"]
        assert vector["values"] == [1.0]
        crowd.close()
        until = time.monotonic() + 20
        answer = b""
        while not answer.startswith(b"HTTP/1.1 200"):
            assert time.monotonic() < until
            with silent(port, whole) as again:
                answer = all_of(again)


def test_a_client_that_leaves_mid_stream_takes_nothing_from_the_other(
    services: Any, scripted_server: Any
) -> None:
    scripted_server.script(latency_s=0.1)
    service = services.endpoint(scripted_server.url, concurrency=2)
    body = service.batch(*(service.asked(f"fever {place}", id=str(place)) for place in range(10)))
    stays: list[dict[str, Any]] = []

    def stay() -> None:
        reply = service.send("POST", "/v1/judge/stream", body)
        stays.extend(json.loads(line) for line in reply.body.splitlines() if line)

    other = threading.Thread(target=stay)
    leaver = service.connect()
    leaver.request("POST", "/v1/judge/stream", body, {"Content-Type": "application/json"})
    other.start()
    assert "vector" in json.loads(leaver.getresponse().readline())
    leaver.close()
    other.join()
    vectors = [line["vector"] for line in stays[:-1]]
    assert stays[-1] == {"done": 10}
    assert sorted(vector["id"] for vector in vectors) == sorted(str(place) for place in range(10))
    assert all(vector["values"] == [1.0, 1.0, 1.0] for vector in vectors)
    counts = scripted_server.counts()
    assert (counts["requests"], counts["repeats"]) == (20, 0)
    usage = service.send("GET", "/v1/usage").json()
    assert usage["responses_in_flight"] == 0


@pytest.mark.slow
def test_ten_thousand_silent_connections_keep_nobody_out(services: Any) -> None:
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 20_000:
        pytest.skip(f"this machine allows {hard} open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    service = services.scripted(replies=[{"say": [True]}])
    with ExitStack() as crowd:
        for _ in range(9_990):
            crowd.enter_context(silent(service.port))
        (vector,) = service.judge(service.asked("x")).json()["vectors"]
        assert vector["values"] == [1.0, 0.0, 1.0]
    assert service.stop() == 0
