"""How many verdicts, calls and dollars a run's judging takes. Asks no judge, opens no store.

Calls are those of ``judges/cost.py``: what a rubric's rules decide costs nothing, votes and the judges of an ensemble
count each, and nothing is taken to be in the store already. Replies are taken to be as long as they may get. Of many rows
an even sample of ``MEASURED`` is measured. What is not known, such as the price of a model or what lies behind a judge
service, is ``None``.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from rvpo.judges import JudgeConfig, JudgeRequest, load_judge_config
from rvpo.judges.config import with_members
from rvpo.judges.cost import CHARS_A_TOKEN, OUTPUT_TOKENS, ModeCost, estimate_costs
from rvpo.judges.opening import open_templates
from rvpo.judges.prices import prices_for
from rvpo.rubrics.fill import fill_rubric
from rvpo.trainer.config import TrainConfig
from rvpo.trainer.data import PromptSet

MEASURED: Final = 256
"""Rows whose messages are built and measured."""


class JudgingEstimate(msgspec.Struct, frozen=True, kw_only=True):
    """What judging a whole run takes."""

    judge: str
    verdicts: int
    """Of all criteria of all completions."""
    by_rules: int
    calls: int | None
    calls_per_step: float | None
    input_tokens: int | None
    output_tokens: int | None
    usd: float | None
    """At most: without a provider's prefix cache, at the longest replies."""


def judging_estimate(config: TrainConfig, prompts: PromptSet, uses: Mapping[int, int]) -> JudgingEstimate:
    """Estimate the judging of a run.

    Args:
        config: The run.
        prompts: Its prompts.
        uses: How many completions are drawn in all for each row that is used.

    Raises:
        JudgeConfigError: The judge file cannot be read.
    """
    judge = load_judge_config(config.judge) if isinstance(config.judge, str) else config.judge
    rules = verdicts = 0
    for row, times in uses.items():
        kinds = [criterion.kind for criterion in prompts.rubrics[row].criteria]
        verdicts += times * len(kinds)
        rules += times * sum(kind != "llm" for kind in kinds)
    known = _asked(config, judge, prompts, uses) if verdicts > rules else (0, 0, 0, 0.0)
    calls, tokens, written, usd = known or (None, None, None, None)
    return JudgingEstimate(
        judge=judge.model or judge.judge,
        verdicts=verdicts,
        by_rules=rules,
        calls=calls,
        calls_per_step=None if calls is None else calls / config.steps,
        input_tokens=tokens,
        output_tokens=written,
        usd=usd,
    )


def _asked(
    config: TrainConfig, judge: JudgeConfig, prompts: PromptSet, uses: Mapping[int, int]
) -> tuple[int, int, int, float | None] | None:
    """Calls, tokens in and out, and USD of all judges together; ``None`` where calls are not known."""
    if judge.judge == "service" or judge.escalate is not None:
        return None
    measured = list(uses)[:: -(-len(uses) // MEASURED)]
    share = sum(uses.values()) / sum(uses[row] for row in measured)
    samples = list(_samples(config, prompts, {row: uses[row] for row in measured}))
    calls = tokens = written = 0
    usd: float | None = 0.0
    for member in _members(judge):
        cost = _cost(member, samples)
        calls += round(cost.calls * share) * member.votes
        tokens += round(cost.input_tokens * share) * member.votes
        written += round(cost.output_tokens * share) * member.votes
        price = cost.usd(prices_for(member))
        usd = None if usd is None or price is None else usd + price * share * member.votes
    return calls, tokens, written, usd


def _members(judge: JudgeConfig) -> list[JudgeConfig]:
    members = with_members(judge).judges or (judge,)
    return [member for member in members if isinstance(member, JudgeConfig)]


def _cost(judge: JudgeConfig, samples: list[tuple[JudgeRequest, int]]) -> ModeCost:
    costs = estimate_costs(
        samples,
        open_templates(judge),
        k=judge.criteria_per_call,
        output_tokens=1 if judge.judge == "embedded" else OUTPUT_TOKENS,
    )
    wanted = judge.mode or "per-criterion"
    return next(cost for cost in costs if cost.mode == wanted)


def _samples(
    config: TrainConfig, prompts: PromptSet, uses: Mapping[int, int]
) -> Iterator[tuple[JudgeRequest, int]]:
    reply = ("word " * config.max_completion_tokens)[: CHARS_A_TOKEN * config.max_completion_tokens]
    for place, times in uses.items():
        row = prompts.rows[place]
        rubric = fill_rubric(prompts.rubrics[place], row.fields, f"row {row.id!r}")
        yield JudgeRequest(rubric=rubric, prompt=row.messages, response=reply, id=row.id), times
