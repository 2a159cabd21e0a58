"""The files of the status page, as they lie in ``page/``, and the OpenAPI description. The browser is told to ask nobody else for anything."""

from functools import partial
from importlib.resources import files
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rvpo.judges.serve.openapi import describe

FILES: Final = {
    "/": ("status.html", "text/html"),
    "/status.css": ("status.css", "text/css"),
    "/status.js": ("status.js", "text/javascript"),
}
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "connect-src 'self'; img-src data:; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def page_routes(*, guarded: bool) -> list[Route]:
    """The page and what it loads; ``guarded`` as for ``describe``."""
    described = msgspec.json.encode(describe(guarded=guarded))
    folder = files("rvpo.judges.serve") / "page"
    return [
        Route(path, partial(_file, folder.joinpath(name).read_bytes(), kind), methods=["GET"])
        for path, (name, kind) in FILES.items()
    ] + [Route("/openapi.json", partial(_file, described, "application/json"), methods=["GET"])]


async def _file(content: bytes, kind: str, _request: Request) -> Response:
    return Response(content, media_type=kind, headers=HEADERS)
