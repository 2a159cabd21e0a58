"""A paid reply of an odd form keeps its verdict; what it tells badly is untold, never a failure and never a price."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.judges.classify import classify
from rvpo.judges.odd_replies import MOST_TOKENS, plain_completion
from rvpo.judges.parse import decode_completion, read_completion
from rvpo.judges.records import Usage
from rvpo.rubrics import Criterion

YES = '{"explanation": "It asks.", "met": true}'
PLAIN = Criterion(id="a", criterion="Asks.")


def body(content: Any = YES, **fields: Any) -> bytes:
    choice = {"message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
    return msgspec.json.encode({"choices": [choice], "model": "m", **fields})


def usage_read(raw: bytes) -> Usage:
    assert classify(200, {}, raw) is None
    (reading,) = read_completion(raw, (PLAIN,), "ho")
    assert (reading.status, reading.score) == ("ok", 1.0)
    return reading.usage


@pytest.mark.parametrize(
    ("told", "counted"),
    [
        # A count that is none: nothing of the call is counted, for the rest would make too low a price.
        ({"prompt_tokens": 7.5, "completion_tokens": 2}, (0, 0, 0)),
        ({"prompt_tokens": "7", "completion_tokens": 2}, (0, 0, 0)),
        ({"prompt_tokens": True}, (0, 0, 0)),
        ({"prompt_tokens": [7]}, (0, 0, 0)),
        ({"prompt_tokens": 7, "completion_tokens": "two"}, (0, 0, 0)),
        ({"prompt_tokens": 7, "completion_tokens": -2.0}, (0, 0, 0)),
        ({"prompt_tokens": -7.0}, (0, 0, 0)),
        ({"prompt_tokens": MOST_TOKENS + 1}, (0, 0, 0)),
        ({"prompt_tokens": 10**30, "completion_tokens": 1}, (0, 0, 0)),
        ("none", (0, 0, 0)),
        ([], (0, 0, 0)),
        # Whole after all, or told in part.
        ({"prompt_tokens": 7.0, "completion_tokens": 2.0}, (7, 2, 0)),
        ({"prompt_tokens": None, "completion_tokens": 2}, (0, 2, 0)),
        ({"prompt_tokens": 7.0, "prompt_tokens_details": {"cached_tokens": 4}}, (7, 0, 4)),
        ({"prompt_tokens": 7, "prompt_tokens_details": {"cached_tokens": "4"}}, (7, 0, 0)),
        ({"prompt_tokens": 7, "prompt_tokens_details": []}, (7, 0, 0)),
    ],
)
def test_a_usage_that_cannot_be_understood_is_untold(told: object, counted: tuple[int, int, int]) -> None:
    usage = usage_read(body(usage=told))
    assert (usage.prompt_tokens, usage.completion_tokens, usage.cached_prompt_tokens) == counted


def test_a_number_beyond_all_floats_is_untold() -> None:
    raw = body(usage={"prompt_tokens": 0}).replace(b'"prompt_tokens":0', b'"prompt_tokens":1e400')
    assert usage_read(raw) == Usage()


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
                    | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)
                    | st.dictionaries(st.sampled_from(["prompt_tokens", "completion_tokens", "prompt_tokens_details",
                                                       "cached_tokens"]), inner, max_size=4), max_leaves=8))  # fmt: skip
def test_no_usage_costs_a_verdict(told: object) -> None:
    usage = usage_read(body(usage=told))
    assert 0 <= usage.cached_prompt_tokens <= usage.prompt_tokens <= MOST_TOKENS
    assert 0 <= usage.completion_tokens <= MOST_TOKENS


@pytest.mark.parametrize(
    "parts",
    [
        [{"type": "text", "text": YES}],
        [{"type": "text", "text": YES[:9]}, {"type": "text", "text": YES[9:]}],
        [YES[:9], YES[9:]],
        [{"type": "output_text", "text": YES}],
        [{"type": "thinking", "thinking": [{"type": "text", "text": '{"met": false}'}]}, {"type": "text", "text": YES}],
    ],
)  # fmt: skip
def test_the_text_of_a_content_in_parts_is_joined(parts: list[object]) -> None:
    assert usage_read(body(parts, usage={"prompt_tokens": 7})) == Usage(prompt_tokens=7)


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ([], "unparseable"),
        ([{"type": "thinking", "thinking": YES}], "unparseable"),
        ([{"type": "refusal", "refusal": "I cannot."}], "refusal"),
    ],
)
def test_parts_without_an_answer_are_a_failure_with_its_cause(parts: list[object], status: str) -> None:
    (reading,) = read_completion(body(parts), (PLAIN,), "ho")
    assert (reading.status, reading.score) == (status, None)


@pytest.mark.parametrize(
    "content", [5, {"met": True}, [{"type": "text"}], [{"type": "text", "text": 5}], [7]]
)
def test_what_is_no_text_is_no_completion(content: object) -> None:
    with pytest.raises(ValueError, match=r"^not a chat completion: Expected `.*` - at `\$"):
        decode_completion(body(content))


def test_a_model_that_is_no_name_is_none() -> None:
    assert decode_completion(body(model=7)).model is None


def test_half_an_odd_reply_is_none() -> None:
    whole = body(usage={"prompt_tokens": 7.5})
    for end in range(len(whole)):
        with pytest.raises(ValueError, match="not a chat completion"):
            decode_completion(whole[:end])


def test_a_depth_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="not a chat completion"):
        decode_completion(body(usage=0)[:-2] + b"[" * 100_000 + b"]" * 100_000 + b"}")
    with pytest.raises(ValueError, match="nested too deeply"):
        plain_completion(b'{"choices": ' + b"[" * 100_000 + b"]" * 100_000 + b"}")
