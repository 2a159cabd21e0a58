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


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"choices": []}', b'{"choices": [{}]}', b"\xff"])
def test_what_is_no_completion_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match="not a chat completion"):
        decode_completion(body)
