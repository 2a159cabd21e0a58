"""Dealing a judge's limits out over actors, and adding up what they counted. Pure."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from rvpo.judges import JudgeConfig, JudgeStats
from rvpo.judges.config import with_members
from rvpo.judges.tally import add_usage, add_usd


def most_actors(config: JudgeConfig) -> int:
    """Actors that can have at least one request in flight each."""
    return min((each.concurrency for each in _judges(with_members(config))), default=config.concurrency)


def share_of(config: JudgeConfig, actors: int) -> JudgeConfig:
    """One actor's share of a judge: of ``concurrency``, ``rpm`` and ``tpm`` its part, all else whole.

    What does not divide is left unused, so that all together never exceed the declared limits. A judge service keeps
    its limits itself.
    """
    config = with_members(config)
    if actors == 1 or config.judge == "service":
        return config
    changes: dict[str, Any] = {}
    if config.judges:
        changes["judges"] = tuple(
            [share_of(each, actors) for each in config.judges if isinstance(each, JudgeConfig)]
        )
    else:
        changes["concurrency"] = max(1, config.concurrency // actors)
        changes |= {name: value / actors for name in ("rpm", "tpm") if (value := getattr(config, name))}
    if config.escalate and isinstance(config.escalate.to, JudgeConfig):
        to = share_of(config.escalate.to, actors)
        changes["escalate"] = config.escalate.model_copy(update={"to": to})
    return config.model_copy(update=changes)


def _judges(config: JudgeConfig) -> list[JudgeConfig]:
    """Those whose limits count."""
    if config.judge == "service":
        return []
    named = [*(config.judges or (config,)), *((config.escalate.to,) if config.escalate else ())]
    return [each for each in named if isinstance(each, JudgeConfig)]


def add_stats(counted: Iterable[JudgeStats]) -> JudgeStats:
    """The counts of several services together; an unknown price makes the sum unknown."""
    every = list(counted)
    failures: Counter[str] = Counter()
    for stats in every:
        failures.update(stats.failures)
    counts = {
        name: sum(getattr(stats, name) for stats in every)
        for name in ("calls", "attempts", "hits", "shared", "rule_verdicts")
    }
    return JudgeStats(
        **counts,
        failures=dict(failures),
        usage=add_usage(stats.usage for stats in every),
        usd=add_usd(stats.usd for stats in every),
        saved_usd=add_usd(stats.saved_usd for stats in every),
    )
