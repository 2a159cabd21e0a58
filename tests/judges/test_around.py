import asyncio
from pathlib import Path
from typing import cast

import pytest

from rvpo.judges import JudgeConfig, JudgeConfigError, JudgeRequest, JudgeService, ScriptedReply, StoreError
from rvpo.judges.around import Priced, Rehearsal
from rvpo.judges.prices import Prices, prices_for
from rvpo.judges.protocol import Judge, Question
from rvpo.judges.records import Usage
from rvpo.judges.tally import Tally
from rvpo.rubrics import parse_rubric

RUBRIC = parse_rubric(
    "{id: r, criteria: [{id: a, criterion: Is kind, points: 1}, {id: b, criterion: Is short, points: 1}]}"
)


def request(response: str) -> JudgeRequest:
    return JudgeRequest(rubric=RUBRIC, prompt="p", response=response, id=response)


def rehearse(config: JudgeConfig, *responses: str) -> list[tuple[bytes, str, int]]:
    heard: list[tuple[bytes, str, int]] = []

    def note(key: bytes, question: Question, vote: int) -> None:
        heard.append((key, question.only.id, vote))

    def around(judge: Judge) -> Judge:
        return Rehearsal(judge, note).as_judge()

    async def run() -> None:
        async with JudgeService.open(config, around) as service:
            assert service.identity().kind == "scripted", "all but the asking is the judge's own"
            vectors = await service.judge([request(each) for each in responses])
            assert all(v.status in {"ok", "not_asked"} for vector in vectors for v in vector.verdicts)

    asyncio.run(run())
    return heard


def test_a_rehearsal_hears_of_what_a_run_would_ask_and_changes_nothing(tmp_path: Path) -> None:
    config = JudgeConfig(
        judge="scripted", replies=(ScriptedReply(say=(True,)),), store=str(tmp_path / "store.sqlite")
    )
    first = rehearse(config, "x", "y", "x")
    assert sorted(name for _, name, _ in first) == ["a", "a", "b", "b"], "the same question is heard of once"
    assert {vote for _, _, vote in first} == {0}
    assert sorted(rehearse(config, "y", "x")) == sorted(first)
    with JudgeService.open_sync(config) as service:
        (vector,) = service.judge_sync([request("x")])
    left = {key for key, _, _ in rehearse(config, "x", "y")}
    known = {bytes.fromhex(verdict.request_key) for verdict in vector.verdicts}
    assert left | known == {key for key, _, _ in first}
    assert not left & known


def test_a_reply_without_a_verdict_is_asked_about_under_the_next_vote(tmp_path: Path) -> None:
    path = str(tmp_path / "store.sqlite")
    config = JudgeConfig(judge="scripted", replies=(ScriptedReply(say=("?", "?", True)),), store=path)
    with JudgeService.open_sync(config) as service:
        service.judge_sync([request("x")])
    assert {vote for _, _, vote in rehearse(config, "x")} == {2}


def test_a_store_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no store", encoding="utf-8")
    config = JudgeConfig(
        judge="scripted", replies=(ScriptedReply(say=(True,)),), store=str(tmp_path / "file")
    )
    with pytest.raises(StoreError):
        rehearse(config, "x")


def test_prices_of_real_usage() -> None:
    usage = Usage(prompt_tokens=1_000_000, cached_prompt_tokens=400_000, completion_tokens=100_000)
    # 0.6 M fresh at 2, 0.4 M cached at 0.5, 0.1 M out at 8: 1.2 + 0.2 + 0.8
    known = Prices(model="m", input=2.0, cached=0.5, output=8.0)
    assert known.usd(usage) == pytest.approx(2.2)
    # An unknown price of cached input is that of fresh: 2.0 + 0.8
    assert Prices(model="m", input=2.0, output=8.0).usd(usage) == pytest.approx(2.8)
    assert Prices(model="m", input=2.0).usd(usage) is None
    assert Prices(model="m").usd(Usage()) == 0.0


def test_a_reply_that_does_not_tell_its_tokens_is_not_free() -> None:
    dear = Priced(cast("Judge", None), Prices(model="m", input=2.0, output=8.0))
    tally = Tally(dear.usd)
    tally.called(1, Usage(prompt_tokens=1000, completion_tokens=100))
    assert tally.stats().usd == pytest.approx(0.0028)
    tally.called(1, Usage())
    assert (tally.stats().usd, dear.usd(Usage())) == (None, None)
    assert Prices(model="m").of_replies(Usage()) is None
    assert Prices(model="m", input=0.0, output=0.0).of_replies(Usage()) == 0.0


def test_prices_come_from_the_table_the_user_or_are_nothing_here() -> None:
    assert prices_for(JudgeConfig(judge="openai", model="gpt-4.1")).input == 2.0
    said = prices_for(JudgeConfig(judge="openai", model="gpt-4.1"), input=3.0)
    assert (said.input, said.output, said.as_of) == (3.0, 8.0, "")
    assert prices_for(JudgeConfig(judge="rules")).usd(Usage(prompt_tokens=5)) == 0.0
    with pytest.raises(JudgeConfigError, match="tells what its judge costs"):
        prices_for(JudgeConfig(judge="service", base_url="http://localhost:1"), output=1.0)
    together = JudgeConfig(judge="ensemble", judges=("a.yaml", "b.yaml"))
    assert prices_for(together).usd(Usage(prompt_tokens=5)) is None


def test_a_judge_service_elsewhere_is_no_judge_to_put_something_around() -> None:
    config = JudgeConfig(judge="service", base_url="http://localhost:1")
    with pytest.raises(JudgeConfigError, match="use its own judge file"):
        rehearse(config, "x")
