import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rvpo.judges.batches import read_answers, request_line, split

KEY, OTHER = bytes(range(32)), bytes(32)
COMPLETION = {"choices": [{"message": {"role": "assistant", "content": "yes"}, "finish_reason": "stop"}]}


def line(key: bytes, code: int, body: object) -> bytes:
    response = {"status_code": code, "request_id": "r", "body": body}
    return (
        json.dumps({"id": "b", "custom_id": key.hex(), "response": response, "error": None}).encode() + b"\n"
    )


def failed(key: bytes, **error: str) -> bytes:
    return json.dumps({"custom_id": key.hex(), "response": None, "error": error}).encode() + b"\n"


def test_a_request_is_named_by_its_key() -> None:
    found = json.loads(request_line(KEY, {"model": "m", "messages": []}))
    assert bytes.fromhex(found["custom_id"]) == KEY
    assert len(found["custom_id"]) == 64
    assert found["method"] == "POST"
    assert found["url"] == "/v1/chat/completions"
    assert found["body"] == {"model": "m", "messages": []}


@given(st.lists(st.binary(min_size=1, max_size=30), max_size=40), st.integers(1, 9), st.integers(10, 60))
def test_parts_hold_all_lines_in_order_and_are_small_enough(lines: list[bytes], most: int, size: int) -> None:
    parts = list(split(lines, most, size))
    assert [line for part in parts for line in part] == lines
    for part in parts:
        assert 0 < len(part) <= most
        assert len(part) == 1 or sum(map(len, part)) <= size
    for part, after in pairwise(parts):
        assert len(part) == most or sum(map(len, part)) + len(after[0]) > size


def test_a_reply_is_kept_as_it_came() -> None:
    body = b'{"choices": [{"message": {"content":   "yes"}, "finish_reason": "stop"}]}'
    text = b'{"custom_id": "%s", "response": {"status_code": 200, "body": %s}}' % (KEY.hex().encode(), body)
    assert read_answers([text]).replies == {KEY: body}


def test_every_way_to_fail_has_its_status() -> None:
    answers = read_answers(
        [
            line(b"\1" * 32, 400, {"error": {"message": "no"}})
            + line(b"\2" * 32, 429, {})
            + line(b"\3" * 32, 200, {"no": "completion"})
            + line(b"\4" * 32, 400, {"error": {"message": "maximum context length is 8"}})
            + failed(b"\5" * 32, code="batch_expired", message="too late")
            + failed(b"\6" * 32, code="odd")
            + json.dumps({"custom_id": (b"\7" * 32).hex()}).encode()
        ]
    )
    assert answers.replies == {}
    statuses = [answers.failures[bytes([n]) * 32].status for n in range(1, 8)]
    assert statuses == [
        "rejected", "rate_limited", "transport", "context_length", "timeout", "rejected", "rejected",
    ]  # fmt: skip
    assert "too late" in answers.failures[b"\5" * 32].detail


def test_torn_and_strange_lines_are_counted_and_the_others_kept() -> None:
    file = b'{"custom_id": "not hex"}\n\n' + line(KEY, 200, COMPLETION) + b'{"custom_id": "00'
    answers = read_answers([file])
    assert set(answers.replies) == {KEY}
    assert answers.strange == 2


def test_a_completion_wins_over_a_failure_whatever_came_first() -> None:
    for files in (
        [failed(KEY, code="batch_expired"), line(KEY, 200, COMPLETION)],
        [line(KEY, 200, COMPLETION), failed(KEY, code="batch_expired")],
    ):
        answers = read_answers([*files, failed(OTHER, code="x")])
        assert set(answers.replies) == {KEY}
        assert set(answers.failures) == {OTHER}
