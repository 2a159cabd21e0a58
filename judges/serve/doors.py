"""Who may come in: the bearer token, the host that was asked for. Looks at headers only.

Without a token the service listens on this machine alone. A web page open in a browser here could still send to it:
such a request names a foreign host, or comes without the JSON content type (``limits.read_body``) that needs the
browser's leave (CORS), which is never given.
"""

import hmac
from collections.abc import Mapping
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from rvpo.judges.serve.answering import refusal
from rvpo.judges.serve.problems import Refused

OPEN: Final = frozenset({"/", "/healthz", "/openapi.json", "/status.css", "/status.js"})
"""Paths that tell nothing of what is judged."""

TOKEN_HEADER: Final = "x-rvpo-token"  # noqa: S105 - a name
"""Takes the token where ``Authorization`` carries the key of somebody else: on the proxy."""

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class Doors:
    """Middleware that lets in or refuses.

    Args:
        app: What is behind.
        token: Asked of everybody; ``None``: nobody is asked, and the host must be this machine.
    """

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http":
            try:
                self._check(scope["path"], Headers(scope=scope))
            except Refused as refused:
                await refusal(refused)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _check(self, path: str, headers: Mapping[str, str]) -> None:
        if self._token is None:
            if host_name(headers.get("host", "")) not in LOOPBACK:
                raise Refused(403, "without a token this service answers to localhost alone")
        elif path not in OPEN and not self._has_token(path, headers):
            where = TOKEN_HEADER if path.startswith("/openai/") else "Authorization: Bearer"
            raise Refused(401, f"this needs the token, in {where}", headers={"WWW-Authenticate": "Bearer"})

    def _has_token(self, path: str, headers: Mapping[str, str]) -> bool:
        said = headers.get(TOKEN_HEADER, "")
        if not said and not path.startswith("/openai/"):
            scheme, _, said = headers.get("authorization", "").partition(" ")
            said = said.strip() if scheme.lower() == "bearer" else ""
        return hmac.compare_digest(said.encode(), (self._token or "").encode())


def host_name(host: str) -> str:
    """The host without its port.

    >>> host_name("[::1]:8900"), host_name("localhost:8900")
    ('::1', 'localhost')
    """
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()
