"""Ensembles of judges and stronger judges for uncertain verdicts, through the service."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.judges import (
    JudgeConfig,
    JudgeConfigError,
    JudgeIdentity,
    JudgeRequest,
    JudgeService,
    JudgeStats,
    RewardVector,
    Verdict,
)
from rvpo.judges.around import Around
from rvpo.judges.combining import majority_of
from rvpo.judges.serve.stored import stored_only
from rvpo.judges.tally import Ballot
from rvpo.rubrics import Criterion, Rubric

FEVER = Criterion(id="fever", criterion="Mentions the word fever.")
DEPTH = Criterion.model_validate(
    {"id": "depth", "criterion": "How deep is the word tea?", "options": ["none", "some", "full"]}
)
RULE = Criterion.model_validate(
    {"id": "short", "criterion": "Is short", "kind": "length", "rule": {"max": 5}}
)
RUBRIC = Rubric(id="r", criteria=(FEVER, DEPTH))


def scripted(model: str, fever: Any, depth: Any = "full", **fields: Any) -> dict[str, Any]:
    """A judge that says these, or fails with what begins with an exclamation mark."""
    replies = [
        {"criterion": name, "fail": said[1:]}
        if isinstance(said, str) and said.startswith("!")
        else {"criterion": name, "say": said if isinstance(said, list) else [said]}
        for name, said in (("fever", fever), ("depth", depth))
    ]
    return {"judge": "scripted", "model": model, "replies": replies, **fields}


def ensemble(*judges: Any, **fields: Any) -> dict[str, Any]:
    return {"judge": "ensemble", "judges": list(judges), "store": ":memory:", **fields}


def judge(settings: dict[str, Any], rubric: Rubric = RUBRIC) -> tuple[RewardVector, JudgeStats]:
    with JudgeService.open_sync(JudgeConfig.model_validate(settings)) as service:
        (vector,) = service.judge_sync([JudgeRequest(rubric=rubric, prompt="hi", response="fever")])
        return vector, service.stats()


def test_a_majority_and_a_mean_of_three_judges() -> None:
    three = (scripted("a", True, "full"), scripted("b", True, "none"), scripted("c", False, "full"))
    vector, stats = judge(ensemble(*three))
    fever, depth = vector.verdicts
    assert (fever.score, fever.votes) == (1.0, (1.0, 1.0, 0.0))
    assert fever.p_met == pytest.approx(2 / 3)
    assert (depth.score, depth.answer, depth.votes) == (1.0, "full", (1.0, 0.0, 1.0))
    assert fever.judge == JudgeIdentity(kind="ensemble", model="a + b + c")
    assert (stats.calls, fever.attempts, stats.failures) == (6, 3, {})
    vector, _ = judge(ensemble(*three, combine="mean"))
    assert vector.values.tolist() == pytest.approx([2 / 3, 2 / 3])


@pytest.mark.parametrize(
    ("said", "status", "score"),
    [
        ((True, "!timeout", True), "ok", 1.0),
        ((True, "!timeout", False), "split", None),
        ((True, False), "split", None),
        ((True, "!timeout", "!timeout"), "timeout", None),
        # Two of the three that answered agree, but they are not most of five.
        ((False, False, True, "!refusal", "!refusal"), "split", None),
        ((False, False, False, "!refusal", "!refusal"), "ok", 0.0),
    ],
)
def test_a_judge_that_failed_withholds(said: Sequence[Any], status: str, score: float | None) -> None:
    rubric = Rubric(id="r", criteria=(FEVER,))
    vector, _ = judge(ensemble(*[scripted(f"m{number}", each) for number, each in enumerate(said)]), rubric)
    (verdict,) = vector.verdicts
    assert (verdict.status, verdict.score, verdict.judge.kind) == (status, score, "ensemble")
    assert len(verdict.votes) == len(said)


SCORES = st.lists(st.sampled_from([None, 0.0, 0.4, 0.5, 1.0]), min_size=2, max_size=7)


@given(SCORES, st.booleans())
def test_there_is_a_score_exactly_if_more_than_half_agree(scores: list[float | None], binary: bool) -> None:
    who = JudgeIdentity(kind="scripted")
    cast = [
        Ballot(
            Verdict(
                criterion_id="a",
                score=score,
                status="timeout" if score is None else "ok",
                judge=who,
                criterion_hash="h",
            ),
            "call",
        )
        for score in scores
    ]
    sides = [each if each is None or not binary else float(each >= 0.5) for each in scores]
    agreed = {side for side in sides if side is not None and 2 * sides.count(side) > len(sides)}
    found = majority_of(cast, binary=binary).verdict
    assert {found.score} - {None} == agreed
    assert (found.status == "ok") == bool(agreed)
    assert found.votes == tuple(scores)


def test_members_share_one_store_and_each_keeps_its_own_replies(tmp_path: Path) -> None:
    store = str(tmp_path / "s.sqlite")
    one, two, three = (scripted(name, name != "c") for name in "abc")
    assert judge(ensemble(one, two, three, store=store))[1].calls == 6
    vector, stats = judge(ensemble(one, two, three, store=store))
    assert (stats.calls, stats.hits, vector.verdicts[0].cached) == (0, 2, True)
    # A judge alone finds what it said in company.
    assert judge({**one, "store": store})[1].calls == 0
    assert judge(ensemble(one, two, scripted("d", "junk"), store=store))[1].calls == 3


def test_endpoints_in_an_ensemble_have_clients_of_their_own(scripted_server: Any) -> None:
    endpoint = {"judge": "openai-compatible", "base_url": scripted_server.url, "concurrency": 1}
    members = ({**endpoint, "model": "m1"}, {**endpoint, "model": "m2"}, scripted("c", False, "none"))
    scripted_server.script(latency_s=0.05, gather=2)
    vector, stats = judge(ensemble(*members), Rubric(id="r", criteria=(FEVER, RULE)))
    # ``gather`` answers nobody before two are in flight: one client of one place would never get an answer.
    assert vector.values.tolist() == [1.0, 1.0]
    assert (stats.calls, stats.rule_verdicts, scripted_server.counts()["peak"]) == (3, 1, 2)
    assert stats.usage.prompt_tokens == vector.verdicts[0].usage.prompt_tokens > 0
    # The price of ``m1`` is unknown, and so is that of all.
    assert (stats.usd, vector.verdicts[0].usd) == (None, None)


def voting(*fever: bool, **fields: Any) -> dict[str, Any]:
    return scripted("cheap", list(fever), ["full"], votes=3, store=":memory:", **fields)


def test_what_is_uncertain_is_asked_of_the_stronger_judge_whose_verdict_stands() -> None:
    vector, stats = judge(voting(True, False, True, escalate={"to": scripted("strong", False)}))
    fever, depth = vector.verdicts
    assert (fever.score, fever.judge.model, fever.attempts) == (0.0, "strong", 4)
    assert (depth.score, depth.judge.model, depth.attempts) == (1.0, "cheap", 3)
    assert stats.calls == 7


@pytest.mark.parametrize(
    ("between", "calls"), [([0.2, 0.8], 7), ([0.7, 0.9], 6), ([0.0, 1.0], 7), ([0.0, 0.5], 6)]
)
def test_uncertain_is_strictly_between(between: list[float], calls: int) -> None:
    # Two of three votes say "met": 0.67. The other criterion has exactly 1.
    settings = voting(True, False, True, escalate={"to": scripted("strong", False), "between": between})
    assert judge(settings)[1].calls == calls


def test_a_stronger_judge_that_fails_leaves_a_hole() -> None:
    vector, stats = judge(voting(True, False, True, escalate={"to": scripted("strong", "!timeout")}))
    assert (vector.values_or_none(), vector.verdicts[0].status) == ([None, 1.0], "timeout")
    assert stats.failures == {"timeout": 1}


def test_a_split_ensemble_escalates_and_a_failed_one_does_not() -> None:
    strong = {"to": scripted("strong", True, "some")}
    split = ensemble(scripted("a", True), scripted("b", False), escalate=strong)
    vector, stats = judge(split)
    assert (vector.values.tolist(), stats.calls) == ([1.0, 1.0], 5)
    failed = ensemble(scripted("a", "!timeout"), scripted("b", "!timeout"), escalate=strong)
    assert judge(failed)[0].values_or_none() == [None, 1.0]


def test_tokens_of_both_judges_add_up(scripted_server: Any) -> None:
    endpoint = {"judge": "openai-compatible", "base_url": scripted_server.url, "store": ":memory:"}
    settings = voting(True, False, True, escalate={"to": {**endpoint, "model": "strong"}})
    vector, stats = judge(settings)
    assert stats.usage == vector.verdicts[0].usage
    assert stats.usage.completion_tokens > 0
    assert vector.verdicts[0].judge.model_returned == "strong-0001"


def test_members_may_be_judge_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text("judge: scripted\nmodel: a\nreplies: [{say: [true]}]\nstore: unused.sqlite\n")
    rubric = Rubric(id="r", criteria=(FEVER,))
    vector, _ = judge(
        ensemble("a.yaml", scripted("b", True), escalate={"to": "a.yaml", "between": [0.4, 0.6]}), rubric
    )
    assert (vector.values.tolist(), vector.verdicts[0].judge.model) == ([1.0], "a + b")
    assert not Path("unused.sqlite").exists()
    Path("e.yaml").write_text("judge: ensemble\njudges: [a.yaml, a.yaml]\n")
    for wrong, message in (
        (ensemble("a.yaml", "e.yaml"), r"^e.yaml: a judge with judge: ensemble cannot stand under judges"),
        (ensemble("a.yaml", {"judge": "rules"}), "judge: rules cannot stand under judges"),
        (voting(True, escalate={"to": "e.yaml"}), "judge: ensemble cannot stand under escalate.to"),
        (
            voting(True, escalate={"to": voting(True, escalate={"to": "a.yaml"})}),
            "with escalate cannot stand",
        ),
        (ensemble("a.yaml", "none.yaml"), "none.yaml"),
    ):
        with pytest.raises(JudgeConfigError, match=message) as caught:
            judge(wrong, rubric)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (ensemble("a.yaml"), "at least 2"),
        (ensemble(*["a.yaml"] * 8), "at most 7"),
        (ensemble("a", "b", model="m"), "model is said by each of the judges"),
        ({"judge": "ensemble"}, "judge: ensemble needs judges"),
        ({"judge": "rules", "escalate": {"to": "a.yaml"}}, "escalate is for"),
        (
            voting(True, escalate={"to": "a.yaml", "between": [0.8, 0.2]}),
            "first must be less than the second",
        ),
        (voting(True, combine="mean"), "combine is for ensemble"),
    ],
)
def test_declarations_that_say_nothing_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        JudgeConfig.model_validate(settings)


def test_what_decides_a_verdict_is_in_the_fingerprint() -> None:
    one, two = scripted("a", True), scripted("b", True)
    declared = [
        ensemble(one, two),
        ensemble(two, one),
        ensemble(one, two, combine="mean"),
        ensemble(one, two, escalate={"to": one}),
        ensemble(one, two, escalate={"to": one, "between": [0.3, 0.8]}),
        ensemble(one, {**two, "temperature": 1.0}),
    ]
    found = []
    for settings in declared:
        with JudgeService.open_sync(JudgeConfig.model_validate(settings)) as service:
            found.append(str(service.fingerprint()))
    assert len(set(found)) == len(declared)


@pytest.mark.parametrize("settings", [ensemble("a", "b"), voting(True, escalate={"to": "a"})])
def test_a_budget_or_an_estimate_is_refused_in_one_line(
    settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b"):
        Path(name).write_text("judge: scripted\nreplies: [{say: [true]}]\n")

    async def estimate() -> None:
        async with JudgeService.open(
            JudgeConfig.model_validate(settings), lambda judge: Around(judge).as_judge()
        ):
            pass

    with pytest.raises(JudgeConfigError, match="a batch is for one judge"):
        asyncio.run(estimate())


def test_beside_a_panel_something_stands_before_each_judge() -> None:
    settings = ensemble(scripted("a", True), scripted("b", True), escalate={"to": scripted("c", True)})
    asked = [JudgeRequest(rubric=RUBRIC, prompt="hi", response="fever")]

    async def both() -> tuple[list[RewardVector], list[RewardVector], int]:
        config = JudgeConfig.model_validate(settings)
        async with JudgeService.open(config) as service, service.beside(stored_only) as again:
            before = await again.judge(asked)
            await service.judge(asked)
            return before, await again.judge(asked), service.stats().calls

    before, after, calls = asyncio.run(both())
    assert [verdict.status for verdict in before[0].verdicts] == ["not_asked", "not_asked"]
    assert (after[0].values.tolist(), calls) == ([1.0, 1.0], 4)
