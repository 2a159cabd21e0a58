"""Who is let in, and how much at once."""

import socket
import time
from pathlib import Path
from typing import Any

import pytest

TOKEN = "0123456789abcdef"
REPLIES = [{"say": [True]}]


@pytest.fixture
def guarded(services: Any, tmp_path: Path) -> Any:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    return services.scripted("--token-file", str(tmp_path / "token"), replies=REPLIES)


def test_the_token_is_asked_for(guarded: Any) -> None:
    ask = guarded.asked("x")
    for headers in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": TOKEN},
        {"Authorization": "Bearer"},
    ):
        refused = guarded.judge(ask, **headers)
        assert (refused.status, refused.headers["www-authenticate"]) == (401, "Bearer")
        assert TOKEN.encode() not in refused.body
    assert guarded.judge(ask, Authorization=f"Bearer {TOKEN}").status == 200
    assert guarded.judge(ask, X_RVPO_Token=TOKEN).status == 200
    assert guarded.send("GET", "/v1/usage").status == 401
    assert guarded.send("GET", "/healthz").status == 200


def test_a_page_in_a_browser_cannot_send_here(scripted_service: Any) -> None:
    body = b'{"requests": []}'
    assert scripted_service.send("POST", "/v1/judge", body, Host="evil.example").status == 403
    assert scripted_service.send("POST", "/v1/judge", body, Content_Type="text/plain").status == 415
    assert scripted_service.send("POST", "/v1/judge", body, Host="localhost:1").status == 200


def test_too_large_a_body_is_refused(scripted_service: Any) -> None:
    reply = scripted_service.judge(scripted_service.asked("x" * (1 << 20)))
    assert (reply.status, reply.json()["status"]) == (413, 413)
    assert "larger than 1 MiB" in reply.json()["detail"]
    connection = scripted_service.connect()
    chunks = (b'{"requests": [' if place == 0 else b" " * 65536 for place in range(40))
    connection.request("POST", "/v1/judge", chunks, {"Content-Type": "application/json"}, encode_chunked=True)
    assert connection.getresponse().status == 413
    connection.close()


def test_no_more_responses_than_there_are_places(services: Any, scripted_server: Any) -> None:
    scripted_server.script(latency_s=0.6)
    service = services.endpoint(scripted_server.url, "--max-responses", "2")
    ask = service.asked
    assert service.judge(*(ask("x", id=str(place)) for place in range(3))).status == 413
    first = service.connect()
    body = service.batch(ask("one"), ask("two"))
    first.request("POST", "/v1/judge", body, {"Content-Type": "application/json"})
    deadline = time.monotonic() + 30
    while service.send("GET", "/v1/usage").json()["responses_in_flight"] < 2:
        assert time.monotonic() < deadline
    refused = service.judge(ask("three"))
    assert (refused.status, refused.headers["retry-after"]) == (429, "1")
    assert first.getresponse().status == 200
    first.close()
    assert service.judge(ask("three")).status == 200


def test_a_client_that_leaves_stops_its_calls_and_frees_its_places(
    services: Any, scripted_server: Any
) -> None:
    scripted_server.script(latency_s=30)
    service = services.endpoint(scripted_server.url)
    for path in ("/v1/judge", "/v1/judge/stream"):
        body = service.batch(service.asked("x"))
        with socket.create_connection(("127.0.0.1", service.port)) as raw:
            head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            raw.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            wait_for(service, 1)
        wait_for(service, 0)


def wait_for(service: Any, in_flight: int) -> None:
    deadline = time.monotonic() + 20
    while service.send("GET", "/v1/usage").json()["responses_in_flight"] != in_flight:
        assert time.monotonic() < deadline
        time.sleep(0.02)
