"""What a judge's endpoint can do wrong, seen from the vector: a documented status, no score, and a bounded number of asks."""

import math
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from rvpo.judges import JudgeConfig, JudgeRequest, JudgeService, JudgeStats, RewardVector
from rvpo.rubrics import Criterion, Rubric

BAD = Criterion(id="dose", criterion="Mentions the word overdose", points=-3, polarity="met_is_bad")
RUBRIC = Rubric(id="r", criteria=(Criterion(id="fever", criterion="Mentions the word fever", points=5),))


def requests(*responses: str, rubric: Rubric = RUBRIC) -> list[JudgeRequest]:
    return [
        JudgeRequest(rubric=rubric, prompt="What now?", response=response, id=str(n))
        for n, response in enumerate(responses)
    ]


def judge(
    server: Any, asked: list[JudgeRequest], store: Path | None = None, **fields: Any
) -> tuple[list[RewardVector], JudgeStats]:
    settings = {"judge": "openai-compatible", "model": "m", "base_url": server.url, "max_attempts": 2}
    config = JudgeConfig.model_validate(settings | {"store": str(store or ":memory:")} | fields)
    with JudgeService.open_sync(config) as service:
        return service.judge_sync(asked), service.stats()


class Fault(NamedTuple):
    kind: str
    status: str
    asks: int
    """Requests that it may cost at two attempts and two asks a question."""


LASTING = [
    Fault("429", "rate_limited", 2),
    Fault("500", "transport", 2),
    Fault("503", "transport", 2),
    Fault("bad_gateway", "transport", 2),
    # One whose connection closes before the first byte is sent once more, whatever the attempts.
    Fault("reset", "transport", 3),
    Fault("reset_late", "transport", 2),
    Fault("cut", "transport", 2),
    Fault("not_json", "transport", 2),
    Fault("no_choices", "transport", 2),
    Fault("error_200", "transport", 2),
]
FINAL = [
    Fault("400", "rejected", 1),
    Fault("401", "rejected", 1),
    Fault("context", "context_length", 1),
    Fault("filter", "content_filter", 1),
    Fault("refusal", "refusal", 1),
]
USELESS = [
    Fault("empty", "unparseable", 2),
    Fault("nonsense", "unparseable", 2),
    Fault("length", "truncated", 2),
]


@pytest.mark.parametrize("faults", [LASTING[:5], LASTING[5:], FINAL, USELESS])
def test_a_fault_is_a_hole_with_its_cause_and_heals(
    scripted_server: Any, tmp_path: Path, faults: list[Fault]
) -> None:
    for fault in faults:
        store = tmp_path / f"{fault.kind}.sqlite"
        scripted_server.script(faults=[[fault.kind, 99]])
        (vector,), stats = judge(scripted_server, requests("fever"), store)
        (verdict,) = vector.verdicts
        assert (verdict.status, verdict.score, vector.scalar) == (fault.status, None, None), fault
        assert math.isnan(vector.values[0]), fault
        assert vector.coverage == 0.0, fault
        assert stats.failures == {fault.status: 1}, fault
        assert stats.hits == 0, fault
        assert scripted_server.counts()["requests"] == fault.asks, fault
        scripted_server.script()
        (vector,), stats = judge(scripted_server, requests("fever"), store)
        assert (vector.verdicts[0].status, vector.values[0]) == ("ok", 1.0), fault
        assert stats.failures == {}, fault


def test_a_silent_server_is_given_up_in_time(scripted_server: Any) -> None:
    scripted_server.script(faults=[["hang", 99]])
    vectors, stats = judge(scripted_server, requests("fever 1", "fever 2"), timeout_s=0.2)
    assert [vector.verdicts[0].status for vector in vectors] == ["timeout", "timeout"]
    assert (stats.calls, stats.attempts) == (2, 4)


