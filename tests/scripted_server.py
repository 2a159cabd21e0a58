"""An OpenAI-compatible server, real HTTP in its own process, whose replies and faults are scripted.

    python tests/scripted_server.py --port 0          prints the port, then serves until killed

``POST /v1/chat/completions`` answers. A judge's question (one with a ``<<criterion>>`` block) gets a verdict that
can be checked: met exactly if the response holds the last word of the criterion; on other scales the last of the
allowed answers is given for that, else the first; asked for evidence, it quotes that word. ``verdict`` in the script
is a raw reply for all of them. Anything else is plain chat and gets ``chat`` if that is set, else ``You said: ...``.

``POST /control`` sets the script (a JSON object; see ``Script``) and clears the counts; ``GET /control`` reads the
counts. ``faults`` is a list of ``[kind, count]`` worked off in order, one a request: ``429``, ``500``, ``503``,
``400``, ``401``, ``context``, ``filter``, ``refusal``, ``length``, ``empty``, ``nonsense``, ``cut``, ``not_json``,
``reset`` (before the first byte), ``reset_late`` (in the middle of the body), ``hang``, ``ok``.
"""

import argparse
import asyncio
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass
class Script:
    """How to answer."""

    latency_s: float = 0.0
    faults: list[list[Any]] = field(default_factory=list)
    retry_after: str | None = None
    """Sent with every 429."""
    chat: str | None = None
    verdict: str | None = None


@dataclass
class Counts:
    """What was seen."""

    requests: int = 0
    in_flight: int = 0
    peak: int = 0
    prompts: Counter[str] = field(default_factory=Counter)
    last: dict[str, Any] = field(default_factory=dict)
    authorization: str | None = None


script = Script()
counts = Counts()

ERRORS = {
    "429": (429, {"error": {"message": "slow down", "type": "rate_limit"}}),
    "500": (500, {"error": {"message": "oh no"}}),
    "503": (503, {"error": {"message": "starting"}}),
    "400": (400, {"error": {"message": "temperature is not allowed"}}),
    "401": (401, {"error": {"message": "wrong key"}}),
    "context": (400, {"error": {"message": "This model's maximum context length is 8 tokens", "code": 400}}),
    "filter": (400, {"error": {"message": "blocked", "code": "content_filter"}}),
}
TEXTS = {
    "empty": "",
    "nonsense": "I would rather talk about the weather.",
    "length": '{"explanation": "It goes on',
}


async def complete(request: web.Request) -> web.StreamResponse:
    counts.requests += 1
    counts.in_flight += 1
    counts.peak = max(counts.peak, counts.in_flight)
    try:
        body = await request.json()
        counts.last = body
        counts.authorization = request.headers.get("Authorization")
        counts.prompts[body["messages"][-1]["content"]] += 1
        fault = next_fault()
        if script.latency_s:
            await asyncio.sleep(script.latency_s)
        return await answer(request, body, fault)
    finally:
        counts.in_flight -= 1


def next_fault() -> str:
    while script.faults:
        kind, left = script.faults[0]
        if left <= 0:
            script.faults.pop(0)
            continue
        script.faults[0][1] -= 1
        return str(kind)
    return "ok"


async def answer(request: web.Request, body: dict[str, Any], fault: str) -> web.StreamResponse:
    if fault in ERRORS:
        code, error = ERRORS[fault]
        headers = {"Retry-After": script.retry_after} if code == 429 and script.retry_after else {}
        return web.json_response(error, status=code, headers=headers)
    if fault == "hang":
        await asyncio.sleep(3600)
    whole = json.dumps(completion(body, fault)).encode()
    if fault == "not_json":
        return web.Response(body=b"<html>gateway</html>", content_type="text/html")
    if fault == "cut":
        return web.Response(body=whole[: len(whole) // 2], content_type="application/json")
    if fault in {"reset", "reset_late"}:
        return await hang_up(request, whole if fault == "reset_late" else b"")
    return web.Response(body=whole, content_type="application/json")


async def hang_up(request: web.Request, whole: bytes) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={"Content-Length": str(len(whole)), "Content-Type": "application/json"}
    )
    if whole:
        await response.prepare(request)
        await response.write(whole[:20])
    if request.transport is not None:
        request.transport.abort()
    return response


def completion(body: dict[str, Any], fault: str) -> dict[str, Any]:
    question = body["messages"][-1]["content"]
    text = TEXTS.get(fault, verdict(question) if "<<criterion>>" in question else chat(question))
    message: dict[str, str | None] = {"role": "assistant", "content": text}
    if fault == "refusal":
        message = {"role": "assistant", "content": None, "refusal": "I cannot help with that."}
    return {
        "id": "chatcmpl-scripted",
        "object": "chat.completion",
        "model": f"{body['model']}-0001",
        "choices": [
            {"index": 0, "message": message, "finish_reason": "length" if fault == "length" else "stop"}
        ],
        "usage": {"prompt_tokens": len(question.split()), "completion_tokens": len((text or "").split())},
    }


def verdict(question: str) -> str:
    criterion = question.partition("<<criterion>>\n")[2].partition("\n<<end of criterion>>")[0]
    word = criterion.partition("\n\n")[0].split()[-1].strip(".")
    response = question.partition("<<response ")[2].partition(">>\n")[2].partition("\n<<end of response ")[0]
    met = word in response
    form = question.partition("<<end of criterion>>")[2]
    said: dict[str, Any] = {"explanation": f"looked for {word}"}
    if '"evidence"' in form:
        said["evidence"] = word if met else ""
    labels = re.findall(r'^- "(.*)"$', form, re.MULTILINE)
    ends = re.search(r"a number from (\S+) \(not at all\) to (\S+) \(fully\)", form)
    if labels:
        said["answer"] = labels[-1] if met else labels[0]
    elif ends:
        said["answer"] = float(ends[2] if met else ends[1])
    else:
        said["met"] = met
    return script.verdict or json.dumps(said)


def chat(question: str) -> str:
    return script.chat if script.chat is not None else f"You said: {question}"


async def control(request: web.Request) -> web.Response:
    global counts, script
    if request.method == "POST":
        script = Script(**await request.json())
        counts = Counts()
        return web.Response()
    seen = {"requests": counts.requests, "peak": counts.peak, "last": counts.last}
    seen |= {"authorization": counts.authorization, "distinct": len(counts.prompts)}
    return web.json_response(seen | {"repeats": sum(count - 1 for count in counts.prompts.values())})


async def serve(port: int) -> None:
    app = web.Application(client_max_size=1 << 26)
    app.router.add_post("/v1/chat/completions", complete)
    app.router.add_route("*", "/control", control)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port, backlog=4096)
    await site.start()
    print(runner.addresses[0][1], flush=True)  # noqa: T201 - whoever started us reads the port
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A scripted OpenAI-compatible server.")
    parser.add_argument("--port", type=int, default=0)
    asyncio.run(serve(parser.parse_args().port))
