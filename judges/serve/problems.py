"""What the service says when it says no: one-line JSON problems with the place (RFC 9457, without its type URIs)."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import msgspec

PROBLEM_JSON: Final = "application/problem+json"


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """A refusal."""

    status: int
    title: str
    """The status in words."""
    detail: str
    """One line."""
    place: str = ""
    """Where in the body, for instance ``requests[3].rubric``."""


class Refused(Exception):
    """The service refuses a request."""

    def __init__(
        self, status: int, detail: str, *, place: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.problem = problem(status, detail, place)
        self.headers = dict(headers or {})


def problem(status: int, detail: str, place: str = "") -> Problem:
    """Put a refusal on record; breaks in the text become blanks."""
    return Problem(status, HTTPStatus(status).phrase, " ".join(detail.split()), place)


UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding a body can raise."""


def malformed(wrong: Exception) -> Refused:
    """What was found wrong with a body (``UNREADABLE``), in our words.

    >>> malformed(ValueError("Expected `str`, got `int` - at `$.requests[0].id`")).problem.place
    'requests[0].id'
    """
    if isinstance(wrong, RecursionError):
        return Refused(400, "the body is nested too deeply")
    text, _, at = str(wrong).partition(" - at `$")
    place = at.rstrip("`").removeprefix(".")
    # A wrong type is JSON all the same; anything else is not.
    status = 422 if isinstance(wrong, msgspec.ValidationError) else 400
    return Refused(status, f"{place}: {_plain(text)}" if place else _plain(text), place=place)


def _plain(text: str) -> str:
    return re.sub(r"`([^`]*)`", r"\1", text).replace("Expected", "expected").replace("Object", "the object")
