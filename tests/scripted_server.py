"""An OpenAI-compatible server, real HTTP in its own process, whose replies and faults are scripted.

    python tests/scripted_server.py --port 0          prints the port, then serves until killed

``POST /v1/chat/completions`` answers. A judge's question (one with a ``<<criterion>>`` block) gets a verdict that
can be checked: met exactly if the response holds the last word of the criterion; on other scales the last of the
allowed answers is given for that, else the first; asked for evidence, it quotes that word. ``verdict`` in the script
is a raw reply for all of them. A question with several (``<<criterion c1>>`` ...) gets all their verdicts in one
object; ``sheet`` spoils them by id: ``drop``, ``double``, ``junk`` (no verdict under that id), ``extra`` (an id that
nobody has). Anything else is plain chat and gets ``chat`` if that is set, with the number of
the request for ``{request}`` and its seed for ``{seed}``, else ``You said: ...``.

``POST /control`` sets the script (a JSON object; see ``Script``) and clears the counts; ``GET /control`` reads the
counts. ``faults`` is a list of ``[kind, count]`` worked off in order, one a request: ``429``, ``500``, ``503``,
``400``, ``401``, ``context``, ``filter``, ``refusal``, ``length``, ``empty``, ``nonsense``, ``cut``, ``not_json`` (an
HTML page with code 200), ``no_choices``, ``error_200`` (an error with code 200), ``bad_gateway`` (an HTML page with
code 502), ``plain`` (a good reply that calls itself text/plain), ``reset`` (before the first byte), ``reset_late`` (in
the middle of the body), ``hang``, ``ok``.
"""

import argparse
import asyncio
import json
import math
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
    """Sent with every 429 and 503."""
    chat: str | None = None
    verdict: str | None = None
    sheet: dict[str, str] = field(default_factory=dict)
    refused_formats: list[str] = field(default_factory=list)
    """Types of ``response_format`` that are answered with code 400."""
    gather: int = 0
    """Answer nobody before so many are in flight at once (and a moment later, should there come more)."""
    idle_close_s: float | None = None
    """Close a connection so long after its last answer."""
    slow_s: float = 0.0
    """Latency of the fault ``slow``."""
    chances: dict[str, float] | None = field(
        default_factory=lambda: {" true": 0.5, "True": 0.25, " false": 0.25}
    )
    """Next-token probabilities of a verdict's word, for requests with ``logprobs``; ``None`` leaves them out."""


@dataclass
class Counts:
    """What was seen."""

    requests: int = 0
    in_flight: int = 0
    peak: int = 0
    prompts: Counter[str] = field(default_factory=Counter)
    connections: set[int] = field(default_factory=set)
    last: dict[str, Any] = field(default_factory=dict)
    authorization: str | None = None


script = Script()
counts = Counts()
gathered = asyncio.Event()
closings: dict[int, asyncio.TimerHandle] = {}

