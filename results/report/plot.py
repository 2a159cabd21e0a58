"""The parts of a figure that stands alone: an SVG with its own type, colours and size, for papers and slides. Pure.

A white ground and the palette of the reports in light; colour never carries meaning alone.
"""

import math
from collections.abc import Sequence
from html import escape
from typing import Final, NamedTuple

from rvpo.results.report.svg import Scale

LEGEND_ROW: Final = 20
COLOURS: Final = ("#0062a3", "#b84300", "#00724f", "#9b4280", "#7a6200", "#4d4d4d")
DASHES: Final = ("", "6 3", "2 3", "8 3 2 3", "1 2", "10 3")
INK, SOFT, LINE = "#1c1e21", "#5c6066", "#dcd8ce"
SIDES: Final = {"up": COLOURS[0], "down": COLOURS[1], "tie": SOFT}
"""Colours of a difference, by ``svg.side``."""
CHARACTER: Final = 6.4
"""Width of a letter at 12 px, on the safe side: the writer knows no font."""


class Frame(NamedTuple):
    """Where data lie on the page, in pixels from the upper left corner."""

    left: float
    top: float
    width: float
    height: float
    x: Scale
    y: Scale

    def across(self, value: float) -> float:
        """Pixels from the left of the page."""
        return self.left + self.width * self.x.percent(value) / 100

    def down(self, value: float) -> float:
        """Pixels from its top."""
        return self.top + self.height * (1 - self.y.percent(value) / 100)


def page(width: float, height: float, title: str, body: Sequence[str]) -> str:
    """The whole figure."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" font-family="Helvetica, Arial, Liberation Sans, sans-serif" font-size="12">'
        f'<title>{escape(title)}</title><rect width="100%" height="100%" fill="#fff"/>{"".join(body)}</svg>\n'
    )


def text(
    x: float, y: float, words: str, *, anchor: str = "start", colour: str = INK, bold: bool = False
) -> str:
    """A line of text whose middle lies at ``y``."""
    weight = ' font-weight="600"' if bold else ""
    return f'<text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="{anchor}" fill="{colour}"{weight}>{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, *, colour: str = LINE, width: float = 1) -> str:
    """A straight line."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width:g}"/>'


def dot(x: float, y: float, colour: str, *, filled: bool = True, radius: float = 4.5) -> str:
    """A round mark, filled or hollow."""
    fill = colour if filled else "#fff"
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{fill}" stroke="{colour}" stroke-width="2"/>'
    )


def band(
    frame: Frame, xs: Sequence[float], lows: Sequence[float], highs: Sequence[float], place: int | None
) -> str:
    """The area between two curves, in the colour of its place or, without one, in ink."""
    there = [k for k in range(len(xs)) if math.isfinite(lows[k]) and math.isfinite(highs[k])]
    edge = [(xs[k], highs[k]) for k in there] + [(xs[k], lows[k]) for k in reversed(there)]
    points = " ".join(f"{frame.across(x):.1f},{frame.down(y):.1f}" for x, y in edge)
    return f'<polygon points="{points}" fill="{_style(place)[0]}" fill-opacity="0.14"/>'


def curve(frame: Frame, xs: Sequence[float], ys: Sequence[float], place: int | None) -> str:
    """A curve in the colour and dash of its place; without one, a solid one in ink."""
    points = " ".join(
        f"{frame.across(x):.1f},{frame.down(y):.1f}" for x, y in zip(xs, ys, strict=True) if math.isfinite(y)
    )
    colour, dash = _style(place)
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2" stroke-linejoin="round"{dash}/>'


def marks(frame: Frame, xs: Sequence[float], ys: Sequence[float], place: int | None) -> str:
    """A small mark at every value: where a curve was seen, and not only drawn through."""
    colour, _ = _style(place)
    return "".join(
        dot(frame.across(x), frame.down(y), colour, radius=1.75)
        for x, y in zip(xs, ys, strict=True)
        if math.isfinite(y)
    )


def grid(frame: Frame, x_words: Sequence[str], y_words: Sequence[str]) -> str:
    """Horizontal lines with their values, and the values below."""
    right, bottom = frame.left + frame.width, frame.top + frame.height
    across = "".join(
        line(frame.left, frame.down(tick), right, frame.down(tick))
        + text(frame.left - 8, frame.down(tick), words, anchor="end", colour=SOFT)
        for tick, words in zip(frame.y.ticks, y_words, strict=True)
    )
    below = "".join(
        text(frame.across(tick), bottom + 16, words, anchor="middle", colour=SOFT)
        for tick, words in zip(frame.x.ticks, x_words, strict=True)
    )
    return across + below


def legend(left: float, y: float, right: float, names: Sequence[str]) -> tuple[str, float]:
    """Name and line of every series, in as many rows as they need between ``left`` and ``right``.

    Returns:
        The markup, and the middle of its last row.
    """
    parts, x = [], left
    most = int((right - left - 28) / CHARACTER)
    for place, name in enumerate(names):
        shown = short(name, most)
        end = x + 28 + CHARACTER * len(shown)
        if end > right and x > left:
            x, y, end = left, y + LEGEND_ROW, left + end - x
        colour, dash = _style(place)
        parts.append(
            f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{x + 22:.1f}" y2="{y:.1f}" stroke="{colour}" '
            f'stroke-width="2"{dash}/>{text(x + 28, y, shown)}'
        )
        x = end + 22
    return "".join(parts), y


def short(words: str, most: int) -> str:
    """The words, cut to so many characters.

    >>> short("right_argument_names", 8)
    'right_a…'
    """
    return words if len(words) <= most else f"{words[: most - 1]}\N{HORIZONTAL ELLIPSIS}"


def _style(place: int | None) -> tuple[str, str]:
    """Colour and dash, as an attribute, of a series; ink and solid of what belongs to none."""
    if place is None:
        return INK, ""
    dash = DASHES[place % len(DASHES)]
    return COLOURS[place % len(COLOURS)], f' stroke-dasharray="{dash}"' if dash else ""
