"""The service under fire: real processes, real signals."""

import json
import signal
import socket
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

BATCH = 12


def stream(service: Any, names: list[str], came: list[str]) -> None:
    """Ask for vectors until the connection breaks; note those that came whole."""
    body = service.batch(*(service.asked(f"fever {name}", id=name) for name in names))
    connection = service.connect()
    try:
        connection.request("POST", "/v1/judge/stream", body, {"Content-Type": "application/json"})
        for line in connection.getresponse():
            said = json.loads(line) if line.strip() else {}
            if "vector" in said:
                assert said["vector"]["values"] == [1.0, 1.0, 1.0]
                came.append(said["vector"]["id"])
    except (OSError, ValueError):
        pass
    finally:
        connection.close()


def test_kill_9_under_load_loses_nothing_acknowledged(services: Any, scripted_server: Any) -> None:
    scripted_server.script(latency_s=0.02)
    service = services.endpoint(scripted_server.url, concurrency=8)
    names = [[f"{client}-{place}" for place in range(BATCH)] for client in range(4)]
    came: list[str] = []
    clients = [threading.Thread(target=stream, args=(service, each, came)) for each in names]
    for client in clients:
        client.start()
    while len(came) < 10:
        time.sleep(0.002)
    assert service.stop(signal.SIGKILL) == -signal.SIGKILL
    for client in clients:
        client.join()
    acknowledged = list(came)
    assert 10 <= len(acknowledged) < 4 * BATCH
    again = services.endpoint(scripted_server.url, concurrency=8)
    # Only the store is asked: every acknowledged vector is whole in it.
    known = again.judge(*(again.asked(f"fever {name}") for name in acknowledged), path="/v1/rejudge").json()
    assert [vector["values"] for vector in known["vectors"]] == [[1.0, 1.0, 1.0]] * len(acknowledged)
    with closing(sqlite3.connect(services.folder / "store.sqlite")) as store:
        ((stored,),) = store.execute("SELECT count(*) FROM replies")
    in_vain = scripted_server.counts()["requests"] - stored
    everything = [name for each in names for name in each]
    rest = again.judge(*(again.asked(f"fever {name}") for name in everything)).json()["vectors"]
    assert [vector["values"] for vector in rest] == [[1.0, 1.0, 1.0]] * (4 * BATCH)
    # Paid for twice is what was sent and not yet on disk: 8 in flight, and what had come since the last commit.
    counts = scripted_server.counts()
    assert (counts["distinct"], counts["repeats"] <= in_vain) == (2 * 4 * BATCH, True)


def test_sigterm_finishes_what_is_at_work(services: Any, scripted_server: Any) -> None:
    scripted_server.script(latency_s=1.0)
    service = services.endpoint(scripted_server.url)
    with ThreadPoolExecutor(2) as pool:
        paths = ("/v1/judge", "/v1/judge/stream")
        waiting = [pool.submit(service.judge, service.asked(f"fever {path}"), path=path) for path in paths]
        while scripted_server.counts()["requests"] < 4:
            time.sleep(0.02)
        service.process.send_signal(signal.SIGTERM)
        plain, streamed = (each.result() for each in waiting)
    assert plain.json()["vectors"][0]["values"] == [1.0, 1.0, 1.0]
    assert json.loads(streamed.body.splitlines()[-1]) == {"done": 1}
    assert service.stop() == 0
    assert scripted_server.counts()["requests"] == 4


def test_eight_clients_with_one_batch_make_each_call_once(services: Any, scripted_server: Any) -> None:
    scripted_server.script(latency_s=0.3)
    service = services.endpoint(scripted_server.url)
    batch = [service.asked(f"fever {place}", id=str(place)) for place in range(10)]
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: service.judge(*batch), range(8)))
    assert {reply.status for reply in replies} == {200}
    assert all(vector["values"] == [1.0, 1.0, 1.0] for reply in replies for vector in reply.json()["vectors"])
    counts = scripted_server.counts()
    assert (counts["requests"], counts["repeats"]) == (20, 0)
    usage = service.send("GET", "/v1/usage").json()
    assert usage["stats"]["calls"] == 20
    assert usage["stats"]["hits"] + usage["stats"]["shared"] == 140


@pytest.mark.timeout(120)
def test_slow_clients_and_garbage_hold_up_nobody(scripted_service: Any) -> None:
    slow = [socket.create_connection(("127.0.0.1", scripted_service.port)) for _ in range(30)]
    try:
        for place, each in enumerate(slow):
            head = b"POST /v1/judge HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            each.sendall(
                (head + b"Content-Length: 100\r\n\r\n{", head, b"\x16\x03\x01garbage\r\n\r\n")[place % 3]
            )
        assert scripted_service.judge(scripted_service.asked("hot")).status == 200
    finally:
        for each in slow:
            each.close()
    assert scripted_service.send("GET", "/v1/usage").json()["responses_in_flight"] == 0


def test_a_client_that_does_not_read_loses_nothing(scripted_service: Any) -> None:
    body = scripted_service.batch(
        *(scripted_service.asked("hot " + "word " * 1000, id=str(n)) for n in range(8))
    )
    with socket.create_connection(("127.0.0.1", scripted_service.port)) as raw:
        head = "POST /v1/judge/stream HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json"
        raw.sendall(f"{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        assert scripted_service.judge(scripted_service.asked("hot")).status in {200, 429}
        time.sleep(0.3)
        answer = b"".join(iter(lambda: raw.recv(4096), b""))
    assert b'{"done":8}' in answer
