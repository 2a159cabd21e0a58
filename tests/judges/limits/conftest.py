"""An event loop whose clock jumps: a minute of waiting takes no time, and every run is the same to the microsecond."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest


class VirtualLoop(asyncio.SelectorEventLoop):
    """Its time moves by a nanosecond a turn (the resolution of asyncio's clock) and from timer to timer."""

    def __init__(self) -> None:
        self._at = 1000.0
        super().__init__()

    def time(self) -> float:
        return self._at

    def _run_once(self) -> None:
        inner: Any = self  # asyncio's own queues are in no stub
        self._at += 1e-9
        if not inner._ready and inner._scheduled:
            self._at = max(self._at, inner._scheduled[0]._when)
        super()._run_once()  # type: ignore[misc]


@pytest.fixture
def virtually() -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Runs a coroutine on such a loop; returns its result."""

    def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            return runner.run(coroutine)

    return run
