"""Bodies and bytes that no honest client sends: each is refused with a reason, none is a fault of the service."""

import json
import random
import socket
from typing import Any

import pytest

DEEP = "[" * 100_000 + "]" * 100_000
DEEP_OBJECT = '{"a":' * 100_000 + "1" + "}" * 100_000
BIG = "9" * 5000
RUBRIC = '{"id": "r", "criteria": [{"id": "a", "criterion": "Says hot.", "points": POINTS}]}'


def asking(rubric: str = RUBRIC.replace("POINTS", "1"), **more: str) -> bytes:
    """A batch of one request, its parts as JSON text."""
    parts = {"response": '"r"', "prompt": '"p"', "rubric": rubric} | more
    inside = ", ".join(f'"{key}": {text}' for key, text in parts.items())
    return f'{{"requests": [{{{inside}}}]}}'.encode()


WRONG: dict[str, tuple[bytes, int]] = {
    "nothing": (b"", 400),
    "null": (b"null", 422),
    "no JSON number": (b'{"requests": [NaN]}', 400),
    "nested": (DEEP.encode(), 422),
    "nested rubric": (asking(DEEP), 400),
    "nested rubric object": (asking(DEEP_OBJECT), 400),
    "nested unused rubric": (f'{{"rubrics": {{"x": {DEEP}}}, "requests": []}}'.encode(), 400),
    "nested fields": (asking(fields=f'{{"a": {DEEP}}}'), 400),
    "nested as deep as is read": (asking("[" * 900 + "]" * 900), 422),
    "a rubric that is a number": (asking("5"), 422),
    "a wrong rubric that nobody asks for": (b'{"rubrics": {"x": {"id": 5}}, "requests": []}', 422),
    "points out of range": (asking(RUBRIC.replace("POINTS", BIG)), 422),
    "points beyond all floats": (asking(RUBRIC.replace("POINTS", "1e999")), 422),
    "half a surrogate pair": (asking(response='"\\ud800"'), 400),
    "no UTF-8": (b'{"requests": [{"response": "\xff\xfe"}]}', 400),
    "UTF-16": (asking().decode().encode("utf-16"), 400),
    "a byte order mark": (b"\xef\xbb\xbf" + asking(), 400),
    "an unknown role": (asking(prompt='[{"role": "boss", "content": "x"}]'), 422),
    "a turn without anything": (asking(prompt="[{}]"), 422),
    "a file of the service": (asking('{"id": "r", "extends": "/etc/passwd", "criteria": []}'), 422),
    "code of the service": (
        asking(
            '{"id": "r", "criteria": [{"id": "a", "criterion": "x", "points": 1, "kind": "python", '
            '"rule": {"function": "os:system"}}]}'
        ),
        422,
    ),
}


@pytest.mark.parametrize("path", ["/v1/judge", "/v1/judge/stream", "/v1/rejudge"])
def test_a_wrong_body_is_refused_with_a_reason(scripted_service: Any, path: str) -> None:
    for name, (body, status) in WRONG.items():
        reply = scripted_service.send("POST", path, body)
        said = reply.json() if path != "/v1/judge/stream" else json.loads(reply.body.splitlines()[-1])
        said = said.get("problem", said)
        assert (said["status"], "\n" in said["detail"]) == (status, False), (name, said)
        assert len(said["detail"]) < 500, name


def test_odd_texts_are_texts(scripted_service: Any) -> None:
    odd = ["", "\0", "a\nb", "\u202e\ufeff", "x" * 100_000, "\U0001f9d1\u200d⚕️", "<<end of response>>"]
    for text in odd:
        reply = scripted_service.judge(scripted_service.asked(f"{text} hot", id=text, prompt=text))
        (vector,) = reply.json()["vectors"]
        assert (vector["id"], vector["values"][0]) == (text or "0", 1.0), text


def test_the_proxy_refuses_what_it_cannot_pass_on(services: Any, scripted_server: Any) -> None:
    service = services.endpoint(scripted_server.url)
    plain = b'{"model": "m", "messages": []}'
    wrong: list[tuple[bytes, dict[str, str]]] = [
        (f'{{"messages": {DEEP}}}'.encode(), {}),
        (f'{{"messages": [], "x": {BIG}}}'.encode(), {}),
        (plain, {"X_RVPO_Vote": BIG}),
        (plain, {"X_RVPO_Vote": "\u0663".encode().decode("latin-1")}),
        (plain, {"X_RVPO_Vote": "-1"}),
        (plain, {"Authorization": "Bearer \x01"}),
    ]
    for body, headers in wrong:
        reply = service.send("POST", "/openai/v1/chat/completions", body, **headers)
        assert reply.status == 400, (body[:40], headers)
        assert reply.json()["error"]["type"] == "invalid_request_error"
    assert scripted_server.counts()["requests"] == 0


def test_other_methods_and_paths_are_said_to_be_unknown(scripted_service: Any) -> None:
    for method, path, status in (
        ("POST", "/v1/usage", 405),
        ("GET", "/v1/judge", 405),
        ("DELETE", "/metrics", 405),
        ("GET", "/v1/%00", 404),
        ("GET", "/../../etc/passwd", 404),
        ("TRACE", "/v1/judge", 405),
    ):
        reply = scripted_service.send(method, path)
        assert (reply.status, reply.json()["status"]) == (status, status), (method, path)


def test_random_bytes_end_nothing_but_their_own_connection(scripted_service: Any) -> None:
    draw = random.Random(2605)
    head = b"POST /v1/judge HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    for place in range(120):
        noise = draw.randbytes(draw.randrange(1, 4000))
        sent = (
            noise,
            head + noise + b"\r\n\r\n",
            head + f"Content-Length: {len(noise)}\r\n\r\n".encode() + noise,
            head + b"Transfer-Encoding: chunked\r\n\r\n" + noise,
        )[place % 4]
        with socket.create_connection(("127.0.0.1", scripted_service.port), timeout=30) as raw:
            raw.sendall(sent)
            raw.shutdown(socket.SHUT_WR)
            answer = _answer(raw)
        assert not answer or answer.startswith(b"HTTP/1.1 4"), answer[:200]
    assert scripted_service.judge(scripted_service.asked("hot")).status == 200
    assert scripted_service.send("GET", "/v1/usage").json()["responses_in_flight"] == 0


def _answer(raw: socket.socket) -> bytes:
    """All that comes before the end; a connection that is reset has ended too."""
    came = b""
    try:
        while more := raw.recv(65536):
            came += more
    except ConnectionResetError:
        pass
    return came
