"""The web application: routes behind doors. Composition only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware

from rvpo.judges.config import JudgeConfig
from rvpo.judges.serve.answering import HANDLERS
from rvpo.judges.serve.desk import Desk, ServeSettings
from rvpo.judges.serve.doors import Doors
from rvpo.judges.serve.metrics import Metrics
from rvpo.judges.serve.pages import page_routes
from rvpo.judges.serve.proxy import Proxy
from rvpo.judges.serve.routes import Routes


@asynccontextmanager
async def open_app(config: JudgeConfig, settings: ServeSettings) -> AsyncIterator[Starlette]:
    """Open the judge and put the service together over it; see ``JudgeService.open``."""
    async with Desk.open(config, settings) as desk:
        proxy = Proxy(desk)
        try:
            yield _app(desk, proxy)
        finally:
            await proxy.close()


def _app(desk: Desk, proxy: Proxy) -> Starlette:
    return Starlette(
        routes=[
            *page_routes(guarded=desk.settings.token is not None),
            *Routes(desk).table(),
            *proxy.table(),
            *Metrics(desk.usage).table(),
        ],
        middleware=[Middleware(Doors, token=desk.settings.token)],
        exception_handlers=HANDLERS,
    )
