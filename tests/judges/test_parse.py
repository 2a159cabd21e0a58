import msgspec
import pytest

from rvpo.judges.parse import decode_completion, read_completion
from rvpo.rubrics import Criterion

YES = '{"explanation": "It asks.", "met": true}'
NO = '{"explanation": "It does not.", "met": false}'
PLAIN = Criterion(id="a", criterion="Asks.")


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
    (reading,) = read_completion(body, (PLAIN,), "ho")
    assert (reading.status, reading.score) == (status, score)
    assert (reading.usage.prompt_tokens, reading.model) == (7, "m-2")


@pytest.mark.parametrize(
    ("told", "counted"),
    [
        (
            {"prompt_tokens": 7, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}},
            (7, 2, 4),
        ),
        ({"prompt_tokens": 7, "prompt_tokens_details": {"cached_tokens": 50}}, (7, 0, 7)),
        ({"prompt_tokens": 7, "prompt_tokens_details": {"cached_tokens": -4}}, (7, 0, 0)),
        ({"prompt_tokens": -7, "completion_tokens": 2}, (0, 0, 0)),
        ({"prompt_tokens": 7, "completion_tokens": -2}, (0, 0, 0)),
        (None, (0, 0, 0)),
    ],
)
def test_no_count_of_tokens_makes_a_price_below_zero(told: object, counted: tuple[int, ...]) -> None:
    body = msgspec.json.decode(completion(content=YES)) | {"usage": told}
    (reading,) = read_completion(msgspec.json.encode(body), (PLAIN,), "ho")
    usage = reading.usage
    assert (reading.score, usage.prompt_tokens, usage.completion_tokens, usage.cached_prompt_tokens) == (
        1.0,
        *counted,
    )


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"choices": []}', b'{"choices": [{}]}', b"\xff"])
def test_what_is_no_completion_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match="not a chat completion"):
        decode_completion(body)
