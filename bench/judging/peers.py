"""One measurement of a peer, in an interpreter that has it: ``python -m bench.judging.peers '{"peer": ...}'``.

Each peer does what it does by itself for "one call a criterion, a verdict read from each reply", at the wanted number
in flight where it takes one. Prints one JSON line: wall and CPU seconds, verdicts, peak memory, version. Of rvpo it
imports nothing. simple-evals is no package: its way (``healthbench_eval.py``: 120 threads over responses, a new pool of
as many threads as cores for each response's criteria, one shared ``openai`` client) is done here with that client.
"""

import asyncio
import json
import os
import resource
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from importlib import import_module
from importlib.metadata import version
from multiprocessing.pool import ThreadPool
from typing import Any, Final

from bench.judging.texts import words

CRITERIA: Final = 11
PACKAGES: Final = {
    "simple-evals": "openai",
    "litellm": "litellm",
    "autorubric": "autorubric",
    "inspect-ai": "inspect-ai",
}

Case = tuple[str, str, list[str]]
"""A prompt, a response, its criteria."""


def cases(job: dict[str, Any]) -> list[Case]:
    """Responses with 11 criteria each, or one question again and again."""
    if job.get("same"):
        return [("Is it?", "It is.", ["Says that it is."])] * int(job["responses"])
    return [
        (
            words(700, f"prompt {n}"),
            words(2600, f"response {n}"),
            ["Says " + words(90, f"r{n} {each}") for each in range(CRITERIA)],
        )
        for n in range(job["responses"])
    ]


def question(prompt: str, response: str, criterion: str) -> list[dict[str, str]]:
    """A grader's prompt in simple-evals' order: conversation, then criterion, then instructions."""
    form = 'Answer with {"explanation": "...", "criteria_met": true or false}.'
    text = f"# Conversation\nuser: {prompt}\n\nassistant: {response}\n\n# Criterion\n{criterion}\n\n{form}"
    return [{"role": "user", "content": text}]


def simple_evals(job: dict[str, Any], material: Sequence[Case]) -> int:
    """Threads in threads."""
    client = import_module("openai").OpenAI(base_url=job["url"], api_key="none")

    def grade(asked: list[dict[str, str]]) -> bool:
        while True:
            reply = client.chat.completions.create(
                model="mock", messages=asked, temperature=0.5, max_tokens=2048
            )
            met = json.loads(reply.choices[0].message.content).get("criteria_met")
            if isinstance(met, bool):
                return met

    def one(case: Case) -> int:
        prompt, response, criteria = case
        with ThreadPool(min(os.cpu_count() or 10, len(criteria))) as inner:
            return len(inner.map(grade, [question(prompt, response, each) for each in criteria]))

    with ThreadPool(min(120, len(material))) as outer:
        return sum(outer.imap(one, material))


async def gathered(calls: Sequence[Callable[[], Awaitable[int]]], concurrency: int) -> int:
    """All calls, so many at once."""
    places = asyncio.Semaphore(concurrency)

    async def one(call: Callable[[], Awaitable[int]]) -> int:
        async with places:
            return await call()

    return sum(await asyncio.gather(*(one(call) for call in calls)))


def litellm(job: dict[str, Any], material: Sequence[Case]) -> int:
    """``acompletion`` behind a semaphore."""
    package: Any = import_module("litellm")
    package.suppress_debug_info = True

    async def ask(asked: list[dict[str, str]]) -> int:
        reply = await package.acompletion(
            model="openai/mock", messages=asked, api_base=job["url"], api_key="none", temperature=0.0
        )
        return "criteria_met" in json.loads(reply.choices[0].message.content)

    asked = [question(p, r, each) for p, r, criteria in material for each in criteria]
    return asyncio.run(gathered([lambda each=each: ask(each) for each in asked], job["concurrency"]))  # type: ignore[misc]


def autorubric(job: dict[str, Any], material: Sequence[Case]) -> int:
    """Its criterion grader over litellm, with its cache if a folder is given."""
    package, graders = import_module("autorubric"), import_module("autorubric.graders")
    below: Any = import_module("litellm")
    below.suppress_debug_info = True
    settings = package.LLMConfig(
        model="openai/mock",
        api_base=job["url"],
        api_key="none",
        temperature=0.0,
        max_parallel_requests=job["concurrency"],
        cache_enabled=bool(job.get("cache")),
        cache_dir=job.get("cache") or ".autorubric_cache",
    )
    grader = graders.CriterionGrader(judge_model_config=settings)

    async def grade(case: Case) -> int:
        prompt, response, criteria = case
        rubric = package.Rubric(
            [package.Criterion(name=f"c{n}", weight=1.0, requirement=text) for n, text in enumerate(criteria)]
        )
        report = await rubric.grade(to_grade=response, grader=grader, query=prompt)
        return sum(each.final_verdict.value == "MET" for each in report.report)

    async def whole() -> int:
        return sum(await asyncio.gather(*(grade(case) for case in material)))

    return asyncio.run(whole())


def inspect_ai(job: dict[str, Any], material: Sequence[Case]) -> int:
    """``Model.generate``, as its graders call it."""
    package = import_module("inspect_ai.model")
    settings = package.GenerateConfig(max_connections=job["concurrency"], temperature=0.0)
    model = package.get_model("openai-api/mock/mock", base_url=job["url"], api_key="none", config=settings)

    async def ask(text: str) -> int:
        reply = await model.generate(text)
        return "criteria_met" in json.loads(reply.completion)

    async def whole() -> int:
        asked = [question(p, r, each)[0]["content"] for p, r, criteria in material for each in criteria]
        return sum(await asyncio.gather(*(ask(text) for text in asked)))

    return asyncio.run(whole())


WAYS: Final[dict[str, Callable[[dict[str, Any], Sequence[Case]], int]]] = {
    "simple-evals": simple_evals,
    "litellm": litellm,
    "autorubric": autorubric,
    "inspect-ai": inspect_ai,
}


def main() -> None:
    """Run one job."""
    job: dict[str, Any] = json.loads(sys.argv[1])
    work = WAYS[job["peer"]]
    work({**job, "cache": None}, cases({"responses": 1, "same": True}))  # imports, connections
    material = cases(job)
    started, cpu = time.perf_counter(), time.process_time()
    verdicts = work(job, material)
    figures = {
        "wall_s": time.perf_counter() - started,
        "cpu_s": time.process_time() - cpu,
        "verdicts": verdicts,
        "wanted": sum(len(criteria) for _, _, criteria in material),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "version": f"{PACKAGES[job['peer']]} {version(PACKAGES[job['peer']])}",
    }
    print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
