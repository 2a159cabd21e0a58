"""Serves a local page: a table of routes on 127.0.0.1, answered for this machine alone. Writes nothing.

A page elsewhere may have its own name point at this address (DNS rebinding), so the Host header must be a local one.
"""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from rvpo.harness.errors import HarnessError, PageError
from rvpo.results import ResultsError

_LOCAL: Final = frozenset({"127.0.0.1", "localhost"})


class Reply(NamedTuple):
    """What a route answers."""

    kind: str
    """Content type."""
    body: bytes
    status: HTTPStatus = HTTPStatus.OK


Route = Callable[[Mapping[str, str]], Reply]
"""From the request's query to its answer."""


def page_reply(page: str) -> Reply:
    """An HTML page."""
    return Reply("text/html; charset=utf-8", page.encode())


def json_reply(data: Any, status: HTTPStatus = HTTPStatus.OK) -> Reply:
    """Data for the page's script.

    Raises:
        ValueError: it holds a NaN or what JSON cannot.
    """
    return Reply("application/json", json.dumps(data, allow_nan=False).encode(), status)


def local_server(routes: Mapping[str, Route], port: int) -> ThreadingHTTPServer:
    """A server of these routes on this machine; the caller starts and ends it.

    Args:
        routes: By path. What a route refuses (an error of the harness or of the results) is told to the page as
            ``{"error": line}`` with status 400.
        port: 0 for any that is free.

    Raises:
        PageError: The port is taken.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name http.server calls
            host = self.headers.get("Host", "").rsplit(":", 1)[0]
            asked = urlsplit(self.path)
            route = routes.get(asked.path)
            if host not in _LOCAL:
                self.send_error(HTTPStatus.FORBIDDEN)
            elif route is None:
                self.send_error(HTTPStatus.NOT_FOUND)
            else:
                self._send(_answer(route, dict(parse_qsl(asked.query))))

        def _send(self, reply: Reply) -> None:
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.kind)
            self.send_header("Content-Length", str(len(reply.body)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing of requests."""
            del format, args

    try:
        return ThreadingHTTPServer(("127.0.0.1", port), Handler)
    except OSError as error:
        raise PageError(f"port {port}: {error.strerror}; give another with --port") from error


def _answer(route: Route, query: Mapping[str, str]) -> Reply:
    try:
        return route(query)
    except (HarnessError, ResultsError) as error:
        return json_reply({"error": " ".join(str(error).split())}, HTTPStatus.BAD_REQUEST)
