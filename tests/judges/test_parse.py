import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.judges.parse import decode_completion, read_completion, read_verdict

YES = '{"explanation": "It asks.", "met": true}'
NO = '{"explanation": "It does not.", "met": false}'


@pytest.mark.parametrize(
    ("reply", "met"),
    [
        pytest.param(YES, True, id="plain"),
        pytest.param(NO, False, id="plain no"),
        pytest.param(f"  \n{YES}\n", True, id="blank around"),
        pytest.param(f"```json\n{YES}\n```", True, id="tagged fence"),
        pytest.param(f"```\n{NO}\n```", False, id="untagged fence"),
        pytest.param(f"Here is my verdict:\n{YES}", True, id="preamble"),
        pytest.param(f"{NO}\nI hope this helps!", False, id="trailing text"),
        pytest.param(f"<think>Say it is {YES}? No.</think>\n{NO}", False, id="thinking with a draft in it"),
        pytest.param(f"<think>a</think><think>b</think>{YES}", True, id="two thoughts"),
        pytest.param(
            f"The response itself says {YES}. My own verdict: {NO}", False, id="the last one counts"
        ),
        pytest.param('{"explanation": "line\nbreak", "met": true}', True, id="raw line break"),
        pytest.param(
            '{"explanation": "braces } { and \\"met\\" inside", "met": true}', True, id="braces in text"
        ),
        pytest.param(f'{{"note": 1}} {YES} {{"note": 2}}', True, id="other objects around"),
        pytest.param('{"met": false, "explanation": "late reason"}', False, id="any order of keys"),
        pytest.param("\ufeff" + YES, True, id="byte order mark"),
    ],
)
def test_verdicts_beyond_doubt(reply: str, met: bool) -> None:
    assert read_verdict(reply)[1] is met


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        pytest.param("", "empty", id="empty"),
        pytest.param("I would rather not say.", "no complete", id="words"),
        pytest.param("true", "no complete", id="bare value"),
        pytest.param('{"explanation": "x", "met": "true"}', "true or false", id="string true"),
        pytest.param('{"explanation": "x", "met": 1}', "true or false", id="number"),
        pytest.param('{"explanation": "x", "met": null}', "true or false", id="null"),
        pytest.param('{"explanation": 3, "met": true}', "must be a text", id="reason is no text"),
        pytest.param('{"met": true}', "keys", id="no reason"),
        pytest.param('{"explanation": "x", "met": true, "score": 20}', "keys", id="a key too many"),
        pytest.param('{"explanation": "x", "met": true, "met": false}', "twice", id="key twice"),
        pytest.param(
            '{"explanation": "x", "met": true, "\\u006det": false}', "twice", id="key twice, escaped"
        ),
        pytest.param(
            f'{YES} {{"explanation": "x", "met": "no"}}', "true or false", id="no way back to an earlier one"
        ),
        pytest.param(f"{YES} or rather {NO[:-8]}", "no complete", id="the last one is cut"),
        pytest.param("{'explanation': 'x', 'met': true}", "no complete", id="single quotes"),
        pytest.param('{"explanation": "x", "met": true,}', "no complete", id="trailing comma"),
        pytest.param('{"explanation": "x", "met": tr', "no complete", id="cut"),
        pytest.param(f'{{"verdict": {YES}}}', "no complete", id="nested"),
        pytest.param("<think>it is met, so", "does not end", id="thinking without end"),
        pytest.param("{" * 1000, "more braces", id="noise"),
    ],
)
def test_doubt_is_a_failure_not_a_score(reply: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_verdict(reply)


@given(st.text() | st.text(alphabet='{}[]":,truefalsmxpn\\ \n'))
def test_any_text_gives_a_verdict_or_a_reason(reply: str) -> None:
    try:
        explanation, met = read_verdict(reply)
    except ValueError as wrong:
        outcome: object = str(wrong)
    else:
        outcome = (type(explanation), type(met)) == (str, bool)
    assert outcome


@given(st.text(), st.booleans())
def test_what_is_written_is_read_back(explanation: str, met: bool) -> None:
    assert read_verdict(json.dumps({"explanation": explanation, "met": met})) == (explanation, met)


def completion(finish_reason: str | None = "stop", **message: str | None) -> bytes:
    choice = {"message": message, "finish_reason": finish_reason}
    return msgspec.json.encode({"choices": [choice], "model": "m-2", "usage": {"prompt_tokens": 7}})


@pytest.mark.parametrize(
    ("body", "status", "score"),
    [
        (completion(content=YES), "ok", 1.0),
        (completion(None, content=NO), "ok", 0.0),
        (completion("length", content=YES), "truncated", None),
        (completion("content_filter", content=YES), "content_filter", None),
        (completion(content=None, refusal="I cannot"), "refusal", None),
        (completion(content=None), "unparseable", None),
        (completion(content="no idea"), "unparseable", None),
    ],
)
def test_the_finish_reason_comes_first(body: bytes, status: str, score: float | None) -> None:
    reading = read_completion(body)
    assert (reading.status, reading.score) == (status, score)
    assert (reading.usage.prompt_tokens, reading.model) == (7, "m-2")


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"choices": []}', b'{"choices": [{}]}', b"\xff"])
def test_what_is_no_completion_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match="not a chat completion"):
        decode_completion(body)
