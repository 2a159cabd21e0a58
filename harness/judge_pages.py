"""What ``rvpo judge`` says when it is done. Pure."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rvpo.harness.judge_holes import hole_lines

if TYPE_CHECKING:
    from rvpo.harness.batch_desk import BatchState
    from rvpo.harness.batch_run import Collected
    from rvpo.harness.estimate import RunEstimate
    from rvpo.harness.judge_run import JudgeRun


def run_page(run: "JudgeRun", min_coverage: float) -> str:
    """The end of a run."""
    stats = run.stats
    score = "none" if run.score is None else f"{run.score:.4f}"
    free = f"{stats.hits} verdicts from the store, {stats.rule_verdicts} by rules"
    lines = [
        f"{run.responses} responses in {run.folder}: mean score {score}, coverage {run.coverage:.4f}",
        f"{stats.calls} calls{_spent(run) if stats.calls else ''}, {free}",
    ]
    if run.holes:
        lines += [f"not judged: {_counts(run.holes)}", *hole_lines(run.missing)]
    if run.not_asked:
        lines.append("the budget is used up: the run stays open, the same command with more money goes on")
    elif not run.complete:
        lines.append(
            f"coverage is below {min_coverage:g}: the run stays open, the same command asks for what is missing"
        )
    return "\n".join(lines)


def _spent(run: "JudgeRun") -> str:
    tokens = run.stats.usage.prompt_tokens + run.stats.usage.completion_tokens
    used = f"{tokens} tokens" if tokens else "tokens not told"
    return f" ({used}, {'price unknown' if run.usd is None else money(run.usd)})"


def estimate_page(estimate: "RunEstimate") -> str:
    """What a run would cost."""
    price = "price unknown: say --price-in and --price-out" if estimate.usd is None else money(estimate.usd)
    free = f"{estimate.by_rules} by rules, {estimate.from_store} from the store"
    tokens = f"about {estimate.input_tokens} tokens in and {estimate.output_tokens} out"
    return (
        f"{estimate.responses} responses, {estimate.verdicts} verdicts: {free}, {estimate.to_ask} by {estimate.model}\n"
        f"{estimate.calls} calls, {tokens}: {price}"
    )


def submitted_page(state: "BatchState") -> str:
    """What is on its way."""
    if not state.open:
        return "nothing to submit: every reply is in the store"
    lines = [f"{part.requests} requests in batch {part.batch_id}: {part.status}" for part in state.open]
    return "\n".join([*lines, "the same command with --batch-api collect waits for them"])


def collected_page(collected: "Collected") -> str:
    """What batches brought."""
    lines = [
        f"{collected.requests} requests, {collected.replies} replies, {collected.stored} of them new in the store",
        *collected.complaints,
    ]
    if collected.strange_lines:
        lines.append(f"{collected.strange_lines} lines are no answers to requests of ours")
    if collected.holes:
        lines.append(f"not answered: {_counts(collected.holes)}")
    return "\n".join([*lines, "the same command without --batch-api judges with them"])


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))


def money(usd: float) -> str:
    """A sum of money, with as many places as say something.

    >>> money(1234.5), money(0.5), money(0.000321), money(0.0)
    ('1234.50 USD', '0.50 USD', '0.00032 USD', '0.00 USD')
    """
    return f"{usd:.2f} USD" if usd >= 0.1 or not usd else f"{usd:.2g} USD"
