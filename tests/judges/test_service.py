import asyncio
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rvpo.judges import JudgeConfig, JudgeConfigError, JudgeRequest, JudgeService, JudgeStats, RewardVector
from rvpo.judges.member import Member
from rvpo.rubrics import Criterion, MissingField, Rubric, rubric_hash

GOOD = Criterion(id="fever", criterion="Mentions the word fever", points=5)
FAULT = Criterion(id="dose", criterion="Mentions the word overdose", points=-3, polarity="met_is_bad")
SHORT = Criterion.model_validate(
    {"id": "short", "criterion": "Is short", "points": 2, "kind": "length", "rule": {"max": 5}}
)
RUBRIC = Rubric(id="r", criteria=(GOOD, FAULT, SHORT))


def request(response: str, rubric: Rubric = RUBRIC, name: str = "1") -> JudgeRequest:
    return JudgeRequest(rubric=rubric, prompt="What now?", response=response, id=name)


def config(server: Any = None, **fields: Any) -> JudgeConfig:
    settings: dict[str, Any] = {"judge": "scripted", "replies": [{"say": [True]}], "store": ":memory:"}
    if server is not None:
        settings = {"judge": "openai-compatible", "model": "m", "base_url": server.url, "store": ":memory:"}
    return JudgeConfig.model_validate(settings | fields)


def judge(settings: JudgeConfig, requests: Sequence[JudgeRequest]) -> tuple[list[RewardVector], JudgeStats]:
    with JudgeService.open_sync(settings) as service:
        return service.judge_sync(requests), service.stats()


def test_a_vector_holds_rewards_not_verdicts() -> None:
    replies = [{"criterion": "fever", "say": [True]}, {"criterion": "dose", "say": [True]}]
    (vector,), stats = judge(config(replies=replies), [request("one two three")])
    # fever is met: 1. dose is met, which is bad: 0. short by rule: 1.
    assert vector.values.tolist() == [1.0, 0.0, 1.0]
    # (5 - 3 + 2) / (5 + 2)
    assert vector.scalar == pytest.approx(4 / 7)
    assert vector.coverage == 1.0
    assert vector.names == ("fever", "dose", "short")
    assert vector.rubric_hash == rubric_hash(RUBRIC)
    assert [verdict.score for verdict in vector.verdicts] == [1.0, 1.0, 1.0]
    assert (stats.calls, stats.rule_verdicts, stats.failures, stats.usd) == (2, 1, {}, 0.0)


def test_a_failure_is_a_hole_and_never_raises_a_reward() -> None:
    replies = [{"criterion": "dose", "fail": "transport"}, {"say": [True]}]
    (holed,), stats = judge(config(replies=replies), [request("one two three")])
    (fine,), _ = judge(
        config(replies=[{"criterion": "dose", "say": [False]}, {"say": [True]}]), [request("1 2 3")]
    )
    assert math.isnan(holed.values[1])
    assert holed.values_or_none() == [1.0, None, 1.0]
    assert holed.coverage == pytest.approx(7 / 10)
    assert holed.scalar is not None
    assert fine.scalar is not None
    assert holed.scalar <= fine.scalar
    assert (holed.verdicts[1].score, holed.verdicts[1].status) == (None, "transport")
    assert stats.failures == {"transport": 1}


def test_a_reply_without_a_verdict_is_asked_for_once_more() -> None:
    (mended,), stats = judge(
        config(replies=[{"say": ["junk", True]}]), [request("x", Rubric(id="r", criteria=(GOOD,)))]
    )
    assert mended.values.tolist() == [1.0]
    assert (stats.calls, mended.verdicts[0].attempts) == (2, 2)
    (lost,), stats = judge(
        config(replies=[{"say": ["junk"]}]), [request("x", Rubric(id="r", criteria=(GOOD,)))]
    )
    assert (lost.verdicts[0].status, stats.calls) == ("unparseable", 2)
    assert "junk" in lost.verdicts[0].explanation


