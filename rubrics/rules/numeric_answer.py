r"""Rule ``numeric_answer``: the number that a reply ends on against the expected one. Pure, total, linear.

Looked for in the last ``\boxed{}``, else behind the last "answer is", "answer:" or ``####``, else the last number of
all. A box must hold one plain number, with words and units around it: ``\boxed{\sqrt{2}}`` and ``\boxed{3, 4}`` hold
none. Compared in decimal arithmetic of fifty digits, so that a tolerance of 0.1 takes 1.1 for 1.
"""

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from rvpo.rubrics.rules.boxed import last_box, statements
from rvpo.rubrics.rules.numbers import (
    MAX_DIGITS,
    Number,
    allowance,
    as_share,
    decimal_of,
    near,
    numbers_in,
    plain,
    written,
)
from rvpo.rubrics.rules.outcome import RuleOutcome
from rvpo.rubrics.rules.row_fields import row_field, wrong_kind
from rvpo.rubrics.schema import NumericAnswerRule
from rvpo.rubrics.wording import printable, shown

if TYPE_CHECKING:
    import regex

_DUST = 1e-9
_STATEMENT = 200
_WINDOW, _LEAD, _AHEAD, _WINDOWS = 40, 6, 12, 50
_A_DIGIT = re.compile(r"[0-9]")
_OTHER_COMMAND = re.compile(
    r"\\(?!(?:[dt]?frac|times|cdot|(?:text|math)[a-z]*|bf|rm|approx|q?quad|left|right|circ|degree|displaystyle|euro|pounds)"
    r"(?![A-Za-z]))[A-Za-z]"
)
_ASIDE = re.compile(r"[,;.]\s|\s\(|\s(?:because|since|as|so|which)\b")
_EQUALS = re.compile(r"=|≈|\\approx")


class Reading(NamedTuple):
    """What stands where the answer should be."""

    number: Number | None
    said: str
    """In words, for instance ``the last number is 41``."""


def check_numeric_answer(rule: NumericAnswerRule, text: str, fields: Mapping[str, Any]) -> RuleOutcome:
    """Compare a reply's final number with the expected one.

    A number with a percent sign is right as it is written or as a share (25% for 0.25), unless both have the sign.

    Raises:
        MissingField: The row lacks the field.
        RubricError: The field holds no number.
    """
    right, right_percent = _expected(rule, fields)
    number, said = read_number(text)
    off = allowance(right, rule.tolerance, rule.relative_tolerance)
    exact = rule.tolerance == 0.0 and rule.relative_tolerance <= _DUST
    wanted = f"expected {written(right)}{'%' * right_percent} +- {'0' if exact else written(off)}"
    if number is None:
        return RuleOutcome(0.0, printable(f"{said}, {wanted}"))
    met = (
        near(number.value, right, off)
        or (number.percent > right_percent and near(as_share(number.value), right, off))
        or (right_percent > number.percent and near(number.value, as_share(right), as_share(off)))
    )
    return RuleOutcome(float(met), f"{said}, {wanted}")


def read_number(text: str) -> Reading:
    """Find the number that a reply ends on."""
    if (box := last_box(text)) is not None:
        number = _only_number(plain(box))
        if number is None:
            return Reading(None, rf"\boxed{{}} holds {shown(box)}, which is no plain number")
        return _read(r"\boxed{} holds", number)
    for statement in statements(text, "answer"):
        segment = _stated(plain(statement[:_STATEMENT]))
        numbers = numbers_in(segment)
        if not _is_harmless(segment):
            return Reading(None, f"the answer given is {shown(statement)}, which is no plain number")
        if numbers:
            return _read("the answer given is", numbers[0])
    number = _last_number(text)
    return _read("the last number is", number) if number else Reading(None, "no number in the reply")


def _read(where: str, number: Number) -> Reading:
    return Reading(number, f"{where} {written(number.value)}{'%' * number.percent}")


def _only_number(box: str) -> Number | None:
    segment = _EQUALS.split(box)[-1]
    numbers = numbers_in(segment)
    return numbers[0] if len(numbers) == 1 and _is_harmless(segment) else None


def _stated(statement: str) -> str:
    """The part of a statement that holds its number: before any aside, behind the last sign of equality."""
    main = _ASIDE.split(statement, maxsplit=1)[0]
    for segment in (_EQUALS.split(main)[-1], main):
        if _A_DIGIT.search(segment):
            return segment
    return statement


def _is_harmless(segment: str) -> bool:
    """Whether no command of LaTeX makes the number another: a root, a multiple of pi."""
    return _OTHER_COMMAND.search(segment) is None


def _last_number(text: str) -> Number | None:
    last_digit, digits_up_to = _searches_from_the_end()
    end = len(text)
    for _ in range(_WINDOWS):
        digit = last_digit.search(text, 0, end)
        if digit is None:
            return None
        start = max(0, digit.start() - _WINDOW)
        run = digits_up_to.search(text, 0, start)  # so that no number is cut
        before = start if run is None else run.start()
        if start - before <= MAX_DIGITS:
            lead = plain(
                text[max(0, before - _LEAD) : before]
            )  # seen, so that B12 is not taken for 12, but not read
            numbers = numbers_in(lead + plain(text[before : min(end, digit.end() + _AHEAD)]))
            if numbers and numbers[-1].end > len(lead):
                return numbers[-1]
        end = before
    return None


@lru_cache(maxsize=1)
def _searches_from_the_end() -> "tuple[regex.Pattern[str], regex.Pattern[str]]":
    import regex

    return regex.compile("(?r)[0-9０-９½⅓⅔¼¾⅛⁰¹²³⁴-⁹]"), regex.compile("(?r)[0-9]*")


def _expected(rule: NumericAnswerRule, fields: Mapping[str, Any]) -> tuple[Decimal, bool]:
    """The right number, and whether it has a percent sign."""
    if rule.expected is not None:
        return decimal_of(rule.expected), False
    assert rule.expected_from is not None  # the schema asks for one of the two
    value = row_field(rule.expected_from, fields)
    if isinstance(value, str) and (number := _number_of_row(value)):
        return number.value, number.percent
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value), False
    if isinstance(value, float) and math.isfinite(value):
        return decimal_of(value), False
    raise wrong_kind(rule.expected_from, value, "a number, or a text that ends on one")


@lru_cache(maxsize=4096)
def _number_of_row(text: str) -> Number | None:
    """Read once for all the replies to a prompt."""
    return read_number(text).number
