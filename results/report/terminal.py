"""Plots for the terminal: a forest of paired differences, and curves with bands. Pure: numbers in, lines out.

Signs, not colours, carry the meaning: a filled mark holds, a hollow one does not; a band is shaded and a curve is drawn
in Braille, whose cells hold two by four dots. ``styled`` adds the colours.
"""

import math
from collections.abc import Callable, Sequence
from io import StringIO
from textwrap import wrap
from typing import Final, NamedTuple

from rvpo.results.records import Comparison, Effect
from rvpo.results.report import words
from rvpo.results.report.svg import Scale, scale_over
from rvpo.results.report.text import to_text

STYLES: Final = ("blue", "dark_orange3", "green", "magenta", "yellow", "white")
NAMES_MOST: Final = 28
SHADE, ZERO, RULE = "\N{LIGHT SHADE}", "\N{BOX DRAWINGS LIGHT VERTICAL}", "\N{BOX DRAWINGS LIGHT HORIZONTAL}"
CROSSED: Final = "\N{BOX DRAWINGS LIGHT VERTICAL AND HORIZONTAL}"
FILLED, HOLLOW, BEYOND = "\N{BLACK CIRCLE}", "\N{WHITE CIRCLE}", "\N{HORIZONTAL ELLIPSIS}"
_BRAILLE: Final = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bit of each dot of a Braille cell (Unicode 15, 21.1), by row and column."""


class Line(NamedTuple):
    """A line of a plot: what stands left of it, the plot, what stands right, and the colour of the plot."""

    left: str
    plot: str
    right: str = ""
    style: str = ""

    def __str__(self) -> str:
        """Without colour."""
        return f"{self.left}{self.plot}{self.right}".rstrip()


class Drawn(NamedTuple):
    """One curve: values at ascending places, and its band or none."""

    xs: Sequence[float]
    ys: Sequence[float]
    lows: Sequence[float] = ()
    highs: Sequence[float] = ()


def styled(lines: Sequence[Line], *, color: bool) -> str:
    """The lines as text, one after another; with ANSI colours if asked for."""
    if not color:
        return "".join(f"{line}\n" for line in lines)
    from rich.console import Console
    from rich.text import Text

    console = Console(file=StringIO(), width=10_000, force_terminal=True, highlight=False)
    with console.capture() as captured:
        for line in lines:
            console.print(Text.assemble(line.left, (line.plot, line.style), line.right))
    return captured.get()


def forest_lines(c: Comparison, width: int) -> list[Line]:
    """Paired differences with their intervals on one axis: overall, then criteria and tags.

    Args:
        c: the comparison.
        width: columns of the terminal.
    """
    rows: list[tuple[str, Comparison | Effect, bool]] = [("score", c, bool(words.direction(c)))]
    rows += [(e.name, e, words.holds_after_holm(e, c.confidence)) for e in (*c.by_criterion, *c.by_tag)]
    scale = scale_over([0.0, *(end for _, effect, _ in rows for end in (effect.low, effect.high))], ticks=6)
    names = [_short(name) for name, _, _ in rows]
    values = [words.signed(effect.difference) for _, effect, _ in rows]
    left, right = max(map(len, names)) + 2, max(map(len, values)) + 2
    across = max(20, width - left - right)
    lines = []
    for name, value, (_, effect, firm) in zip(names, values, rows, strict=True):
        style = "" if not firm else STYLES[0] if effect.difference > 0 else STYLES[1]
        lines.append(
            Line(name.ljust(left), _whisker(effect, scale, across, firm=firm), value.rjust(right), style)
        )
    lines.append(Line(" " * left, _ticks(scale, across, lambda tick: words.signed(tick).removesuffix(".0"))))
    about = f"{words.quoted(c.b)} minus {words.quoted(c.a)}, points of 100; {FILLED} holds, {HOLLOW} does not"
    indent = left if left + len(about) <= width else 0
    return [*lines, *(Line(" " * indent, line) for line in wrap(about, max(width, 20)))]


def comparison_screen(comparisons: Sequence[Comparison], width: int, color: bool) -> str:
    """Verdict, table and method of each comparison, and the forest of its differences."""
    told = [
        f"{to_text([c], width=width, color=color)}\n{styled(forest_lines(c, width), color=color)}"
        for c in comparisons
    ]
    return "\n".join(told)


def curve_lines(
    drawn: Drawn,
    *,
    width: int,
    x_scale: Scale,
    y_scale: Scale,
    y_words: Callable[[float], str],
    height: int = 9,
    place: int = 0,
    rules: Sequence[float] = (),
) -> list[Line]:
    """One curve with its band, its axes and horizontal rules.

    Args:
        drawn: the curve; NaN is a gap.
        width: columns of the terminal.
        x_scale: of the panel.
        y_scale: of the panel, so that panels one below the other can share it.
        y_words: a value of the y axis as it is written.
        height: lines of the plot.
        place: of the curve among several: its colour.
        rules: values to draw a line at (zero, a power wanted).
    """
    labels = {_row(tick, y_scale, height): y_words(tick) for tick in y_scale.ticks}
    left = max(map(len, labels.values()), default=0) + 1
    across = max(20, width - left - 1)
    cells = [[" "] * across for _ in range(height)]
    for rule in rules:
        cells[_row(rule, y_scale, height)] = [RULE] * across
    _shade(cells, drawn, x_scale, y_scale)
    _trace(cells, drawn, x_scale, y_scale)
    lines = [
        Line(
            f"{labels.get(row, ''):>{left - 1}} {ZERO}",
            "".join(cells[row]),
            style=STYLES[place % len(STYLES)],
        )
        for row in range(height)
    ]
    return [*lines, Line(" " * (left + 1), _ticks(x_scale, across, lambda tick: f"{tick:g}"))]


def _whisker(effect: Comparison | Effect, scale: Scale, across: int, *, firm: bool) -> str:
    """The interval as a line, its estimate as a mark, over the zero of the axis."""
    cells = [" "] * across
    zero = _column(0.0, scale, across)
    cells[zero] = ZERO
    if math.isfinite(effect.low + effect.high):
        low, high = _column(effect.low, scale, across), _column(effect.high, scale, across)
        cells[low : high + 1] = [CROSSED if column == zero else RULE for column in range(low, high + 1)]
    cells[_column(effect.difference, scale, across)] = FILLED if firm else HOLLOW
    return "".join(cells)


def _shade(cells: list[list[str]], drawn: Drawn, x_scale: Scale, y_scale: Scale) -> None:
    """Fills the cells whose middle lies in the band."""
    height, across = len(cells), len(cells[0])
    if not drawn.lows:
        return
    for column in range(across):
        x = x_scale.low + (column + 0.5) / across * (x_scale.high - x_scale.low)
        low, high = _at(x, drawn.xs, drawn.lows), _at(x, drawn.xs, drawn.highs)
        if math.isfinite(low + high):
            for row in range(_row(high, y_scale, height), _row(low, y_scale, height) + 1):
                cells[row][column] = SHADE


def _trace(cells: list[list[str]], drawn: Drawn, x_scale: Scale, y_scale: Scale) -> None:
    """Draws the curve in Braille over whatever is there."""
    height, across = len(cells), len(cells[0])
    bits = [[0] * across for _ in cells]
    before: int | None = None
    for fine in range(2 * across):
        x = x_scale.low + (fine + 0.5) / (2 * across) * (x_scale.high - x_scale.low)
        y = _at(x, drawn.xs, drawn.ys)
        if not math.isfinite(y):
            before = None
            continue
        dot = _row(y, y_scale, 4 * height)
        start = dot if before is None else before + (dot > before) - (dot < before)
        for each in range(min(start, dot), max(start, dot) + 1):
            bits[each // 4][fine // 2] |= _BRAILLE[each % 4][fine % 2]
        before = dot
    for row, line in enumerate(bits):
        for column, found in enumerate(line):
            if found:
                cells[row][column] = chr(0x2800 + found)


def _at(x: float, xs: Sequence[float], ys: Sequence[float]) -> float:
    """The value at ``x`` on the straight lines between the points; NaN outside of them and beside a gap."""
    for (x0, y0), (x1, y1) in zip(zip(xs, ys, strict=True), zip(xs[1:], ys[1:], strict=True), strict=False):
        if x0 <= x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return math.nan


def _row(value: float, scale: Scale, height: int) -> int:
    return min(height - 1, max(0, int((1 - scale.percent(value) / 100) * height)))


def _column(value: float, scale: Scale, across: int) -> int:
    return min(across - 1, max(0, int(scale.percent(value) / 100 * across)))


def _ticks(scale: Scale, across: int, told: Callable[[float], str]) -> str:
    """Labels below the axis, each centred on its place, none over another."""
    line = [" "] * across
    free = 0
    for tick in scale.ticks:
        label = told(tick)
        start = min(across - len(label), max(0, _column(tick, scale, across) - len(label) // 2))
        if start >= free:
            line[start : start + len(label)] = label
            free = start + len(label) + 1
    return "".join(line).rstrip()


def _short(name: str) -> str:
    return name if len(name) <= NAMES_MOST else f"{name[: NAMES_MOST - 1]}{BEYOND}"
