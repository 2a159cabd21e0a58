"""What judging a file would cost: ``rvpo judge --dry-run``. Asks no judge; reads its store.

The whole run is gone through with a judge that only says what it is asked (``Rehearsal``), so that what is in the store
already costs nothing, in every way of asking. Tokens are counted on the very requests, at four characters each.
"""

from collections.abc import Sequence

import msgspec

from rvpo.judges import JudgeConfig, JudgeRequest, JudgeService
from rvpo.judges.around import Rehearsal
from rvpo.judges.cost import OUTPUT_TOKENS, Count, four_characters, largest_structure, sent_texts
from rvpo.judges.prices import Prices
from rvpo.judges.protocol import Judge, Question
from rvpo.judges.records import Usage


class RunEstimate(msgspec.Struct, frozen=True, kw_only=True):
    """What a run would ask for and cost."""

    responses: int
    verdicts: int
    """Of all criteria of all responses."""
    by_rules: int
    from_store: int
    to_ask: int
    """Verdicts that need a call; responses that ask the same share one."""
    calls: int
    input_tokens: int
    output_tokens: int
    usd: float | None
    """``None`` when a price is unknown."""
    model: str


async def estimate_run(
    requests: Sequence[JudgeRequest],
    config: JudgeConfig,
    prices: Prices,
    *,
    count: Count = four_characters,
) -> RunEstimate:
    """Estimate a run.

    Args:
        requests: See ``read_responses``.
        config: The judge.
        prices: Of its model.
        count: Counts tokens.

    Raises:
        JudgeError: The judge or its store cannot be used.
    """
    tokens: list[int] = []
    answers = 0
    structure = largest_structure(config)

    def note(_key: bytes, question: Question, vote: int) -> None:
        nonlocal answers
        answers += len(question.criteria)
        tokens.append(sum(map(count, sent_texts(question.messages(vote), question.criteria, structure))))

    def rehearsal(judge: Judge) -> Judge:
        return Rehearsal(judge, note).as_judge()

    async with JudgeService.open(config, rehearsal) as service:
        vectors = await service.judge(requests)
    verdicts = [verdict for vector in vectors for verdict in vector.verdicts]
    missing = sum(verdict.status == "not_asked" for verdict in verdicts)
    by_rules = sum(verdict.judge.kind == "rule" for verdict in verdicts)
    usage = Usage(
        prompt_tokens=sum(tokens),
        completion_tokens=answers * (1 if config.judge == "embedded" else OUTPUT_TOKENS),
    )
    return RunEstimate(
        responses=len(requests),
        verdicts=len(verdicts),
        by_rules=by_rules,
        from_store=len(verdicts) - by_rules - missing,
        to_ask=missing,
        calls=len(tokens),
        input_tokens=usage.prompt_tokens,
        output_tokens=usage.completion_tokens,
        usd=prices.usd(usage),
        model=prices.model,
    )
