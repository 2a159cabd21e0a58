"""Responses: records as JSON, refusals and expected errors as problems."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from rvpo.judges.errors import JudgeConfigError, JudgeError, StoreError
from rvpo.judges.serve.problems import PROBLEM_JSON, Problem, Refused, problem
from rvpo.judges.serve.wire import encode
from rvpo.rubrics import RubricError


def record(what: Any, headers: Mapping[str, str] | None = None) -> Response:
    """A record as JSON."""
    return Response(encode(what), media_type="application/json", headers=dict(headers or {}))


def refusal(refused: Refused) -> Response:
    """A refusal as a problem."""
    return _problem(refused.problem, refused.headers)


def problem_of(error: Exception) -> Problem:
    """What to tell the other side of an error; nothing of the inside for one that is a fault of ours."""
    if isinstance(error, Refused):
        return error.problem
    if isinstance(error, JudgeConfigError | RubricError):
        return problem(422, str(error))
    if isinstance(error, StoreError):
        return problem(507, str(error))
    if isinstance(error, JudgeError):
        return problem(503, str(error))
    return problem(500, "a fault of the service; its log says more")


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return refusal(error)


async def _failed(_request: Request, error: Exception) -> Response:
    return _problem(problem_of(error), {})


async def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _problem(problem(error.status_code, str(error.detail)), dict(error.headers or {}))


def _problem(what: Problem, headers: Mapping[str, str]) -> Response:
    return Response(encode(what), what.status, headers=dict(headers), media_type=PROBLEM_JSON)


HANDLERS: Final[dict[Any, Callable[[Request, Exception], Awaitable[Response]]]] = {
    Refused: _refused,
    HTTPException: _http,
    JudgeError: _failed,
    RubricError: _failed,
    Exception: _failed,
}
"""What Starlette does with each kind of error."""
