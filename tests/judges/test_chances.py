"""Probabilities behind a verdict's word: read from tokens, asked of a real endpoint, calibrated."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.judges import JudgeConfig, JudgeConfigError, JudgeRequest, JudgeService, JudgeStats, Verdict
from rvpo.judges.calibration import Calibration, save_calibration
from rvpo.judges.chances import with_chance
from rvpo.judges.reading import Reading
from rvpo.rubrics import Criterion, Rubric

FEVER = Criterion(id="fever", criterion="Mentions the word fever.")
DEPTH = Criterion.model_validate(
    {"id": "depth", "criterion": "Mentions the word fever.", "options": ["none", "full"]}
)
SAID = Reading(status="ok", score=1.0, explanation="so")


def reply(tokens: list[str], chances: Mapping[str, float], place: int) -> bytes:
    """A completion of these tokens, with alternatives at one place."""
    content: list[dict[str, Any]] = [{"token": token, "logprob": 0.0, "top_logprobs": []} for token in tokens]
    content[place] |= {
        "logprob": math.log(chances[tokens[place]]),
        "top_logprobs": [{"token": token, "logprob": math.log(each)} for token, each in chances.items()],
    }
    return json.dumps({"choices": [{"logprobs": {"content": content}}]}).encode()


@pytest.mark.parametrize(
    ("tokens", "place", "chances", "p_met"),
    [
        (['{"', "met", '":', " true", "}"], 3, {" true": 0.6, " false": 0.2}, 0.75),
        # Spellings add up: 0.4 + 0.1 + 0.1 against 0.2 + 0.2; what is neither counts for nothing.
        (['{"met":', "true", "}"], 1, {"true": 0.4, " True": 0.1, "TRUE": 0.1, "false": 0.2, ' "false': 0.1, "FALSE": 0.05, "\nfalse": 0.05}, 0.6),
        (['{"met":', " true", "}"], 1, {" true": 0.3, " maybe": 0.6, " false": 0.1}, 0.75),
        # The word may begin inside a token, end in one, and go on in the next.
        (['{"met"', ": true}"], 1, {": true}": 0.5, ": false": 0.5}, 0.5),
        (['{"met"', ": true}"], 1, {": true}": 0.5, ": true": 0.25, ":false": 0.25}, 0.75),
        (['{"met": ', "t", "rue}"], 1, {"t": 0.9, "f": 0.1}, 0.9),
        # Nothing is left for a rival.
        (['{"met":', " true", "}"], 1, {" true": 0.9999}, 1.0),
        # The reason quotes another verdict, escaped; thinking before it has one that does not count.
        (['<think>{"met": false}</think>{"explanation": "\\"met\\": false", "met":', " true", "}"], 1, {" true": 0.8, " false": 0.2}, 0.8),
    ],
)  # fmt: skip
def test_the_chance_is_read_where_the_verdict_begins(
    tokens: list[str], place: int, chances: dict[str, float], p_met: float
) -> None:
    found = with_chance(SAID, reply(tokens, chances, place), min_mass=0.2)
    assert (found.status, found.explanation) == ("ok", "so")
    assert found.score == found.p_met == pytest.approx(p_met)


def test_a_token_that_is_not_among_its_alternatives_counts_too() -> None:
    content = [
        {"token": '{"met":', "logprob": 0.0},
        {
            "token": " true",
            "logprob": math.log(0.2),
            "top_logprobs": [{"token": " false", "logprob": math.log(0.6)}],
        },
    ]
    body = json.dumps({"choices": [{"logprobs": {"content": content}}]}).encode()
    assert with_chance(SAID, body, min_mass=0.5).p_met == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b'{"choices": [{}]}', "unparseable", "the reply has no logprobs"),
        (b'{"choices": [{"logprobs": null}]}', "unparseable", "the reply has no logprobs"),
        (b'{"choices": [{"logprobs": {"content": []}}]}', "unparseable", "the reply has no logprobs"),
        (b'{"choices": [{"logprobs": {"content": [{"t": 1}]}}]}', "unparseable", "another form"),
        (b'{"choices": []}', "unparseable", "another form"),
        (reply(['{"met": ', "false", "}"], {"false": 1.0}, 1), "unparseable", "do not spell"),
        (reply(["hm"], {"hm": 1.0}, 0), "unparseable", "do not spell"),
        # An endpoint that ignores top_logprobs: what false holds is not known, and it is not nothing.
        (reply(['{"met":', " true"], {" true": 0.6}, 1), "unparseable", "no alternatives"),
        (reply(['{"met":', " true"], {" true": 0.3, " maybe": 0.7}, 1), "uncertain", "hold 0.3 of"),
    ],
)
def test_what_cannot_be_read_is_a_hole_that_says_why(body: bytes, status: str, words: str) -> None:
    found = with_chance(SAID, body, min_mass=0.5)
    assert (found.status, found.score, found.p_met) == (status, None, None)
    assert words in found.explanation


def test_a_reading_without_a_verdict_stays_as_it_is() -> None:
    refused = Reading(status="refusal", explanation="no")
    assert with_chance(refused, b"", min_mass=0.5) is refused


@given(st.floats(0.001, 0.999), st.floats(0.01, 1.0))
def test_the_chance_is_a_share_of_the_mass(share: float, mass: float) -> None:
    chances = {" true": share * mass, " false": (1 - share) * mass}
    found = with_chance(SAID, reply(['{"met":', " true", "}"], chances, 1), min_mass=0.5)
    if abs(mass - 0.5) > 1e-6:
        assert (found.status == "ok") == (mass > 0.5)
    assert found.score is None or found.score == pytest.approx(share)


def judge(
    server: Any, criteria: tuple[Criterion, ...] = (FEVER,), **fields: Any
) -> tuple[list[Verdict], JudgeStats]:
    settings = {"judge": "openai-compatible", "model": "m", "base_url": server.url, "store": ":memory:"}
    config = JudgeConfig.model_validate(settings | {"score": "probability"} | fields)
    with JudgeService.open_sync(config) as service:
        asked = JudgeRequest(rubric=Rubric(id="r", criteria=criteria), prompt="hi", response="fever")
        return list(service.judge_sync([asked])[0].verdicts), service.stats()


def test_an_endpoint_is_asked_for_logprobs_and_its_chance_is_the_score(scripted_server: Any) -> None:
    (verdict,), stats = judge(scripted_server)
    # The server's own: 0.5 + 0.25 for true, 0.25 for false.
    assert verdict.score == verdict.p_met == pytest.approx(0.75)
    assert stats.calls == 1
    last = scripted_server.counts()["last"]
    assert (last["logprobs"], last["top_logprobs"]) == (True, 20)
    assert "logprobs" not in last["messages"][-1]["content"]


@pytest.mark.parametrize("fields", [{"mode": "whole-rubric"}, {"mode": "per-criterion"}])
def test_other_questions_keep_their_verdict(scripted_server: Any, fields: dict[str, Any]) -> None:
    verdicts, _ = judge(scripted_server, (DEPTH, DEPTH.model_copy(update={"id": "b"})), **fields)
    assert [(verdict.score, verdict.p_met) for verdict in verdicts] == [(1.0, None)] * 2
    assert "logprobs" not in scripted_server.counts()["last"]


def test_without_logprobs_there_is_no_verdict(scripted_server: Any) -> None:
    scripted_server.script(chances=None)
    (verdict,), stats = judge(scripted_server)
    assert (verdict.status, verdict.score, stats.failures) == ("unparseable", None, {"unparseable": 1})
    assert verdict.explanation.startswith("the reply has no logprobs, which score: probability needs")


def test_too_little_mass_is_uncertain_and_goes_to_the_stronger_judge(scripted_server: Any) -> None:
    scripted_server.script(chances={" true": 0.2, " false": 0.1, " Yes": 0.7})
    assert judge(scripted_server)[0][0].status == "uncertain"
    assert judge(scripted_server, min_mass=0.25)[0][0].score == pytest.approx(2 / 3)
    strong = {"judge": "scripted", "model": "strong", "replies": [{"say": [True]}]}
    (verdict,), stats = judge(scripted_server, escalate={"to": strong})
    assert (verdict.score, verdict.judge.model, stats.calls) == (1.0, "strong", 2)


def test_keys_change_only_when_it_is_on(scripted_server: Any, tmp_path: Path) -> None:
    store = str(tmp_path / "s.sqlite")
    calls = [
        judge(scripted_server, (FEVER, DEPTH), store=store, **fields)[1].calls
        for fields in ({"score": None}, {"score": "verdict"}, {}, {"min_mass": 0.1}, {"score": None})
    ]
    # On, the binary criterion is asked anew and the other is not; ``min_mass`` only reads.
    assert calls == [2, 0, 1, 0, 0]


def test_a_calibration_is_applied_to_what_is_stored_raw(scripted_server: Any, tmp_path: Path) -> None:
    store, path = str(tmp_path / "s.sqlite"), tmp_path / "c.json"
    save_calibration(Calibration(p=(0.5, 1.0), calibrated=(0.0, 0.4), labels=9), path)
    judge(scripted_server, store=store)
    (verdict,), stats = judge(scripted_server, store=store, calibration=str(path))
    # 0.75 is half way between the points: 0.2.
    assert verdict.score == verdict.p_met == pytest.approx(0.2)
    assert stats.calls == 0
    assert judge(scripted_server, store=store)[0][0].p_met == pytest.approx(0.75)
    with pytest.raises(JudgeConfigError, match=r"none\.json: cannot be read as a calibration"):
        judge(scripted_server, store=store, calibration="none.json")


def test_a_calibration_decides_verdicts_and_so_is_in_the_fingerprint(
    scripted_server: Any, tmp_path: Path
) -> None:
    path, found = tmp_path / "c.json", []
    for worth in (0.4, 0.5):
        save_calibration(Calibration(p=(0.5, 1.0), calibrated=(0.0, worth), labels=9), path)
        settings = {"judge": "openai-compatible", "model": "m", "base_url": scripted_server.url}
        config = JudgeConfig.model_validate(
            settings | {"score": "probability", "store": ":memory:", "calibration": str(path)}
        )
        with JudgeService.open_sync(config) as service:
            found.append(service.fingerprint())
    assert found[0] != found[1]
