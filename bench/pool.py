"""Our connection pool beside aiohttp's session: CPU a call and calls a second, against a mock server without latency.

    OMP_NUM_THREADS=1 python -m bench.pool

Chat-sized bodies of 4 KB, all answers read whole. Medians of five rounds, the two clients in turns.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable

import aiohttp
from bench.judging.server import mock_server

from rvpo.judges.http_pool import HttpPool

CALLS, ROUNDS = 4_000, 5
BODY = b'{"model": "m", "messages": [{"role": "user", "content": "' + b"x" * 4_000 + b'"}]}'
HEADERS = {"Content-Type": "application/json"}

Post = Callable[[], Awaitable[object]]


async def timed(post: Post, in_flight: int) -> tuple[float, float]:
    """CPU milliseconds a call, and calls a second."""
    left = iter(range(CALLS))

    async def work() -> None:
        for _ in left:
            await post()

    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.gather(*(work() for _ in range(in_flight)))
    return (time.process_time() - cpu) / CALLS * 1000, CALLS / (time.perf_counter() - wall)


async def measure(url: str, in_flight: int) -> None:
    """Print a line for each client."""
    pool = HttpPool(url, HEADERS, keepalive_s=4.0)
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=4.0)
    async with aiohttp.ClientSession(connector=connector, headers=HEADERS) as session:

        async def by_pool() -> object:
            return await pool.post(BODY, 60.0)

        async def by_aiohttp() -> object:
            async with session.post(url, data=BODY) as response:
                return await response.read()

        clients: dict[str, Post] = {"ours": by_pool, "aiohttp": by_aiohttp}
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in clients}
        for _ in range(ROUNDS):
            for name, post in clients.items():
                found[name].append(await timed(post, in_flight))
    pool.close()
    for name, rounds in found.items():
        cpu, rate = (statistics.median(column) for column in zip(*rounds, strict=True))
        print(f"{in_flight:5} in flight  {name:8} {cpu:.3f} ms CPU a call  {rate:9,.0f} calls/s")


def main() -> None:
    """Print all lines."""
    with mock_server(0) as server:
        for in_flight in (64, 512):
            asyncio.run(measure(f"{server.url}/chat/completions", in_flight))


if __name__ == "__main__":
    main()
