"""Several criteria a call, through the service; the scripted server is a real endpoint."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from rvpo.judges import JudgeConfig, JudgeConfigError, JudgeRequest, JudgeService, JudgeStats, RewardVector
from rvpo.judges.grouping import group
from rvpo.rubrics import Criterion, Rubric

WORDS = ("fever", "dose", "rest", "tea", "sleep")


def criterion(word: str, **fields: Any) -> Criterion:
    return Criterion.model_validate({"id": word, "criterion": f"Mentions the word {word}.", **fields})


ALL = Rubric(id="r", criteria=tuple(map(criterion, WORDS)))


def request(response: str, rubric: Rubric = ALL, name: str = "1") -> JudgeRequest:
    return JudgeRequest(rubric=rubric, prompt="What now?", response=response, id=name)


def config(server: Any, **fields: Any) -> JudgeConfig:
    settings = {"judge": "openai-compatible", "model": "m", "base_url": server.url, "store": ":memory:"}
    return JudgeConfig.model_validate(settings | {"mode": "whole-rubric"} | fields)


def judge(settings: JudgeConfig, requests: Sequence[JudgeRequest]) -> tuple[list[RewardVector], JudgeStats]:
    with JudgeService.open_sync(settings) as service:
        return service.judge_sync(requests), service.stats()


@pytest.mark.parametrize(
    ("fields", "calls"),
    [
        ({"mode": "per-criterion"}, 5),
        ({"mode": "k-criteria", "criteria_per_call": 2}, 3),
        ({"mode": "k-criteria"}, 1),
        ({"mode": "whole-rubric"}, 1),
        ({"mode": "whole-rubric", "shuffle_criteria": False}, 1),
        ({"mode": None}, 5),
    ],
)
def test_every_way_of_asking_finds_the_same_verdicts(
    scripted_server: Any, fields: dict[str, Any], calls: int
) -> None:
    (vector,), stats = judge(config(scripted_server, **fields), [request("rest and tea")])
    assert vector.values.tolist() == [0.0, 0.0, 1.0, 1.0, 0.0]
    assert [verdict.explanation for verdict in vector.verdicts] == [f"looked for {word}" for word in WORDS]
    assert (stats.calls, stats.failures, scripted_server.counts()["requests"]) == (calls, {}, calls)
    assert sum(verdict.attempts for verdict in vector.verdicts) == calls


def test_every_scale_can_be_asked_together(scripted_server: Any) -> None:
    rubric = Rubric(
        id="r",
        criteria=(
            criterion("fever", options=["none", {"label": "n/a", "na": True}, "partial", "full"]),
            criterion("dose", range={"min": 2, "max": 6}),
            criterion("tea", evidence="quote"),
            criterion("rest", guidelines="A nap counts."),
        ),
    )
    (vector,), stats = judge(config(scripted_server), [request("fever dose tea", rubric)])
    assert [verdict.answer for verdict in vector.verdicts] == ["full", 6.0, None, None]
    assert vector.values.tolist() == [1.0, 1.0, 1.0, 0.0]
    assert (vector.verdicts[2].evidence, stats.calls) == ("tea", 1)
    system, user = (turn["content"] for turn in scripted_server.counts()["last"]["messages"])
    assert "A nap counts." in user
    assert user.index("What now?") < user.index("fever dose tea") < user.index("<<criterion c1>>")
    assert "Mentions" not in system


def test_a_rubric_says_the_mode_where_the_judge_file_does_not(scripted_server: Any) -> None:
    hinted = Rubric.model_validate({**ALL.model_dump(), "judge": {"mode": "whole-rubric"}})
    assert judge(config(scripted_server, mode=None), [request("tea", hinted)])[1].calls == 1
    assert judge(config(scripted_server, mode="per-criterion"), [request("tea", hinted)])[1].calls == 5


@pytest.mark.parametrize("spoil", ["drop", "double", "junk"])
def test_what_a_reply_left_open_is_asked_once_more_alone(
    scripted_server: Any, tmp_path: Path, spoil: str
) -> None:
    scripted_server.script(sheet={"c2": spoil, "c4": "extra"})
    settings = config(scripted_server, shuffle_criteria=False, store=str(tmp_path / "s.sqlite"))
    (vector,), stats = judge(settings, [request("rest and dose")])
    assert vector.values.tolist() == [0.0, 1.0, 1.0, 0.0, 0.0]
    assert (stats.calls, stats.failures) == (2, {})
    # The verdict lies under the key of its own call, and the others share one.
    keys = [verdict.request_key for verdict in vector.verdicts]
    assert len(set(keys)) == 2
    assert keys.count(keys[1]) == 1
    # Every token of both calls is some verdict's.
    assert sum(verdict.usage.prompt_tokens for verdict in vector.verdicts) == stats.usage.prompt_tokens
    assert (
        sum(verdict.usage.completion_tokens for verdict in vector.verdicts) == stats.usage.completion_tokens
    )
    (again,), stats = judge(settings, [request("rest and dose")])
    assert (again.values.tolist(), stats.calls, stats.hits) == (vector.values.tolist(), 0, 5)
    assert scripted_server.counts()["requests"] == 2


def test_what_stays_open_is_a_hole_and_the_others_stand(scripted_server: Any) -> None:
    scripted_server.script(sheet={"c1": "drop"}, verdict="hm")
    (vector,), stats = judge(config(scripted_server, shuffle_criteria=False), [request("tea")])
    assert vector.values_or_none() == [None, 0.0, 0.0, 1.0, 0.0]
    # One call for all, then as for any criterion on its own: one and a second with the reminder.
    assert (vector.verdicts[0].status, stats.calls) == ("unparseable", 3)


@pytest.mark.parametrize(("fault", "calls"), [("nonsense", 6), ("length", 6), ("refusal", 1), ("400", 1)])
def test_a_reply_without_any_verdict(scripted_server: Any, fault: str, calls: int) -> None:
    scripted_server.script(faults=[[fault, 1]])
    (vector,), stats = judge(config(scripted_server), [request("tea")])
    mended = calls > 1
    assert vector.values_or_none() == ([0.0, 0.0, 0.0, 1.0, 0.0] if mended else [None] * 5)
    assert stats.calls == calls


def test_points_cost_nothing_and_a_new_criterion_only_its_call(scripted_server: Any, tmp_path: Path) -> None:
    settings = config(
        scripted_server, mode="k-criteria", criteria_per_call=2, store=str(tmp_path / "s.sqlite")
    )
    judge(settings, [request("tea")])
    heavier = [each.model_copy(update={"points": 9.0, "id": f"x{each.id}"}) for each in ALL.criteria]
    assert judge(settings, [request("tea", Rubric(id="r", criteria=tuple(heavier)))])[1].calls == 0
    longer = Rubric(id="r", criteria=(*ALL.criteria, criterion("doctor")))
    assert judge(settings, [request("tea", longer)])[1].calls == 1


def test_the_order_is_drawn_for_each_response_and_is_the_same_every_time(scripted_server: Any) -> None:
    orders = set()
    for response in ("a", "b", "c", "d", "a"):
        judge(config(scripted_server), [request(response)])
        text = scripted_server.counts()["last"]["messages"][-1]["content"]
        orders.add(tuple(sorted(WORDS, key=text.index)))
    assert 1 < len(orders) <= 4
    assert scripted_server.counts()["repeats"] == 1


def test_calls_are_cut_in_the_rubrics_order() -> None:
    criteria = [criterion(f"w{number}") for number in range(7)]
    assert group([0, 2, 3, 6], criteria, "k-criteria", 3) == [(0, 2, 3), (6,)]
    assert group([0, 2], criteria, "per-criterion", 3) == [(0,), (2,)]
    assert group([], criteria, "whole-rubric", 3) == []
    drawn = group(list(range(7)), criteria, "k-criteria", 4, shuffle_for="x")
    assert [sorted(call) for call in drawn] == [[0, 1, 2, 3], [4, 5, 6]]


def test_the_scripted_judge_leaves_out_what_is_no_clean_verdict() -> None:
    replies = [
        {"criterion": "dose", "say": ["junk", True]},
        {"criterion": "tea", "fail": "timeout"},
        {"say": [True]},
    ]
    settings = JudgeConfig.model_validate(
        {"judge": "scripted", "mode": "whole-rubric", "replies": replies, "store": ":memory:"}
    )
    (vector,), stats = judge(settings, [request("x")])
    assert [verdict.status for verdict in vector.verdicts] == ["ok", "ok", "ok", "timeout", "ok"]
    # One for all, then dose twice (junk first) and tea once.
    assert (stats.calls, stats.failures) == (4, {"timeout": 1})


def test_a_template_must_ask_what_its_place_asks(scripted_server: Any, tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("## user\n{{conversation}}{{response}}{{criteria}}")
    (vector,), _ = judge(config(scripted_server, criteria_template=str(path)), [request("tea")])
    assert vector.scalar == pytest.approx(1 / 5)
    for field, wrong in (("template", str(path)), ("criteria_template", "graded_v1")):
        with pytest.raises(JudgeConfigError, match=rf"{field} needs the slot"):
            judge(config(scripted_server, **{field: wrong}), [request("tea")])


def test_points_are_shown_where_a_template_asks_for_them_and_are_then_part_of_the_key(
    scripted_server: Any, tmp_path: Path
) -> None:
    path = tmp_path / "official.txt"
    path.write_text(
        "## user\n{{conversation}}{{response}}<<criterion>>\n{{points_criterion}}\n<<end of criterion>>"
    )
    keys = []
    for template, points in ((str(path), 7), (str(path), -3.5), (None, 7), (None, -3.5)):
        rubric = Rubric(id="r", criteria=(criterion("tea", points=points, polarity="met_is_good"),))
        settings = config(scripted_server, mode="per-criterion", template=template)
        (vector,), _ = judge(settings, [request("tea", rubric)])
        keys.append(vector.verdicts[0].request_key)
        shown = f"[{points:g}] Mentions" in scripted_server.counts()["last"]["messages"][-1]["content"]
        assert (shown, vector.values.tolist()) == (template is not None, [1.0])
    assert len(set(keys)) == 3
    assert keys[2] == keys[3]


def test_prices_are_those_of_the_tokens_and_hits_tell_what_they_saved(
    scripted_server: Any, tmp_path: Path
) -> None:
    settings = config(scripted_server, model="gpt-4.1-mini", store=str(tmp_path / "s.sqlite"))
    (vector,), stats = judge(settings, [request("tea")])
    # USD 0.4 and 1.6 a million tokens in and out.
    paid = (stats.usage.prompt_tokens * 0.4 + stats.usage.completion_tokens * 1.6) / 1e6
    assert stats.usd == pytest.approx(paid)
    assert stats.usage.prompt_tokens > 100
    assert sum(verdict.usd or 0.0 for verdict in vector.verdicts) == pytest.approx(paid)
    assert stats.saved_usd == 0.0
    (again,), stats = judge(settings, [request("tea")])
    assert stats.usd == 0.0
    assert stats.saved_usd == pytest.approx(paid)
    assert {verdict.usd for verdict in again.verdicts} == {0.0}
