"""What a request says of the form of its reply; the scripted server takes or refuses it."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from rvpo.judges import JudgeConfig, JudgeConfigError, JudgeRequest, JudgeService
from rvpo.judges.schemas import reply_schema, response_format
from rvpo.rubrics import Criterion, Rubric

PLAIN = Criterion(id="a", criterion="Mentions the word tea.")
DEPTH = Criterion.model_validate(
    {"id": "b", "criterion": "Mentions the word rest.", "options": ["none", "full"], "evidence": "quote"}
)
NUMBER = Criterion.model_validate({"id": "c", "criterion": "Mentions the word dose.", "range": {"max": 5}})
ALL = Rubric(id="r", criteria=(PLAIN, DEPTH, NUMBER))


def config(server: Any, **fields: Any) -> JudgeConfig:
    settings = {"judge": "openai-compatible", "model": "m", "base_url": server.url, "store": ":memory:"}
    return JudgeConfig.model_validate(settings | fields)


@pytest.mark.parametrize(
    ("refused", "found"),
    [
        ([], "json_schema"),
        (["json_schema"], "json_object"),
        (["json_schema", "json_object"], "text"),
    ],
)
def test_auto_takes_the_strictest_form_that_the_endpoint_takes(
    scripted_server: Any, refused: list[str], found: str
) -> None:
    scripted_server.script(refused_formats=refused)
    asked = JudgeRequest(rubric=ALL, prompt="hi", response="tea")
    with JudgeService.open_sync(config(scripted_server, structured="auto")) as service:
        assert service.fingerprint()["structured"] == found
        (vector,) = service.judge_sync([asked])
        assert vector.values.tolist() == [1.0, 0.0, 0.0]
        service.judge_sync([asked])
    # Asked once each on opening until one is taken, and never again.
    assert scripted_server.counts()["requests"] == min(len(refused) + 1, 2) + 3
    last = scripted_server.counts()["last"]
    assert last.get("response_format", {"type": "text"})["type"] == found


def test_an_endpoint_that_is_down_is_told_on_opening(scripted_server: Any) -> None:
    settings = config(scripted_server, structured="auto", max_attempts=1)
    scripted_server.stop()
    with (
        pytest.raises(JudgeConfigError, match="structured: auto found no answer at http"),
        JudgeService.open_sync(settings),
    ):
        pass


def test_the_form_is_part_of_the_key_and_text_is_as_ever(scripted_server: Any, tmp_path: Path) -> None:
    asked = JudgeRequest(rubric=ALL, prompt="hi", response="tea")
    calls = []
    for fields in ({}, {"structured": "json_schema"}, {"structured": "json_object"}, {"structured": "text"}):
        settings = config(scripted_server, store=str(tmp_path / "s.sqlite"), **fields)
        with JudgeService.open_sync(settings) as service:
            service.judge_sync([asked])
            calls.append(service.stats().calls)
    assert calls == [3, 3, 3, 0]


def test_the_key_of_a_form_is_the_one_that_the_form_in_extra_body_has(scripted_server: Any) -> None:
    asked = JudgeRequest(rubric=ALL, prompt="hi", response="tea")
    keys = []
    for fields in (
        {"structured": "json_object"},
        {"extra_body": {"response_format": {"type": "json_object"}}},
    ):
        with JudgeService.open_sync(config(scripted_server, **fields)) as service:
            keys.append([verdict.request_key for verdict in service.judge_sync([asked])[0].verdicts])
    assert keys[0] == keys[1]
    with pytest.raises(ValueError, match="response_format stands in extra_body"):
        config(scripted_server, structured="auto", extra_body={"response_format": {"type": "json_object"}})


@pytest.mark.parametrize(
    ("criteria", "reply", "fits"),
    [
        ((PLAIN,), {"explanation": "x", "met": True}, True),
        ((PLAIN,), {"explanation": "x", "met": "true"}, False),
        ((PLAIN,), {"met": True}, False),
        ((DEPTH,), {"explanation": "x", "evidence": "y", "answer": "full"}, True),
        ((DEPTH,), {"explanation": "x", "evidence": "y", "answer": "fully"}, False),
        ((DEPTH,), {"explanation": "x", "answer": "full"}, False),
        ((NUMBER,), {"explanation": "x", "answer": 3}, True),
        ((NUMBER,), {"explanation": "x", "answer": 3, "met": True}, False),
        ((PLAIN, NUMBER), {"verdicts": [{"id": "c1", "explanation": "x", "met": True}]}, True),
        ((PLAIN, NUMBER), {"verdicts": [{"id": "c2", "explanation": "x", "met": True}]}, False),
        ((PLAIN, NUMBER), {"verdicts": [{"id": "c3", "explanation": "x", "answer": 1}]}, False),
    ],
)
def test_a_schema_holds_a_reply_to_the_form_asked_for(
    criteria: tuple[Criterion, ...], reply: dict[str, Any], fits: bool
) -> None:
    schema = reply_schema(criteria)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert jsonschema.Draft202012Validator(schema).is_valid(reply) is fits


def test_the_reason_comes_before_the_verdict() -> None:
    wanted = response_format("json_schema", (DEPTH, PLAIN))
    text = json.dumps(wanted)
    assert text.index('"explanation"') < text.index('"evidence"') < text.index('"answer"')
    assert text.rindex('"explanation": {') < text.rindex('"met": {')
    assert response_format("text", (PLAIN,)) is None