def test_a_rerun_pays_for_no_failed_ask_twice(tmp_path: Path) -> None:
    """junk, junk (run 1: a hole), then junk, yes (run 2: two further asks), then nothing more to pay."""
    settings = config(replies=[{"say": ["junk", "junk", "junk", True]}], store=str(tmp_path / "s.sqlite"))
    asked = [request("x", Rubric(id="r", criteria=(GOOD,)))]
    seen = []
    for _ in range(3):
        (vector,), stats = judge(settings, asked)
        seen.append((vector.verdicts[0].status, stats.calls, stats.hits))
    assert seen == [("unparseable", 2, 0), ("ok", 2, 0), ("ok", 0, 1)]


def test_hits_are_free_and_weights_are_not_asked_about(scripted_server: Any, tmp_path: Path) -> None:
    settings = config(scripted_server, store=str(tmp_path / "s.sqlite"))
    (first,), stats = judge(settings, [request("fever")])
    assert (stats.calls, stats.usd, first.verdicts[0].usd) == (2, None, None)
    assert stats.usage.prompt_tokens > 0
    heavier = RUBRIC.model_copy(update={"criteria": (GOOD.model_copy(update={"points": 9.0}), FAULT, SHORT)})
    (again,), stats = judge(settings, [request("fever", heavier)])
    assert (stats.calls, stats.hits, stats.usd, stats.usage.prompt_tokens) == (0, 2, 0.0, 0)
    assert (again.verdicts[0].cached, again.verdicts[0].usd) == (True, 0.0)
    assert again.verdicts[0].judge.model_returned == "m-0001"
    assert scripted_server.counts()["requests"] == 2
    assert first.scalar == again.scalar == 1.0


def test_64_identical_requests_at_once_are_one_call_each(scripted_server: Any) -> None:
    scripted_server.script(latency_s=0.05)
    vectors, stats = judge(config(scripted_server), [request("fever", name=str(n)) for n in range(64)])
    assert scripted_server.counts()["requests"] == 2
    assert (stats.calls, stats.shared) == (2, 126)
    assert {tuple(vector.values) for vector in vectors} == {(1.0, 1.0, 1.0)}
    assert sum(not verdict.cached for vector in vectors for verdict in vector.verdicts[:2]) == 2


def test_separate_callers_share_calls_in_flight(scripted_server: Any) -> None:
    scripted_server.script(latency_s=0.3)

    async def story() -> list[list[RewardVector]]:
        async with JudgeService.open(config(scripted_server)) as service:
            leader = asyncio.create_task(service.judge([request("fever")]))
            await asyncio.sleep(0.1)
            followers = [asyncio.create_task(service.judge([request("fever")])) for _ in range(3)]
            await asyncio.sleep(0.05)
            leader.cancel()
            return await asyncio.gather(*followers)

    for (vector,) in asyncio.run(story()):
        assert vector.values.tolist() == [1.0, 1.0, 1.0]
    assert scripted_server.counts()["requests"] == 2


def test_one_model_name_at_two_addresses_is_two_judges(scripted_server: Any, tmp_path: Path) -> None:
    store = str(tmp_path / "s.sqlite")
    for host, sent in (("127.0.0.1", 2), ("localhost", 4), ("127.0.0.1", 4)):
        url = scripted_server.url.replace("127.0.0.1", host)
        judge(config(scripted_server, base_url=url, store=store), [request("fever")])
        assert scripted_server.counts()["requests"] == sent


def test_at_the_deadline_what_is_in_comes_back(scripted_server: Any) -> None:
    scripted_server.script(faults=[["ok", 1], ["hang", 99]])
    (vector,), stats = judge(config(scripted_server, deadline_s=0.7, concurrency=1), [request("fever")])
    assert vector.values_or_none() == [1.0, None, 1.0]
    assert (vector.verdicts[1].status, stats.failures) == ("timeout", {"timeout": 1})


