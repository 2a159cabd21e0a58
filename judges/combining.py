"""Several votes on one criterion become one verdict. Pure.

A vote that failed withholds: it counts neither for nor against. Where not more than half of the votes are in, there is no
verdict, with the status that most of the failed ones have. The same majority decides that a criterion does not apply.
"""

from collections import Counter
from collections.abc import Sequence

import msgspec

from rvpo.judges.records import JudgeIdentity, Verdict
from rvpo.judges.tally import Ballot, add_usage, add_usd


def combine_votes(ballots: Sequence[Ballot], *, binary: bool, judge: JudgeIdentity | None = None) -> Ballot:
    """The mean of the votes.

    Args:
        ballots: One a vote, of one criterion.
        binary: Whether the criterion is met or not; ``p_met`` is then the share of the votes that say "met".
        judge: Whose verdict it is; left out, that of the vote it was taken from.

    Returns:
        The ballot of all: ``votes`` holds each score. Answer, reason, evidence and request key are those of the first
        vote among the nearest to the mean; tokens, price and attempts are the sum over all.
    """
    verdicts = [ballot.verdict for ballot in ballots]
    scores = [verdict.score for verdict in verdicts]
    cast = [score for score in scores if score is not None]
    apart = [verdict for verdict in verdicts if verdict.status == "not_applicable"]
    score = None
    if 2 * len(apart) > len(verdicts):
        chosen = apart[0]
    elif 2 * len(cast) > len(verdicts):
        score = sum(cast) / len(cast)
        mean = score
        chosen = min(
            (verdict for verdict in verdicts if verdict.score is not None),
            key=lambda verdict: abs((verdict.score or 0.0) - mean),
        )
    else:
        failed = [verdict for verdict in verdicts if verdict.status not in {"ok", "not_applicable"}]
        chosen = _undecided(failed) if failed else msgspec.structs.replace(apart[0], status="split")
    shared = score is not None and binary
    verdict = msgspec.structs.replace(
        chosen,
        score=score,
        p_met=sum(each >= 0.5 for each in cast) / len(cast) if shared else None,
        votes=tuple(scores),
        judge=judge or chosen.judge,
        usage=add_usage(verdict.usage for verdict in verdicts),
        usd=add_usd(verdict.usd for verdict in verdicts),
        cached=all(verdict.cached for verdict in verdicts),
        attempts=sum(verdict.attempts for verdict in verdicts),
    )
    sources = {ballot.source for ballot in ballots}
    return Ballot(verdict, "call" if "call" in sources else "shared" if "shared" in sources else "hits")


def _undecided(failed: Sequence[Verdict]) -> Verdict:
    ((status, _),) = Counter(verdict.status for verdict in failed).most_common(1)
    return next(verdict for verdict in failed if verdict.status == status)


def majority_of(ballots: Sequence[Ballot], *, binary: bool, judge: JudgeIdentity | None = None) -> Ballot:
    """What more than half of all votes say; see ``combine_votes``, whose holes, costs and ``p_met`` these are.

    On a binary criterion a score of at least 0.5 says "met", which scores 1; on others votes agree by equal scores.
    Without such a majority the status is ``split``.
    """
    mean = combine_votes(ballots, binary=binary, judge=judge)
    if mean.verdict.score is None:
        return mean
    said: Counter[float] = Counter()
    for ballot in ballots:
        if ballot.verdict.score is not None:
            said[_side(ballot.verdict.score, binary=binary)] += 1
    ((score, agreed),) = said.most_common(1)
    if 2 * agreed <= len(ballots):
        undecided = f"no more than {agreed} of {len(ballots)} votes agree"
        verdict = msgspec.structs.replace(
            mean.verdict,
            score=None,
            status="split",
            answer=None,
            p_met=None,
            evidence="",
            explanation=undecided,
        )
        return Ballot(verdict, mean.source)
    chosen = next(
        ballot.verdict
        for ballot in ballots
        if ballot.verdict.score is not None and _side(ballot.verdict.score, binary=binary) == score
    )
    verdict = msgspec.structs.replace(
        mean.verdict,
        score=score,
        answer=chosen.answer,
        explanation=chosen.explanation,
        evidence=chosen.evidence,
        request_key=chosen.request_key,
    )
    return Ballot(verdict, mean.source)


def _side(score: float, *, binary: bool) -> float:
    return float(score >= 0.5) if binary else score


def with_cost_of(first: Ballot, second: Ballot) -> Ballot:
    """The ballot of an ask that came after another one, with the cost of both."""
    one, two = first.verdict, second.verdict
    verdict = msgspec.structs.replace(
        two,
        usage=add_usage((one.usage, two.usage)),
        usd=add_usd((one.usd, two.usd)),
        cached=one.cached and two.cached,
        attempts=one.attempts + two.attempts,
    )
    return Ballot(verdict, "call" if "call" in {first.source, second.source} else second.source)
