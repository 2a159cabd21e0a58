"""``scripted_server.py`` that takes batches too: ``/v1/files``, ``/v1/batches`` and their contents.

    python tests/batch_server.py --port 0          prints the port, then serves until killed

``POST /batches/control`` sets how batches go (see ``Course``); ``GET`` tells what was seen. A batch is worked off by the
same verdicts as a chat; its output lines come in reverse order, since no order is promised.
"""

import argparse
import asyncio
import json
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from aiohttp import web

chat: Any = import_module("scripted_server")  # beside this file, where Python looks first


@dataclass
class Course:
    """How batches go."""

    looks: int = 0
    """Looks at a batch that find it in progress."""
    refused: int = 0
    """Requests of a batch, from its first, that are answered with HTTP 400."""
    answered: int | None = None
    """Requests that are answered before the batch expires; None: all."""
    failed: str = ""
    """The batch fails as a whole with this complaint."""
    lost_replies: int = 0
    """Batches that are made though the connection breaks before the reply."""
    garbage: str = ""
    """A line more in the output."""
    reply: str | None = None
    """The text of every answer, instead of a verdict."""


@dataclass
class Desk:
    """What there is."""

    files: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    looks: int = 0
    purposes: list[str] = field(default_factory=list)


course = Course()
desk = Desk()


async def upload(request: web.Request) -> web.Response:
    form = await request.post()
    file = form["file"]
    assert isinstance(file, web.FileField)
    desk.purposes.append(str(form["purpose"]))
    return web.json_response({"id": add_file(file.file.read()), "object": "file", "filename": file.filename})


async def content(request: web.Request) -> web.Response:
    return web.Response(body=desk.files[request.match_info["name"]])


async def create(request: web.Request) -> web.StreamResponse:
    body = await request.json()
    assert body["endpoint"] == "/v1/chat/completions"
    assert body["completion_window"] == "24h"
    name = f"batch_{len(desk.batches)}"
    total = len(desk.files[body["input_file_id"]].splitlines())
    counts = {"total": total, "completed": 0, "failed": 0}
    batch = {
        "id": name,
        "object": "batch",
        "status": "validating",
        "request_counts": counts,
        "looks": 0,
        **body,
    }
    desk.batches[name] = batch
    if course.lost_replies:
        course.lost_replies -= 1
        hung_up: web.StreamResponse = await chat.hang_up(request, b"")
        return hung_up
    return web.json_response(batch)


async def every(_request: web.Request) -> web.Response:
    return web.json_response({"object": "list", "data": list(desk.batches.values())[::-1], "has_more": False})


async def look(request: web.Request) -> web.Response:
    desk.looks += 1
    batch = desk.batches.get(request.match_info["name"])
    if batch is None:
        return web.json_response({"error": {"message": "no such batch"}}, status=404)
    batch["looks"] += 1
    if batch["looks"] <= course.looks:
        batch["status"] = "in_progress"
    elif "output_file_id" not in batch and batch["status"] != "failed":
        work_off(batch)
    return web.json_response(batch)


def work_off(batch: dict[str, Any]) -> None:
    if course.failed:
        batch |= {
            "status": "failed",
            "errors": {"object": "list", "data": [{"message": course.failed, "line": 1}]},
        }
        return
    lines = [json.loads(line) for line in desk.files[batch["input_file_id"]].splitlines()]
    bad, good = lines[: course.refused], lines[course.refused : course.answered]
    late = [] if course.answered is None else lines[course.answered :]
    errors = [answer(line, 400, {"error": {"message": "no"}}) for line in bad]
    late_error = {"code": "batch_expired", "message": "This request could not be executed in time."}
    errors += [{**answer(line, 0, {}), "response": None, "error": late_error} for line in late]
    output = [answer(line, 200, completed(line["body"])) for line in good]
    text = "".join(json.dumps(line) + "\n" for line in output[::-1]) + course.garbage
    batch["status"] = "expired" if late else "completed"
    batch["output_file_id"] = add_file(text.encode())
    if errors:
        batch["error_file_id"] = add_file("".join(json.dumps(line) + "\n" for line in errors).encode())


def completed(body: dict[str, Any]) -> dict[str, Any]:
    done: dict[str, Any] = chat.completion(body, "ok")
    if course.reply is not None:
        done["choices"][0]["message"]["content"] = course.reply
    return done


def answer(line: dict[str, Any], code: int, body: dict[str, Any]) -> dict[str, Any]:
    response = {"status_code": code, "request_id": "r", "body": body}
    return {"id": "batch_req", "custom_id": line["custom_id"], "response": response, "error": None}


def add_file(data: bytes) -> str:
    name = f"file-{len(desk.files)}"
    desk.files[name] = data
    return name


async def control(request: web.Request) -> web.Response:
    global course
    if request.method == "POST":
        course = Course(**await request.json())
        return web.Response()
    inputs = [batch["input_file_id"] for batch in desk.batches.values()]
    lines = [json.loads(line) for name in inputs for line in desk.files[name].splitlines()]
    seen = {"batches": len(desk.batches), "looks": desk.looks, "purposes": desk.purposes, "lines": lines}
    return web.json_response(seen)


async def serve(port: int) -> None:
    app = web.Application(client_max_size=1 << 28)
    app.router.add_post("/v1/chat/completions", chat.complete)
    app.router.add_route("*", "/control", chat.control)
    app.router.add_route("*", "/batches/control", control)
    app.router.add_post("/v1/files", upload)
    app.router.add_get("/v1/files/{name}/content", content)
    app.router.add_post("/v1/batches", create)
    app.router.add_get("/v1/batches", every)
    app.router.add_get("/v1/batches/{name}", look)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    print(runner.addresses[0][1], flush=True)  # noqa: T201 - whoever started us reads the port
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A scripted OpenAI-compatible server with batches.")
    parser.add_argument("--port", type=int, default=0)
    asyncio.run(serve(parser.parse_args().port))