def test_a_call_that_nobody_waits_for_gives_its_place_free(scripted_server: Any) -> None:
    scripted_server.script(faults=[["hang", 1]])
    only = Rubric(id="r", criteria=(GOOD,))
    with JudgeService.open_sync(config(scripted_server, deadline_s=1.0, concurrency=1)) as service:
        (late,) = service.judge_sync([request("fever 1", only)])
        (fine,) = service.judge_sync([request("fever 2", only)])
    assert (late.verdicts[0].status, fine.verdicts[0].status) == ("timeout", "ok")


def test_order_is_kept_and_each_is_told_when_done() -> None:
    replies = [{"contains": "a", "say": [True]}, {"say": [False]}]
    told: list[str] = []
    with JudgeService.open_sync(config(replies=replies)) as service:
        asked = [request("abba"[n % 4] + str(n), name=str(n)) for n in range(500)]
        vectors = service.judge_sync(asked, lambda vector: told.append(vector.id))
    assert [vector.id for vector in vectors] == [str(n) for n in range(500)]
    assert [vector.values[0] for vector in vectors] == [float("abba"[n % 4] == "a") for n in range(500)]
    assert sorted(told) == sorted(str(n) for n in range(500))


def test_rules_alone_need_no_judge_and_refuse_to_be_one() -> None:
    rules = JudgeConfig(judge="rules")
    (vector,), stats = judge(rules, [request("one two", Rubric(id="r", criteria=(SHORT,)))])
    assert (vector.values.tolist(), stats.calls, stats.rule_verdicts) == ([1.0], 0, 1)
    told: list[RewardVector] = []
    fine = request("one", Rubric(id="r", criteria=(SHORT,)))
    with (
        JudgeService.open_sync(rules) as service,
        pytest.raises(JudgeConfigError, match="request '2': criterion 'fever' of rubric 'r' needs a model"),
    ):
        service.judge_sync([fine, request("x", name="2")], told.append)
    assert told == []


def test_a_row_without_the_field_that_a_rule_wants_is_an_error() -> None:
    wants = Criterion.model_validate(
        {"id": "calls", "criterion": "c", "kind": "tool_calls", "rule": {"calls_from": "expected"}}
    )
    with pytest.raises(MissingField, match="expected"):
        judge(config(), [request("x", Rubric(id="r", criteria=(wants,)))])


def test_no_requests_is_no_work() -> None:
    assert judge(config(), [])[0] == []


def test_a_future_can_be_waited_for_later() -> None:
    with JudgeService.open_sync(config()) as service:
        futures = [service.submit([request(f"{n}")]) for n in range(3)]
        assert [future.result(10)[0].values.tolist() for future in futures] == [[1.0, 0.0, 1.0]] * 3
        assert service.identity().kind == "scripted"


def test_the_fingerprint_is_json_and_tells_judges_apart() -> None:
    prints = []
    for fields in ({}, {"temperature": 1.0}, {"concurrency": 3}, {"template": "yes_no_v1"}):
        with JudgeService.open_sync(config(**fields)) as service:
            prints.append(msgspec.json.encode(service.fingerprint(), order="sorted"))
    assert prints[2] == prints[0]
    assert len(set(prints)) == 3


@pytest.mark.parametrize(
    ("fields", "calls"),
    [
        ({}, 2),
        ({"votes": 3}, 6),
        ({"mode": "k-criteria", "criteria_per_call": 2}, 1),
        ({"mode": "whole-rubric"}, 1),
    ],
)
def test_no_more_is_begun_than_fills_the_places(
    monkeypatch: pytest.MonkeyPatch, fields: dict[str, Any], calls: int
) -> None:
    # Two criteria of three are the judge's. 1 200 calls may be at work for 300 places: 1 200 / calls responses.
    now = most = 0
    sound = Member.ballots

    async def ballots(self: Member, *asked: Any) -> Any:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)  # whoever may begin has begun
        cast = await sound(self, *asked)
        now -= 1
        return cast

    monkeypatch.setattr(Member, "ballots", ballots)
    requests = [request(f"response {n}", name=str(n)) for n in range(1_500)]
    vectors, _ = judge(config(concurrency=300, **fields), requests)
    assert most == 1_200 // calls
    assert [vector.id for vector in vectors] == [each.id for each in requests]