def test_a_slow_server_is_waited_for(scripted_server: Any) -> None:
    scripted_server.script(latency_s=0.6)
    (vector,), stats = judge(scripted_server, requests("fever"), timeout_s=30.0)
    assert (vector.values.tolist(), stats.attempts) == ([1.0], 1)


def test_a_server_that_is_down_is_a_hole_for_each(scripted_server: Any, tmp_path: Path) -> None:
    scripted_server.stop()
    vectors, stats = judge(scripted_server, requests("fever 1", "fever 2"), tmp_path / "s.sqlite")
    assert [vector.values_or_none() for vector in vectors] == [[None], [None]]
    assert stats.failures == {"transport": 2}
    assert (stats.calls, stats.attempts) == (2, 4)


def test_a_good_reply_of_the_wrong_content_type_counts(scripted_server: Any) -> None:
    scripted_server.script(faults=[["plain", 9]])
    (vector,), _ = judge(scripted_server, requests("fever"))
    assert vector.values.tolist() == [1.0]


def test_a_failing_judge_never_raises_a_score_of_faults(scripted_server: Any) -> None:
    """A negative criterion that cannot be judged is no proof of innocence: nothing can be said of the response."""
    scripted_server.script(faults=[["500", 99]])
    (vector,), _ = judge(scripted_server, requests("overdose", rubric=Rubric(id="r", criteria=(BAD,))))
    assert (vector.values_or_none(), vector.scalar, vector.coverage) == ([None], None, 0.0)


STORM = [
    ["429", 6], ["ok", 3], ["500", 4], ["reset", 4], ["ok", 3], ["cut", 3], ["nonsense", 4], ["reset_late", 3],
    ["length", 3], ["not_json", 2], ["empty", 3], ["503", 3], ["context", 1], ["refusal", 1],
]  # fmt: skip
HOLES = {"rate_limited", "transport", "unparseable", "truncated", "context_length", "refusal"}


def test_in_a_storm_of_everything_each_verdict_is_right_or_a_hole(
    scripted_server: Any, tmp_path: Path
) -> None:
    asked = requests(*(f"{'fever' if n % 3 else 'cough'} {n}" for n in range(60)))
    right = [float(n % 3 != 0) for n in range(60)]
    store = tmp_path / "s.sqlite"
    scripted_server.script(faults=[list(each) for each in STORM])
    vectors, stats = judge(scripted_server, asked, store, concurrency=8)
    for vector, value in zip(vectors, right, strict=True):
        (verdict,) = vector.verdicts
        assert vector.values_or_none() == [value if verdict.status == "ok" else None]
        assert verdict.status in HOLES | {"ok"}
    # 43 requests are ill-fated; each question sends at most 2 attempts in each of 2 asks.
    sent = scripted_server.counts()["requests"]
    assert sent == stats.attempts <= 60 + 43
    assert sum(stats.failures.values()) == sum(vector.scalar is None for vector in vectors) > 0
    scripted_server.script()
    healed, stats = judge(scripted_server, asked, store)
    assert [vector.values_or_none() for vector in healed] == [[value] for value in right]
    # What was answered in the storm is not paid for again.
    kept = sum(vector.verdicts[0].status == "ok" for vector in vectors)
    assert stats.hits >= kept


@pytest.mark.parametrize(
    "said",
    ["Yes!", '{"met": true}', '{"explanation": "e", "met": "yes"}', '{"met": true, ' * 300, "{" * 5000],
)
def test_a_server_that_is_wrong_forever_costs_two_asks_a_run(
    scripted_server: Any, tmp_path: Path, said: str
) -> None:
    scripted_server.script(verdict=said)
    for run in (1, 2):
        vectors, stats = judge(scripted_server, requests("fever", "cough"), tmp_path / "s.sqlite")
        assert [vector.verdicts[0].status for vector in vectors] == ["unparseable", "unparseable"]
        assert (stats.calls, scripted_server.counts()["requests"]) == (4, 4 * run)
