import asyncio
import ssl
import subprocess
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from rvpo.judges.http_pool import HttpAnswer, HttpError, HttpPool

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class Script:
    """A server that answers each request with the next pieces of bytes, and keeps what it was sent."""

    def __init__(self, answers: Sequence[Sequence[bytes | None]]) -> None:
        self.answers = list(answers)
        self.requests: list[bytes] = []
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while self.answers:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0])
                self.requests.append(head + await reader.readexactly(length))
                for piece in self.answers.pop(0):
                    if piece is None:
                        return
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0)
            await reader.read()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def with_server(script: Script, work: Callable[[HttpPool], Awaitable[Any]], keepalive_s: float = 4.0) -> Any:
    async def whole() -> Any:
        server = await asyncio.start_server(script.serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        pool = HttpPool(f"http://127.0.0.1:{port}/v1/x", {"X-Key": "k"}, keepalive_s=keepalive_s)
        try:
            return await work(pool)
        finally:
            pool.close()
            server.close()
            await asyncio.sleep(0.01)

    return asyncio.run(whole())


def ask(answer: Sequence[bytes | None], timeout_s: float = 5.0) -> HttpAnswer:
    answered: HttpAnswer = with_server(Script([answer]), lambda pool: pool.post(b"{}", timeout_s))
    return answered


BODIES = {
    "length": OK,
    "no space, other case": b"HTTP/1.1 200 OK\r\ncontent-LENGTH:5\r\nX: y\r\n\r\nhello",
    "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n",
    "trailer": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nT: 1\r\n\r\n",
    "interim": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nL: x\r\n\r\n" + OK,
}


@pytest.mark.parametrize("whole", BODIES.values(), ids=BODIES.keys())
def test_every_framing_gives_the_body_wherever_the_bytes_are_split(whole: bytes) -> None:
    async def all_splits(pool: HttpPool) -> None:
        for _ in range(1, len(whole)):
            answer = await pool.post(b"{}", 5.0)
            assert (answer.status, answer.body) == (200, b"hello")

    script = Script([(whole[:at], whole[at:]) for at in range(1, len(whole))])
    with_server(script, all_splits)
    assert script.connections == 1


def test_a_body_without_a_length_ends_with_the_connection() -> None:
    assert ask([b"HTTP/1.1 200 OK\r\n\r\nhel", b"lo", None]).body == b"hello"


def test_statuses_and_headers_are_told() -> None:
    answer = ask([b"HTTP/1.1 429 Slow\r\nretry-after: 2\r\nContent-Length: 0\r\n\r\n"])
    assert (answer.status, answer.headers()["Retry-After"], answer.body) == (429, "2", b"")
    assert ask([b"HTTP/1.1 204 No\r\n\r\n"]).body == b""


def test_what_is_sent() -> None:
    script = Script([[OK]])
    with_server(script, lambda pool: pool.post(b'{"a": 1}', 5.0))
    (sent,) = script.requests
    start, _, rest = sent.partition(b"\r\n")
    assert start == b"POST /v1/x HTTP/1.1"
    assert rest.startswith(b"Host: 127.0.0.1:")
    assert rest.endswith(b'\r\nX-Key: k\r\nContent-Length: 8\r\n\r\n{"a": 1}')
    with pytest.raises(ValueError, match="'K' holds characters"):
        HttpPool("http://h/", {"K": "a\r\nX: b"}, keepalive_s=1.0)


@pytest.mark.parametrize(
    ("pieces", "unanswered"),
    [([None], True), ([b"HTTP/1.1 2", None], False), ([OK[:-2], None], False), ([b"SSH-2.0-x\r\n\r\n"], False),
     ([b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"], False),
     ([b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello"], False),
     ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n"], False),
     ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n"], False),
     ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"], False)],
)  # fmt: skip
def test_a_broken_answer_is_an_error(pieces: Sequence[bytes | None], unanswered: bool) -> None:
    with pytest.raises(HttpError) as caught:
        ask(pieces)
    assert caught.value.unanswered == unanswered


def test_silence_is_a_timeout_and_its_connection_is_not_used_again() -> None:
    async def twice(pool: HttpPool) -> HttpAnswer:
        with pytest.raises(TimeoutError):
            await pool.post(b"{}", 0.05)
        return await pool.post(b"{}", 5.0)

    script = Script([[OK[:9]], [OK]])
    assert with_server(script, twice).body == b"hello"
    assert script.connections == 2


def test_nobody_there_is_said() -> None:
    async def closed_port() -> None:
        server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await HttpPool(f"http://127.0.0.1:{port}/", {}, keepalive_s=1.0).post(b"", 5.0)

    with pytest.raises(HttpError, match="cannot connect to 127"):
        asyncio.run(closed_port())


@pytest.mark.parametrize(
    ("first", "keepalive_s"),
    [
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello", 4.0),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", 4.0),
        (OK + b"HTTP/1.1 200 OK", 4.0),
        (OK, 0.0),
    ],
    ids=["close", "HTTP/1.0", "more than was asked", "idle too long"],
)
def test_a_connection_that_cannot_be_trusted_is_not_used_again(first: bytes, keepalive_s: float) -> None:
    async def twice(pool: HttpPool) -> list[bytes]:
        return [(await pool.post(b"{}", 5.0)).body for _ in range(2)]

    script = Script([[first], [OK]])
    assert with_server(script, twice, keepalive_s) == [b"hello", b"hello"]
    assert script.connections == 2


def test_many_at_once_have_a_connection_each_and_closing_ends_them() -> None:
    async def cut_short(pool: HttpPool) -> list[Any]:
        asked = [asyncio.create_task(pool.post(b"{}", 5.0)) for _ in range(150)]
        while len(script.requests) < 150:  # noqa: ASYNC110 - the server runs on this loop
            await asyncio.sleep(0.01)
        pool.close()
        return list(await asyncio.gather(*asked, return_exceptions=True))

    script = Script([[b"HTTP/1.1 200 OK\r\n"]] * 150)
    assert {type(each) for each in with_server(script, cut_short)} == {HttpError}
    assert script.connections == 150


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A certificate for ``localhost`` that nobody but itself vouches for, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = str(folder / "cert.pem"), str(folder / "key.pem")
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert]
    try:
        subprocess.run([*command, *names], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("no openssl to make a certificate with")
    return cert, key


def over_tls(certificate: tuple[str, str], host: str) -> HttpAnswer:
    async def once() -> HttpAnswer:
        settings = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        settings.load_cert_chain(*certificate)
        server = await asyncio.start_server(Script([[OK]]).serve, "127.0.0.1", 0, ssl=settings)
        port = server.sockets[0].getsockname()[1]
        pool = HttpPool(f"https://{host}:{port}/v1/x", {}, keepalive_s=4.0)
        try:
            return await pool.post(b"{}", 5.0)
        finally:
            pool.close()
            server.close()
            await asyncio.sleep(0.01)

    return asyncio.run(once())


def test_tls_with_a_certificate_that_is_trusted(
    certificate: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", certificate[0])
    assert over_tls(certificate, "localhost").body == b"hello"


def test_tls_refuses_a_stranger_and_another_name(
    certificate: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(HttpError, match=r"(?i)certificate"):
        over_tls(certificate, "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", certificate[0])
    with pytest.raises(HttpError, match=r"(?i)certificate"):
        over_tls(certificate, "127.0.0.1")
