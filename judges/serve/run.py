"""Starting and stopping: a socket, uvicorn, signals.

The first SIGTERM or Ctrl-C closes the door: nothing new comes in, what is at work is finished and answered, then the
store is closed. A second Ctrl-C stops the work too; replies that came in are kept either way.
"""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import uvicorn

from rvpo.judges.config import JudgeConfig
from rvpo.judges.errors import JudgeConfigError
from rvpo.judges.serve.app import open_app
from rvpo.judges.serve.desk import ServeSettings
from rvpo.judges.serve.doors import LOOPBACK
from rvpo.judges.serve.patience import PatientProtocol, open_as_many_as_allowed

BACKLOG: Final = 4096
SHORTEST_TOKEN: Final = 16


def read_token(path: Path) -> str:
    """Read the token that callers must send: the file's only line.

    Raises:
        JudgeConfigError: It cannot be read, or is no token that a header can carry.
    """
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as wrong:
        raise JudgeConfigError(f"{path}: the token cannot be read: {wrong}") from wrong
    if len(token) < SHORTEST_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        raise JudgeConfigError(
            f"{path}: a token is one line of at least {SHORTEST_TOKEN} ASCII characters without blanks"
        )
    return token


def serve(config: JudgeConfig, settings: ServeSettings, on_ready: Callable[[str], None]) -> None:
    """Serve until a signal comes, then finish what is at work.

    Args:
        config: The judge.
        settings: Address and limits; port 0 takes a free one.
        on_ready: Called with the address once requests are answered.

    Raises:
        JudgeConfigError: The judge cannot be used, or the address is not this machine's own and there is no token.
        StoreError: The store cannot be opened.
        OSError: The address is taken.
    """
    if config.judge == "service":
        raise JudgeConfigError("a service of a service is not served: name the judge itself")
    if settings.token is None and settings.host not in LOOPBACK:
        raise JudgeConfigError(
            f"{settings.host} can be reached from other machines: give --token-file, or --host 127.0.0.1"
        )
    with _listening(settings) as listener:
        asyncio.run(_serve(config, settings, listener, on_ready))


@contextmanager
def _listening(settings: ServeSettings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listener = socket.create_server((settings.host, settings.port), family=family, backlog=BACKLOG)
    except OSError as wrong:
        raise OSError(f"{settings.host}:{settings.port} cannot be listened on: {wrong}") from wrong
    with listener:
        yield listener


class _Server(uvicorn.Server):
    """Leaves signals to us: uvicorn raises them again at its end, before the judge is closed."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _serve(
    config: JudgeConfig, settings: ServeSettings, listener: socket.socket, on_ready: Callable[[str], None]
) -> None:
    files = open_as_many_as_allowed()
    async with open_app(config, settings) as app:
        server = _Server(
            uvicorn.Config(
                app,
                http=type("Protocol", (PatientProtocol,), {"most": files // 2}),
                lifespan="off",
                log_level="error",
                access_log=False,
                server_header=False,
                # So many are taken in at one go, before one that is too many can be closed.
                backlog=min(BACKLOG, files // 4),
            )
        )
        loop = asyncio.get_running_loop()
        for stop in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(stop, server.handle_exit, stop, None)
        host, port = listener.getsockname()[:2]
        on_ready(f"http://{f'[{host}]' if ':' in host else host}:{port}")
        await server.serve(sockets=[listener])
