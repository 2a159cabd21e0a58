from datetime import UTC, datetime

import pytest

from rvpo.judges.classify import classify, retry_after

GOOD = b'{"choices": [{"message": {"content": "x"}}]}'


@pytest.mark.parametrize(
    ("code", "body", "status", "retry"),
    [
        (200, b"<html>", "transport", True),
        (200, b'{"error": {"message": "busy"}}', "transport", True),
        (200, GOOD[:-5], "transport", True),
        (408, b"", "timeout", True),
        (409, b"", "transport", True),
        (425, b"", "transport", True),
        (429, b"", "rate_limited", True),
        (429, b'{"error": {"code": "insufficient_quota"}}', "rate_limited", False),
        (500, b"", "transport", True),
        (503, b"", "transport", True),
        (504, b"", "timeout", True),
        (529, b"", "transport", True),
        (501, b"", "transport", False),
        (400, b"This model's maximum context length is 8192 tokens.", "context_length", False),
        (400, b'{"error": {"code": "context_length_exceeded"}}', "context_length", False),
        (400, b"prompt is too long: 213462 tokens > 200000 maximum", "context_length", False),
        (413, b"The input is too long for this model", "context_length", False),
        (400, b"Please reduce the length of the messages", "context_length", False),
        (400, b'{"error": {"code": "content_filter"}}', "content_filter", False),
        (400, b"violates our content management policy", "content_filter", False),
        (400, b"temperature must be 1", "rejected", False),
        (401, b"bad key", "rejected", False),
        (404, b"no such model", "rejected", False),
        (302, b"", "rejected", False),
    ],
)
def test_what_an_answer_means(code: int, body: bytes, status: str, retry: bool) -> None:
    failure = classify(code, {}, body)
    assert failure is not None
    assert (failure.status, failure.retry) == (status, retry)
    assert str(code) in failure.detail


def test_a_completion_is_no_failure() -> None:
    assert classify(200, {}, GOOD) is None


def test_a_long_body_is_shown_short() -> None:
    failure = classify(500, {}, b"x" * 100_000)
    assert failure is not None
    assert len(failure.detail) < 250


NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("", None),
        ("3", 3.0),
        ("0.5", 0.5),
        ("-4", 0.0),
        ("100000", 60.0),
        ("nan", None),
        ("soon", None),
        ("Thu, 01 Jan 2026 12:00:10 GMT", 10.0),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0.0),
    ],
)
def test_retry_after_in_seconds_or_as_a_date(value: str, seconds: float | None) -> None:
    assert retry_after({"Retry-After": value}, NOW) == seconds


@pytest.mark.parametrize(
    ("code", "body", "overload"),
    [
        (429, b"", True),
        (503, b"", True),
        (529, b"", True),
        (500, b"", False),
        (504, b"", False),
        (429, b'{"error": {"code": "insufficient_quota"}}', False),  # fewer at once would not help
    ],
)
def test_which_answers_say_too_much_to_do(code: int, body: bytes, overload: bool) -> None:
    failure = classify(code, {"Retry-After": "3"}, body)
    assert failure is not None
    assert failure.overload is overload
    assert failure.wait_s == (3.0 if failure.retry else None)
