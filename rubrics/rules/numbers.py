r"""Numbers as models write them: ``1,234.50``, ``−3``, ``3/4``, ``1\frac{1}{2}``, ``1.5 x 10^-3``, ``$5``, ``12%``. Pure.

A comma, a thin space, an apostrophe or an underscore between groups of digits is a thousands separator and the point
is the decimal sign, as in English; ``3,5`` is two numbers. Digits that belong to a word (``B12``), a date (``3/4/2024``)
or a version (``1.2.3``) are no number, nor are more than ``MAX_DIGITS`` of them.
"""

import re
from decimal import Context, Decimal
from typing import NamedTuple

MAX_DIGITS = 400
_EXACT = Context(prec=50, Emin=-999_999, Emax=999_999, traps=[])

_AS_ASCII = str.maketrans(
    {
        **dict.fromkeys(
            "\N{MINUS SIGN}\N{EN DASH}\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{FULLWIDTH HYPHEN-MINUS}", "-"
        ),
        **dict.fromkeys("\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}", "\N{THIN SPACE}"),
        **dict.fromkeys("×⋅·∙", "×"),
        **dict(zip("½⅓⅔¼¾⅛", (" 1/2", " 1/3", " 2/3", " 1/4", " 3/4", " 1/8"), strict=True)),
        **dict(zip("’％＝", "'%=", strict=True)),
        **{chr(0xFF10 + digit): str(digit) for digit in range(10)},
    }
)
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")

_DIGITS = r"""(?:
      [0-9]{1,3} (?P<sep>,\\!|\{,\}|\\,|[,'_\u2009]) [0-9]{3} (?:(?P=sep) [0-9]{3})*+ (?![0-9]) (?:\.[0-9]+)?+
    | [0-9]{1,2} (?:,[0-9]{2})+ ,[0-9]{3} (?![0-9]) (?:\.[0-9]+)?+
    | [0-9]++ (?:\.[0-9]+)?+
    | (?<!\.) \.[0-9]++ )"""
_SEPARATOR = re.compile(r"[^0-9.]")
_POWER = r"(?:\s?(?:\^|\*\*)\s?(?:\{\s?(?P<%s>[-+]?[0-9]{1,4})\s?\}|(?P<%s>[-+]?[0-9]{1,4}))|(?P<%s>[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,4}))"
_FRACTION = r"""(?P<whole>[0-9]{1,9})?+ \s?+ \\[dt]?frac \s? (?:
    \{\s?(?P<upper>-?[0-9]{1,99}(?:\.[0-9]{1,99})?)\s?\} \s? \{\s?(?P<lower>[0-9]{1,99}(?:\.[0-9]{1,99})?)\s?\}
  | (?P<short>[0-9]\ ?[0-9]) )"""
_NUMBER = re.compile(
    rf"""
    (?<![0-9A-Za-z_^√]) (?<![0-9][./]) (?<![\^_]\{{) (?<!sqrt\{{)
    (?P<sign>(?<![)\]}}%])[-+])?+ (?:\\?\$|[€£¥₹₩₽])?+ (?P<inner>(?<=[$€£¥₹₩₽])-)?+
    (?:
        {_FRACTION}
      | (?P<units>[0-9]{{1,9}}) [ ]{{1,2}} (?P<above>[0-9]{{1,9}}) / (?P<below>[0-9]{{1,9}}) (?![/0-9])
      | (?P<digits>{_DIGITS}) (?:
            [eE](?P<e>[-+]?[0-9]{{1,4}})
          | \s?(?:x|×|\*|\\times|\\cdot)\s?10{_POWER % ("t1", "t2", "t3")}
          | {_POWER % ("p1", "p2", "p3")}
          | \s?/\s?(?P<under>[0-9]{{1,99}}(?:\.[0-9]{{1,99}})?+)
        )?+
    )
    (?! [0-9] | \.[0-9] | /[0-9] | [eE][-+]?[0-9] | \s?(?:\\pi|π|\\sqrt|√))
    (?P<percent>\s?(?:\\?%|percent\b|per\ cent\b))?+
    """,
    re.VERBOSE,
)


class Number(NamedTuple):
    """A number found in a text."""

    value: Decimal
    """As written: of ``12%`` it is 12."""
    percent: bool
    """Whether a percent sign follows."""
    start: int
    end: int


def plain(text: str) -> str:
    """The text with ASCII instead of the signs, spaces and digits that look like it; its length may change."""
    return text if text.isascii() else text.translate(_AS_ASCII)


def numbers_in(text: str) -> list[Number]:
    """The numbers of a short text, in order; give the text as ``plain`` makes it.

    >>> [str(number.value) for number in numbers_in("from 3/4 to -1,200.5 and 1.5 x 10^-3")]
    ['0.75', '-1200.5', '0.0015']
    """
    found = []
    for match in _NUMBER.finditer(text):
        value = _value(match.groupdict())
        if value.is_finite():
            found.append(Number(value, match["percent"] is not None, *match.span()))
    return found


def decimal_of(value: float) -> Decimal:
    """A number as it is written in decimal, so that 0.1 is a tenth."""
    return Decimal(repr(value))


def allowance(right: Decimal, absolute: float, relative: float) -> Decimal:
    """How far off a number may be: the larger of a difference and a share of the right one."""
    return max(decimal_of(absolute), _EXACT.multiply(decimal_of(relative), right.copy_abs()))


def near(found: Decimal, right: Decimal, off: Decimal) -> bool:
    """Whether two numbers are at most ``off`` apart, their difference taken to fifty digits."""
    return _EXACT.subtract(found, right).copy_abs() <= off


def as_share(percent: Decimal) -> Decimal:
    """A percentage as a share of one."""
    return _EXACT.scaleb(percent, -2)


def written(value: Decimal) -> str:
    """A number for a reason: as it is, or in ten digits."""
    text = format(value, "f") if -20 < value.adjusted() < 20 else ""
    if not 0 < len(text) <= 20:
        return format(value, ".10g")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _value(part: dict[str, str | None]) -> Decimal:
    """The value of a match; not finite when it has none."""
    if digits := part["digits"]:
        value = _of_digits(digits, part)
    elif part["units"]:
        value = _EXACT.add(Decimal(part["units"]), _ratio(part["above"], part["below"]))
    elif short := part["short"]:
        value = _EXACT.add(Decimal(part["whole"] or 0), _ratio(short[0], short[-1]))
    else:
        value = _EXACT.add(Decimal(part["whole"] or 0), _ratio(part["upper"], part["lower"]))
    return value.copy_negate() if "-" in {part["sign"], part["inner"]} else value


def _of_digits(digits: str, part: dict[str, str | None]) -> Decimal:
    if len(digits) > MAX_DIGITS:
        return Decimal("NaN")
    value = Decimal(digits if digits.replace(".", "", 1).isdigit() else _SEPARATOR.sub("", digits))
    if part["under"]:
        return _EXACT.divide(value, Decimal(part["under"]))
    for times, power in (("t1", "p1"), ("t2", "p2"), ("t3", "p3")):
        if exponent := part[times]:
            return _EXACT.scaleb(value, int(exponent.translate(_SUPERSCRIPTS)))
        if exponent := part[power]:
            return _EXACT.power(value, int(exponent.translate(_SUPERSCRIPTS)))
    return _EXACT.scaleb(value, int(part["e"])) if part["e"] else value


def _ratio(upper: str | None, lower: str | None) -> Decimal:
    return _EXACT.divide(Decimal(upper or 0), Decimal(lower or 0))
