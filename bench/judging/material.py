"""What is judged in the benchmarks: made-up texts of real sizes (about 4 kB a prompt), the same in every process."""

from collections.abc import Sequence
from typing import Final

from bench.judging.texts import words

from rvpo.judges import JudgeRequest
from rvpo.rubrics import Criterion, Rubric

CRITERIA_OF_FIVE: Final = (11, 11, 12, 11, 12)
"""Mean 11.4, as in HealthBench."""


def rubric(name: str, count: int, points: float = 1.0) -> Rubric:
    """A rubric of plain criteria."""
    criteria = [
        Criterion(id=f"c{n}", criterion="Says " + words(90, f"{name} {n}"), points=points)
        for n in range(count)
    ]
    return Rubric(id=name, criteria=tuple(criteria))


def examination(responses: int, points: float = 1.0) -> list[JudgeRequest]:
    """Responses with a rubric each, 11.4 criteria on average."""
    return [
        JudgeRequest(
            rubric=rubric(f"r{n}", CRITERIA_OF_FIVE[n % 5], points),
            prompt=words(700, f"prompt {n}"),
            response=words(2600, f"response {n}"),
            id=str(n),
        )
        for n in range(responses)
    ]


def training_step(prompts: int = 8, samples: int = 16, criteria: int = 17) -> list[JudgeRequest]:
    """One step of a trainer: the samples of one prompt share its rubric."""
    rubrics = [rubric(f"p{prompt}", criteria) for prompt in range(prompts)]
    return [
        JudgeRequest(
            rubric=rubrics[prompt],
            prompt=words(700, f"step {prompt}"),
            response=words(2600, f"sample {prompt} {sample}"),
            id=f"{prompt}-{sample}",
        )
        for prompt in range(prompts)
        for sample in range(samples)
    ]


def transcript_of(tokens: int, criteria: int) -> JudgeRequest:
    """One response to a long conversation, four characters to a token."""
    turns = [
        {"role": "user" if turn % 2 == 0 else "assistant", "content": words(4 * tokens // 8, f"turn {turn}")}
        for turn in range(7)
    ]
    return JudgeRequest(
        rubric=rubric("long", criteria),
        prompt=turns,
        response=words(4 * tokens // 8, "answer"),
        id="long",
    )


def judgements(requests: Sequence[JudgeRequest]) -> int:
    """How many verdicts they come to."""
    return sum(len(request.rubric.criteria) for request in requests)
