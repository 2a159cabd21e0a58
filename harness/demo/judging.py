"""The demo's second half: a dozen answers to patients, judged against a shipped rubric by the embedded model, twice.

The first pass asks the model; the second finds every reply in the store and asks nothing. The model is far too small
to judge medicine: what it shows is the machinery, and the report says "demo judge".
"""

from collections.abc import Callable
from importlib import resources
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import msgspec

from rvpo.harness.progress import progress_bar
from rvpo.harness.responses import read_responses
from rvpo.judges import JudgeConfig, JudgeRequest, JudgeService, RewardVector
from rvpo.results.journal import write_atomically
from rvpo.rubrics import library_rubric

RUBRIC: Final = "medical_consultation"
ANSWERS: Final = "medical_answers.jsonl"


class Pass(msgspec.Struct, frozen=True, kw_only=True):
    """What one pass over the answers took."""

    verdicts: int
    calls: int
    """Questions that the model had to answer."""
    hits: int
    """Questions that the store answered."""
    seconds: float


class JudgedAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """The vectors of the answers, and the passes that made them."""

    ids: tuple[str, ...]
    criteria: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]
    """One row an answer, one value a criterion: 1 is good, ``None`` is a hole."""
    coverage: tuple[float, ...]
    scores: tuple[float | None, ...]
    passes: tuple[Pass, ...]


def judge_answers(folder: Path, model: str) -> JudgedAnswers:
    """Judge the shipped answers twice, or read what an earlier call found.

    Args:
        folder: Holds the store of replies and the result; a call that was killed goes on from the store.
        model: ``embedded`` or a folder with another chat model.
    """
    result = folder / "judged.json"
    if result.exists():
        return msgspec.json.decode(result.read_bytes(), type=JudgedAnswers)
    folder.mkdir(parents=True, exist_ok=True)
    with resources.as_file(resources.files("rvpo.harness").joinpath("data", ANSWERS)) as path:
        requests = read_responses(path, library_rubric(RUBRIC))
    config = JudgeConfig(
        judge="embedded", model="" if model == "embedded" else model, store=str(folder / "store.sqlite")
    )
    passes = []
    for label in ("judging answers", "judging them again"):
        with progress_bar(len(requests), label) as bar:
            vectors, taken = _judge_once(config, requests, lambda _vector: bar.advance())
        passes.append(taken)
    judged = _gather(vectors, passes)
    write_atomically(result, msgspec.json.format(msgspec.json.encode(judged), indent=1))
    return judged


def _judge_once(
    config: JudgeConfig, requests: list[JudgeRequest], on_done: Callable[[RewardVector], Any]
) -> tuple[list[RewardVector], Pass]:
    """One pass with a service of its own: what it knows of an earlier pass, it knows from the store."""
    with JudgeService.open_sync(config) as service:
        started = perf_counter()
        vectors = service.judge_sync(requests, on_done)
        stats = service.stats()
    verdicts = sum(len(vector.verdicts) for vector in vectors)
    return vectors, Pass(
        verdicts=verdicts, calls=stats.calls, hits=stats.hits, seconds=perf_counter() - started
    )


def _gather(vectors: list[RewardVector], passes: list[Pass]) -> JudgedAnswers:
    return JudgedAnswers(
        ids=tuple(vector.id for vector in vectors),
        criteria=vectors[0].names,
        values=tuple(tuple(vector.values_or_none()) for vector in vectors),
        coverage=tuple(vector.coverage for vector in vectors),
        scores=tuple(vector.scalar for vector in vectors),
        passes=tuple(passes),
    )
