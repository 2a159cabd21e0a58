"""One measurement of our judge service in a process of its own: ``python -m bench.judging.ours '{"url": ...}'``.

Prints one JSON line a round and one at the end. With ``wait`` it says ``ready`` and starts at a line on stdin; with
``tell`` it prints the request key of each verdict at the moment it is handed over.
"""

import json
import os
import resource
import sys
import time
from contextlib import ExitStack
from typing import Any

import msgspec
from bench.judging import material

import rvpo.judges
from rvpo.judges import JudgeConfig, JudgeRequest, JudgeService, RewardVector


class Job(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to measure."""

    url: str
    store: str = ":memory:"
    shape: str = "examination"
    """``examination``, ``step``, ``same`` (one criterion again and again) or ``long`` (an 8k-token transcript)."""
    responses: int = 100
    rounds: int = 1
    concurrency: int = 512
    points: float = 1.0
    next_parser: bool = False
    wait: bool = False
    tell: bool = False
    reopen: bool = True
    """Whether opening the service counts, each round anew."""


def requests_of(job: Job) -> list[JudgeRequest]:
    """The material of a job."""
    if job.shape == "step":
        return material.training_step()
    if job.shape == "long":
        return [material.transcript_of(8000, 11)]
    if job.shape == "same":
        one = material.rubric("same", 1)
        return [
            JudgeRequest(rubric=one, prompt="Is it?", response="It is.", id=str(n))
            for n in range(job.responses)
        ]
    return material.examination(job.responses, job.points)


def tell(vector: RewardVector) -> None:
    """Acknowledge on stdout, past all buffers: what is read there has been handed over."""
    keys = " ".join(verdict.request_key for verdict in vector.verdicts if verdict.score is not None)
    os.write(1, f"{keys}\n".encode())


def main() -> None:
    """Run one job."""
    job = msgspec.json.decode(sys.argv[1], type=Job)
    if job.next_parser:
        for name, module in list(sys.modules.items()):
            if name.startswith("rvpo.judges") and hasattr(module, "PARSER_VERSION"):
                vars(module)["PARSER_VERSION"] += 1
    config = JudgeConfig.model_validate(
        {
            "judge": "openai-compatible",
            "model": "mock",
            "base_url": job.url,
            "store": job.store,
            "concurrency": job.concurrency,
            "max_attempts": 2,
            "timeout_s": 300.0,
        }
    )
    requests = requests_of(job)
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with ExitStack() as stack:
        kept = None if job.reopen else stack.enter_context(JudgeService.open_sync(config))
        if job.wait:
            os.write(1, b"ready\n")
            sys.stdin.readline()
        for _ in range(job.rounds):
            print(json.dumps(measure(config, requests, kept, job)), flush=True)
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"peak_mb": peak_kb / 1024, "start_mb": before_kb / 1024}), flush=True)


def measure(
    config: JudgeConfig,
    requests: list[JudgeRequest],
    kept: rvpo.judges.BlockingJudgeService | None,
    job: Job,
) -> dict[str, Any]:
    """Judge everything once; wall and CPU seconds, calls, hits and failures of this round.

    Scores are there when judging ends. Verdicts out of the store are made when they are read: ``verdicts_s`` is the
    time to read all of them afterwards, and no part of ``wall_s``. ``open_s`` is, but no part of
    ``cpu_s``.
    """
    with ExitStack() as stack:
        started = time.perf_counter()
        service = kept or stack.enter_context(JudgeService.open_sync(config))
        opened, cpu = time.perf_counter(), time.process_time()
        earlier = service.stats()
        vectors = service.judge_sync(requests, tell if job.tell else None)
        wall_s, cpu_s = time.perf_counter() - started, time.process_time() - cpu
        stats = service.stats()
    judged = time.perf_counter()
    keys = sum(bool(verdict.request_key) for vector in vectors for verdict in vector.verdicts)
    verdicts_s = time.perf_counter() - judged
    assert keys + sum(stats.failures.values()) >= material.judgements(requests)
    assert len(vectors) == len(requests)
    return {
        "wall_s": wall_s,
        "cpu_s": cpu_s,
        "open_s": opened - started,
        "verdicts_s": verdicts_s,
        "judgements": material.judgements(requests),
        "calls": stats.calls - earlier.calls,
        "hits": stats.hits - earlier.hits,
        "failures": sum(stats.failures.values()),
    }


if __name__ == "__main__":
    main()
