"""Defects found in the caches of other judges, tried on ours: wrong hits, doubled calls, doubled bills, stale resumes.

Doubled calls of identical requests and the free hit itself are in ``test_service.py``; torn rows in
``test_faults_store.py``.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rvpo.judges import JudgeConfig, JudgeRequest, JudgeService, RewardVector
from rvpo.rubrics import Criterion, Rubric

FEVER = Criterion(id="c", criterion="Mentions the word fever", points=5)


def judge(server: Any, store: Path, criterion: Criterion = FEVER, **fields: Any) -> RewardVector:
    settings = {"judge": "openai-compatible", "model": "m", "base_url": server.url, "store": str(store)}
    rubric = Rubric(id="r", criteria=(criterion,))
    asked = JudgeRequest(rubric=rubric, prompt="What now?", response="It is fever.")
    with JudgeService.open_sync(JudgeConfig.model_validate(settings | fields)) as service:
        (vector,) = service.judge_sync([asked])
    return vector


@pytest.fixture
def other_server(scripted_server: Any) -> Iterator[Any]:
    other = type(scripted_server)()
    yield other
    other.stop()


def test_one_model_name_at_two_addresses_gives_each_its_own_verdict(
    scripted_server: Any, other_server: Any, tmp_path: Path
) -> None:
    """Elsewhere the second judge got the first one's cached verdict, with no request at all."""
    other_server.script(verdict='{"explanation": "the other way", "met": false}')
    store = tmp_path / "s.sqlite"
    for _ in range(2):
        assert judge(scripted_server, store).values.tolist() == [1.0]
        assert judge(other_server, store).values.tolist() == [0.0]
    assert (scripted_server.counts()["requests"], other_server.counts()["requests"]) == (1, 1)


@pytest.mark.parametrize(
    "extra",
    [
        {"guided_json": {"type": "object"}},
        {"guided_json": {"type": "object", "required": ["met"]}},
        {"response_format": {"type": "json_object"}},
        {"reasoning_effort": "low"},
    ],
)
def test_another_schema_or_extra_field_is_another_question(
    scripted_server: Any, tmp_path: Path, extra: dict[str, Any]
) -> None:
    store = tmp_path / "s.sqlite"
    judge(scripted_server, store, extra_body={"guided_json": {"type": "string"}})
    judge(scripted_server, store, extra_body=extra)
    assert scripted_server.counts()["requests"] == 2
    judge(scripted_server, store, extra_body=extra)
    assert scripted_server.counts()["requests"] == 2


def test_a_rerun_after_a_changed_text_asks_again_and_is_not_stale(
    scripted_server: Any, tmp_path: Path
) -> None:
    """Elsewhere a resumed run kept the old score after rubric, response and judge had changed."""
    store = tmp_path / "s.sqlite"
    assert judge(scripted_server, store).values.tolist() == [1.0]
    changed = FEVER.model_copy(update={"criterion": "Mentions the word cough"})
    assert judge(scripted_server, store, changed).values.tolist() == [0.0]
    assert judge(scripted_server, store, changed, model="m2").values.tolist() == [0.0]
    assert scripted_server.counts()["requests"] == 3
    noted = FEVER.model_copy(update={"guidelines": "Say it plainly."})
    judge(scripted_server, store, noted)
    assert scripted_server.counts()["requests"] == 4
    assert judge(scripted_server, store).verdicts[0].cached


def test_a_renamed_or_reweighted_criterion_is_the_same_question(scripted_server: Any, tmp_path: Path) -> None:
    store = tmp_path / "s.sqlite"
    judge(scripted_server, store)
    renamed = FEVER.model_copy(update={"id": "other", "points": -2.0, "polarity": "met_is_bad"})
    vector = judge(scripted_server, store, renamed)
    # Met, which is bad now: the verdict stays, the reward turns.
    assert (vector.verdicts[0].score, vector.values.tolist()) == (1.0, [0.0])
    assert (vector.verdicts[0].usd, vector.verdicts[0].cached) == (0.0, True)
    assert scripted_server.counts()["requests"] == 1
