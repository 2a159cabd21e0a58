"""Several votes a criterion: how they become one verdict, and what they cost."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.judges import JudgeConfig, JudgeIdentity, JudgeRequest, JudgeService, Verdict
from rvpo.judges.combining import combine_votes
from rvpo.judges.tally import Ballot
from rvpo.rubrics import Criterion, Rubric

RUBRIC = Rubric(
    id="r",
    criteria=(
        Criterion(id="fever", criterion="Mentions the word fever."),
        Criterion.model_validate(
            {"id": "depth", "criterion": "How deep is the word tea?", "options": ["none", "some", "full"]}
        ),
    ),
)
ASKED = [JudgeRequest(rubric=RUBRIC, prompt="hi", response="fever")]


def vote(status: Any, score: float | None = None, **fields: Any) -> Ballot:
    who = JudgeIdentity(kind="scripted")
    verdict = Verdict(
        criterion_id="a", score=score, status=status, judge=who, criterion_hash="h", usd=0.25, attempts=1
    )
    return Ballot(msgspec.structs.replace(verdict, **fields), "call")


@pytest.mark.parametrize(
    ("votes", "status", "score", "p_met"),
    [
        ([("ok", 1.0), ("ok", 1.0), ("ok", 0.0)], "ok", 2 / 3, 2 / 3),
        ([("ok", 1.0), ("timeout", None), ("ok", 0.0)], "ok", 0.5, 0.5),
        # One of three is no majority; the status is that of most failures.
        ([("ok", 1.0), ("timeout", None), ("timeout", None)], "timeout", None, None),
        ([("ok", 1.0), ("unparseable", None)], "unparseable", None, None),
        ([("not_applicable", None), ("not_applicable", None), ("ok", 1.0)], "not_applicable", None, None),
        ([("not_applicable", None), ("ok", 1.0), ("ok", 1.0)], "ok", 1.0, 1.0),
        ([("not_applicable", None), ("ok", 1.0)], "split", None, None),
        ([("not_applicable", None), ("ok", 1.0), ("refusal", None)], "refusal", None, None),
    ],
)
def test_the_mean_of_a_majority_or_a_hole(
    votes: Sequence[tuple[str, float | None]], status: str, score: float | None, p_met: float | None
) -> None:
    found = combine_votes([vote(*each) for each in votes], binary=True).verdict
    assert (found.status, found.score, found.p_met) == (status, score, p_met)
    assert found.votes == tuple(each for _, each in votes)
    assert (found.usd, found.attempts) == (0.25 * len(votes), len(votes))


def test_the_reason_is_that_of_the_vote_nearest_to_the_mean() -> None:
    votes = [
        vote("ok", score, explanation=f"e{score}", answer=f"a{score}", request_key=f"k{score}")
        for score in (0.0, 0.5, 1.0, 1.0)
    ]
    # The mean is 0.625: 0.5 is nearest.
    found = combine_votes(votes, binary=False).verdict
    assert (found.score, found.answer, found.explanation, found.request_key) == (
        0.625,
        "a0.5",
        "e0.5",
        "k0.5",
    )
    assert found.p_met is None


OUTCOMES = st.one_of(
    st.tuples(st.just("ok"), st.floats(0, 1)),
    st.tuples(st.sampled_from(["timeout", "refusal", "not_applicable"]), st.none()),
)


@given(st.lists(OUTCOMES, min_size=1, max_size=7), st.booleans())
def test_there_is_a_score_exactly_if_more_than_half_give_one(
    votes: list[tuple[str, float | None]], binary: bool
) -> None:
    found = combine_votes([vote(*each) for each in votes], binary=binary).verdict
    cast = [score for _, score in votes if score is not None]
    assert (found.status == "ok") == (found.score is not None) == (2 * len(cast) > len(votes))
    if found.score is not None:
        assert min(cast) - 1e-9 <= found.score <= max(cast) + 1e-9


def scripted(store: Path, votes: int, **fields: Any) -> JudgeConfig:
    replies = [{"criterion": "fever", "say": [True, False, True]}, {"say": ["full", "none", "some"]}]
    settings = {"judge": "scripted", "votes": votes, "replies": replies, "store": str(store)}
    return JudgeConfig.model_validate(settings | fields)


@pytest.mark.parametrize("mode", ["per-criterion", "whole-rubric"])
def test_each_vote_is_a_call_of_its_own_and_is_kept(tmp_path: Path, mode: str) -> None:
    a_vote = 2 if mode == "per-criterion" else 1
    calls = []
    for votes in (1, 3, 3):
        with JudgeService.open_sync(scripted(tmp_path / "s.sqlite", votes, mode=mode)) as service:
            (vector,) = service.judge_sync(ASKED)
            calls.append(service.stats().calls)
    # The first vote was there already.
    assert calls == [a_vote, 2 * a_vote, 0]
    assert [verdict.votes for verdict in vector.verdicts] == [(1.0, 0.0, 1.0), (1.0, 0.0, 0.5)]
    assert [verdict.score for verdict in vector.verdicts] == [pytest.approx(2 / 3), 0.5]
    assert [verdict.p_met for verdict in vector.verdicts] == [pytest.approx(2 / 3), None]
    assert all(verdict.cached for verdict in vector.verdicts)


def test_votes_at_an_endpoint_have_equal_messages_and_seeds_of_their_own(scripted_server: Any) -> None:
    settings = JudgeConfig.model_validate(
        {
            "judge": "openai-compatible",
            "model": "m",
            "base_url": scripted_server.url,
            "store": ":memory:",
            "votes": 3,
            "temperature": 1.0,
            "seed": 5,
            "concurrency": 1,
        }
    )
    scripted_server.script(faults=[["ok", 2], ["400", 1]])
    rubric = Rubric(id="r", criteria=RUBRIC.criteria[:1])
    with JudgeService.open_sync(settings) as service:
        (vector,) = service.judge_sync([JudgeRequest(rubric=rubric, prompt="hi", response="fever")])
        assert service.stats().calls == 3
    assert sorted(map(str, vector.verdicts[0].votes)) == ["1.0", "1.0", "None"]
    assert vector.values.tolist() == [1.0]
    counts = scripted_server.counts()
    assert (counts["requests"], counts["distinct"], counts["last"]["seed"]) == (3, 1, 7)


def test_votes_that_cannot_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="votes: 3 needs a temperature above 0"):
        JudgeConfig.model_validate({"judge": "openai", "model": "m", "votes": 3})
