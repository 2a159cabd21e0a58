"""A headless Chromium driven over its own protocol: keys and clicks as a user makes them, requests counted."""

import asyncio
import base64
import itertools
import json
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
]


class Tab:
    """One page of the browser."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket, self._ids = socket, itertools.count(1)
        self.requests: list[str] = []
        """Every address that the page asked for."""

    async def command(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command of the protocol and wait for its reply; events in between are noted."""
        number = next(self._ids)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while True:
            message = json.loads(await self._socket.receive_str(timeout=60))
            if message.get("method") == "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"])
            if message.get("id") == number:
                if "error" in message:
                    raise AssertionError(f"{method}: {message['error']}")
                result: dict[str, Any] = message["result"]
                return result

    async def value(self, script: str) -> Any:
        """What a script comes to."""
        found = await self.command(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in found:
            raise AssertionError(f"{script}: {found['exceptionDetails']}")
        return found["result"].get("value")

    async def until(self, script: str) -> None:
        """Wait until a script comes to true; the test's own timeout ends a wait for nothing."""
        while not await self.value(f"Boolean({script})"):  # noqa: ASYNC110 - the page sends no event for it
            await asyncio.sleep(0.05)

    async def go(self, url: str) -> None:
        await self.command("Page.navigate", url=url)
        await self.until("document.readyState === 'complete'")

    async def press(self, key: str) -> None:
        text = {"text": key} if len(key) == 1 else {}
        await self.command("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
        await self.command("Input.dispatchKeyEvent", type="keyUp", key=key)

    async def look(self, width: int, height: int, *, scheme: str = "light", media: str = "screen") -> None:
        """Size, colour scheme and medium."""
        await self.command(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        await self.command("Emulation.setEmulatedMedia", media=media, features=features)

    async def screenshot(self, path: Path, *, whole: bool = False) -> None:
        shot = await self.command("Page.captureScreenshot", captureBeyondViewport=whole)
        await asyncio.to_thread(path.write_bytes, base64.b64decode(shot["data"]))


@asynccontextmanager
async def chromium(profile: Path) -> AsyncIterator[Tab]:
    """A browser with one empty tab."""
    assert CHROMIUM is not None
    command = [CHROMIUM, *_FLAGS, f"--user-data-dir={profile}", "about:blank"]
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    try:
        said = await _address(process)
        async with ClientSession() as session:
            pages = await (await session.get(f"http://{said}/json/list")).json()
            address = next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page")
            async with session.ws_connect(address, max_msg_size=0) as socket:
                tab = Tab(socket)
                for domain in ("Page", "Network", "Runtime"):
                    await tab.command(f"{domain}.enable")
                yield tab
    finally:
        process.terminate()
        await process.communicate()


async def _address(process: asyncio.subprocess.Process) -> str:
    """Where the browser listens, as it says on its standard error."""
    assert process.stderr is not None
    async for line in process.stderr:
        found = re.search(r"DevTools listening on ws://([^/]+)/", line.decode())
        if found:
            return found[1]
    raise AssertionError("the browser ended before it listened")
