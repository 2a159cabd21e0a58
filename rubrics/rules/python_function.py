"""Rule ``python``: a function of the author's says how far a reply meets the criterion. Runs foreign code, if allowed.

Called as ``function(response, fields, **settings)``. What it returns is a bool, a number in [0, 1] or a ``RuleOutcome``;
anything else, and any exception, is a hole with its reason and never a score. It runs without a clock: a function
that does not end, does not end.
"""

import importlib
import inspect
import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from numbers import Real
from typing import Any

from rvpo.rubrics.errors import RubricError
from rvpo.rubrics.rules.outcome import RuleOutcome
from rvpo.rubrics.schema import PythonRule
from rvpo.rubrics.wording import clipped, printable, shown

Function = Callable[..., Any]


def check_python(rule: PythonRule, text: str, fields: Mapping[str, Any], *, criterion_id: str) -> RuleOutcome:
    """Call the function; the fields it gets are a copy, but what they hold is not.

    Raises:
        RubricError: There is no such function; one line that names the criterion.
    """
    try:
        function = imported(rule.function)
    except RubricError as error:
        raise RubricError(printable(f"criterion {criterion_id!r}: {error}")) from None
    try:
        answer = function(text, dict(fields), **rule.settings)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the boundary to foreign code
        return RuleOutcome(None, _said(f"{rule.function} raised {type(error).__name__}: {_message(error)}"))
    outcome = answer if isinstance(answer, RuleOutcome) else RuleOutcome(answer, f"{rule.function} says so")
    if isinstance(answer, RuleOutcome) and answer.met is None:
        return RuleOutcome(None, _said(str(outcome.reason)))
    met = _share(outcome.met)
    if met is None:
        wanted = "a bool, a number in [0, 1] or a RuleOutcome"
        return RuleOutcome(None, _said(f"{rule.function} returned {shown(outcome.met)}, should be {wanted}"))
    return RuleOutcome(met, _said(str(outcome.reason)))


@lru_cache(maxsize=256)
def imported(function: str) -> Function:
    """Import ``package.module:name``.

    Raises:
        RubricError: No such module, it fails as it is imported, or it has no such function.
    """
    module_name, _, name = function.partition(":")
    try:
        module = importlib.import_module(module_name)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the boundary to foreign code
        place = (
            "; is it installed, or its folder on PYTHONPATH?"
            if isinstance(error, ModuleNotFoundError)
            else ""
        )
        reason = _said(f"{type(error).__name__}: {_message(error)}")
        raise RubricError(f"function {function!r} cannot be imported: {reason}{place}") from None
    found = getattr(module, name, None)
    if not callable(found) or inspect.iscoroutinefunction(found):
        raise RubricError(f"function {function!r}: module {module_name!r} has no plain function {name!r}")
    called: Function = found
    return called


def _share(value: object) -> float | None:
    """The value as a number in [0, 1]; numpy's numbers are ``Real`` too, and its booleans are not."""
    number = float(value) if isinstance(value, Real) else math.nan
    return number if 0.0 <= number <= 1.0 else None


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an error whose text fails is foreign code too
        return "(no text)"


def _said(text: str) -> str:
    return printable(clipped(text, 300))