ERRORS = {
    "429": (429, {"error": {"message": "slow down", "type": "rate_limit"}}),
    "500": (500, {"error": {"message": "oh no"}}),
    "503": (503, {"error": {"message": "starting"}}),
    "400": (400, {"error": {"message": "temperature is not allowed"}}),
    "401": (401, {"error": {"message": "wrong key"}}),
    "context": (400, {"error": {"message": "This model's maximum context length is 8 tokens", "code": 400}}),
    "filter": (400, {"error": {"message": "blocked", "code": "content_filter"}}),
}
ODD = {
    "not_json": (200, b"<html>gateway</html>"),
    "bad_gateway": (502, b"<html>502 Bad Gateway</html>"),
    "no_choices": (200, b'{"id": "1", "choices": []}'),
    "error_200": (200, b'{"error": {"message": "upstream failed", "code": 502}}'),
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
        if not is_chat(body):
            return web.json_response({"error": {"message": "no model or no messages"}}, status=400)
        counts.last = body
        counts.authorization = request.headers.get("Authorization")
        counts.prompts[body["messages"][-1]["content"]] += 1
        fault = next_fault()
        if body.get("response_format", {}).get("type") in script.refused_formats:
            fault = "400"
        keep_open(request)
        if script.gather and not gathered.is_set():
            await gather()
        if fault == "slow":
            await asyncio.sleep(script.slow_s)
        elif script.latency_s:
            await asyncio.sleep(script.latency_s)
        return await answer(request, body, fault)
    finally:
        counts.in_flight -= 1
        close_later(request)


def is_chat(body: Any) -> bool:
    """Whether there is a question in it; what is wrong otherwise is no fault that a test has set."""
    messages = body.get("messages")
    last = messages[-1] if isinstance(messages, list) and messages else None
    return "model" in body and isinstance(last, dict) and isinstance(last.get("content"), str)


async def gather() -> None:
    if counts.in_flight >= script.gather:
        await asyncio.sleep(0.3)
        gathered.set()
    await gathered.wait()


def keep_open(request: web.Request) -> None:
    counts.connections.add(id(request.transport))
    if closing := closings.pop(id(request.transport), None):
        closing.cancel()


def close_later(request: web.Request) -> None:
    if script.idle_close_s is not None and request.transport is not None:
        loop = asyncio.get_running_loop()
        closings[id(request.transport)] = loop.call_later(script.idle_close_s, request.transport.close)


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
        headers = {"Retry-After": script.retry_after} if code in {429, 503} and script.retry_after else {}
        return web.json_response(error, status=code, headers=headers)
    if fault == "hang":
        await asyncio.sleep(3600)
    whole = json.dumps(completion(body, fault)).encode()
    if fault in {"reset", "reset_late"}:
        return await hang_up(request, whole if fault == "reset_late" else b"")
    if fault == "cut":
        whole = whole[: len(whole) // 2]
    odd = ODD.get(fault)
    kind = (
        "text/plain"
        if fault == "plain"
        else "text/html"
        if odd and odd[1][:1] == b"<"
        else "application/json"
    )
    return web.Response(status=odd[0] if odd else 200, body=odd[1] if odd else whole, content_type=kind)


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
    text = TEXTS.get(fault, reply_to(question, body.get("seed")))
    message: dict[str, str | None] = {"role": "assistant", "content": text}
    if fault == "refusal":
        message = {"role": "assistant", "content": None, "refusal": "I cannot help with that."}
    choice = {"index": 0, "message": message, "finish_reason": "length" if fault == "length" else "stop"}
    if body.get("logprobs") and script.chances is not None:
        choice["logprobs"] = {"content": [token_of(token, script.chances) for token in tokens(text)]}
    return {
        "id": "chatcmpl-scripted",
        "object": "chat.completion",
        "model": f"{body['model']}-0001",
        "choices": [choice],
        "usage": {"prompt_tokens": len(question.split()), "completion_tokens": len((text or "").split())},
    }


def tokens(text: str) -> list[str]:
    return re.findall(r" ?\w+|.", text, re.DOTALL)


def token_of(token: str, chances: dict[str, float]) -> dict[str, Any]:
    if token not in {" true", " false"}:
        return {"token": token, "logprob": 0.0, "top_logprobs": [{"token": token, "logprob": 0.0}]}
    likeliest = [{"token": each, "logprob": math.log(chance)} for each, chance in chances.items()]
    return {"token": token, "logprob": math.log(chances[token]), "top_logprobs": likeliest}


def reply_to(question: str, seed: object) -> str:
    response = question.partition("<<response ")[2].partition(">>\n")[2].partition("\n<<end of response ")[0]
    if "<<criterion>>" in question:
        block, _, form = question.partition("<<criterion>>\n")[2].partition("<<end of criterion>>")
        return script.verdict or json.dumps(verdict(block, form, response))
    blocks = re.findall(
        r"^<<criterion (c\d+)>>\n(.*?)^<<end of criterion \1>>", question, re.MULTILINE | re.DOTALL
    )
    if not blocks:
        return chat(question, seed)
    return json.dumps(
        {"verdicts": [each for name, block in blocks for each in on_sheet(name, block, response)]}
    )


def on_sheet(name: str, block: str, response: str) -> list[dict[str, Any]]:
    said = {"id": name, **verdict(block, block, response)}
    match script.sheet.get(name):
        case "drop":
            return []
        case "double":
            return [said, said]
        case "junk":
            return [{"id": name, "explanation": "hm"}]
        case "extra":
            return [said, {**said, "id": f"{name}0"}]
        case _:
            return [said]


def verdict(block: str, form: str, response: str) -> dict[str, Any]:
    word = block.strip().partition("\n\n")[0].split()[-1].strip(".")
    met = word in response
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
    return said


def chat(question: str, seed: object) -> str:
    if script.chat is None:
        return f"You said: {question}"
    return script.chat.replace("{request}", str(counts.requests)).replace("{seed}", str(seed))


async def moved(_request: web.Request) -> web.Response:
    return web.Response(status=307, headers={"Location": "/v1/chat/completions"})


async def control(request: web.Request) -> web.Response:
    global counts, script
    if request.method == "POST":
        script = Script(**await request.json())
        counts = Counts()
        gathered.clear()
        return web.Response()
    seen = {"requests": counts.requests, "peak": counts.peak, "last": counts.last}
    seen |= {"authorization": counts.authorization, "distinct": len(counts.prompts)}
    seen["connections"] = len(counts.connections)
    return web.json_response(seen | {"repeats": sum(count - 1 for count in counts.prompts.values())})


async def serve(port: int) -> None:
    app = web.Application(client_max_size=1 << 26)
    app.router.add_post("/v1/chat/completions", complete)
    app.router.add_post("/moved/chat/completions", moved)
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
