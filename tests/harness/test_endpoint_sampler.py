"""The endpoint sampler against a real HTTP server with scripted faults."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from rvpo.harness.endpoint_sampler import EndpointSampler
from rvpo.harness.errors import SamplerError
from rvpo.harness.exam import Exam
from rvpo.harness.samplers import Ask, Completion, draw_seed

MakeExam = Callable[..., Exam]


def _sampler(server: Any, **settings: Any) -> EndpointSampler:
    return EndpointSampler(server.url, "policy", **settings)


def _answers(sampler: EndpointSampler, asks: list[Ask]) -> dict[tuple[str, int], Completion]:
    answers = [completion for batch in sampler.sample(asks) for completion in batch]
    assert len(answers) == len(asks)
    return {(answer.item_id, answer.draw): answer for answer in answers}


def test_answers_belong_to_their_items(scripted_server: Any, make_exam: MakeExam) -> None:
    exam = make_exam(40)
    answers = _answers(_sampler(scripted_server, concurrency=7), [Ask(item) for item in exam.items])
    for item in exam.items:
        question = item.messages[-1]["content"]
        answer = answers[item.id, 0]
        assert answer.text == f"You said: {question}"
        assert (answer.prompt_tokens, answer.completion_tokens) == (
            len(question.split()),
            len(answer.text.split()),
        )
        assert answer.finish_reason == "stop"


def test_as_many_in_flight_as_asked_for(scripted_server: Any, make_exam: MakeExam) -> None:
    scripted_server.script(latency_s=0.05)
    _answers(_sampler(scripted_server, concurrency=9), [Ask(item) for item in make_exam(40).items])
    counts = scripted_server.counts()
    assert (counts["requests"], counts["peak"]) == (40, 9)


@pytest.mark.parametrize("draw", [0, 1])
def test_every_draw_is_sent_its_own_seed(scripted_server: Any, make_exam: MakeExam, draw: int) -> None:
    item = make_exam(1).items[0]
    _answers(_sampler(scripted_server, seed=3, temperature=0.7, max_new_tokens=9), [Ask(item, draw)])
    assert scripted_server.counts()["last"] == {
        "model": "policy",
        "messages": [{"role": "user", "content": item.messages[0]["content"]}],
        "temperature": 0.7,
        "max_tokens": 9,
        "seed": draw_seed(3, item.id, draw),
    }


def test_seeds_of_many_draws_are_distinct_and_small_enough_for_any_server() -> None:
    seeds = {
        draw_seed(seed, str(item), draw) for seed in range(3) for item in range(100) for draw in range(10)
    }
    assert len(seeds) == 3000
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_passing_faults_are_retried_and_final_ones_fail(scripted_server: Any, make_exam: MakeExam) -> None:
    scripted_server.script(faults=[["503", 1], ["reset", 1], ["context", 1], ["filter", 1], ["length", 1]])
    sampler = _sampler(scripted_server, concurrency=1)
    answers = list(_answers(sampler, [Ask(item) for item in make_exam(4).items]).values())
    assert [answer.finish_reason for answer in answers] == ["failed", "failed", "length", "stop"]
    assert answers[0].error.startswith("context_length: ")
    assert answers[1].error.startswith("content_filter: ")
    assert scripted_server.counts()["requests"] == 6


def test_a_dead_endpoint_fails_every_ask(scripted_server: Any, make_exam: MakeExam) -> None:
    scripted_server.stop()
    sampler = _sampler(scripted_server, max_attempts=1)
    answers = _answers(sampler, [Ask(item) for item in make_exam(5).items]).values()
    assert all(
        answer.finish_reason == "failed" and answer.error.startswith("transport") for answer in answers
    )


def test_untaken_answers_hold_new_requests_back_and_closing_stops_the_rest(
    scripted_server: Any, make_exam: MakeExam
) -> None:
    stream = _sampler(scripted_server, concurrency=2).sample([Ask(item) for item in make_exam(50).items])
    first = next(stream)
    time.sleep(0.3)
    # Room for twice the concurrency beside what was taken.
    assert scripted_server.counts()["requests"] <= len(first) + 4
    stream.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "rvpo-sampler"]


def test_settings_that_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    with pytest.raises(SamplerError, match="'localhost:8000' is not an http"):
        EndpointSampler("localhost:8000", "m")
    with pytest.raises(SamplerError, match="NO_SUCH_KEY"):
        EndpointSampler("http://localhost:8000/v1", "m", api_key_env="NO_SUCH_KEY")


def test_the_key_is_sent_and_is_no_part_of_the_identity(
    scripted_server: Any, make_exam: MakeExam, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLICY_KEY", "sesame")
    sampler = _sampler(scripted_server, api_key_env="POLICY_KEY")
    _answers(sampler, [Ask(make_exam(1).items[0])])
    assert scripted_server.counts()["authorization"] == "Bearer sesame"
    assert "sesame" not in str(sampler.identity())
