"""Figures as inline SVG that resizes without scaling its type: x in percent of the width, y in pixels.

Colour never carries meaning alone: position, shape (filled or hollow) and dashes say the same. Colours are CSS
classes of ``style.css``, so light, dark and print share one markup. Pure: numbers in, markup out.
"""

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

from rvpo.results.records import Comparison, Effect
from rvpo.results.report.content import CurvePanel
from rvpo.results.report.words import signed

SERIES = 6
"""Distinct line styles before they repeat."""
_TIED = 1e-9


class Scale(NamedTuple):
    """A linear axis."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def percent(self, value: float) -> float:
        """Place of ``value`` along the axis, in percent."""
        return 100 * (value - self.low) / (self.high - self.low)


def scale_over(values: Iterable[float], *, ticks: int = 6) -> Scale:
    """An axis that holds all values, with about ``ticks`` round marks and a little air at both ends."""
    finite = [value for value in values if math.isfinite(value)] or [0.0]
    low, high = min(finite), max(finite)
    if high - low < 1e-9:
        low, high = low - 0.05, high + 0.05
    air = 0.04 * (high - low)
    low, high = low - air, high + air
    step = _round_step((high - low) / ticks)
    first = math.ceil(low / step)
    marks = tuple(step * index for index in range(first, math.floor(high / step) + 1))
    return Scale(low, high, marks)


def forest_mark(effect: Effect | Comparison, scale: Scale, *, filled: bool, label: str) -> str:
    """One row of the forest plot: interval, estimate and the zero line."""
    low, mid, high = (scale.percent(x) for x in (effect.low, effect.difference, effect.high))
    shape = "filled" if filled else "hollow"
    return (
        f'<svg class="mark {side(effect.difference)} {shape}" role="img" aria-label="{escape(label)}">'
        f'<line class="zero" x1="{scale.percent(0):.2f}%" x2="{scale.percent(0):.2f}%" y1="0" y2="100%"/>'
        f'<line class="whisker" x1="{low:.2f}%" x2="{high:.2f}%" y1="50%" y2="50%"/>'
        f'<circle class="dot" cx="{mid:.2f}%" cy="50%" r="5"/></svg>'
    )


def side(difference: float) -> str:
    """``up``, ``down`` or, of less than any rounding, ``tie``."""
    return "tie" if abs(difference) <= _TIED else "up" if difference > 0 else "down"


def zero_line(scale: Scale) -> str:
    """The zero line alone, so that it runs on behind a heading."""
    zero = f"{scale.percent(0):.2f}%"
    return f'<svg class="mark" aria-hidden="true"><line class="zero" x1="{zero}" x2="{zero}" y1="0" y2="100%"/></svg>'


def axis(scale: Scale, *, plus: bool = True) -> str:
    """Tick labels in points; hidden from screen readers, which have the table."""
    labels = "".join(
        f'<text x="{scale.percent(tick):.2f}%" y="16" text-anchor="middle">{_tick_text(tick, plus=plus)}</text>'
        for tick in scale.ticks
    )
    return f'<svg class="axis" aria-hidden="true">{labels}</svg>'


def dot_row(means: Sequence[tuple[float, float, float]], scale: Scale, label: str) -> str:
    """Mean and interval of every run, one below the other."""
    height = 14 * len(means) + 20
    marks = "".join(
        f'<line class="whisker s{index % SERIES}" x1="{scale.percent(low):.2f}%" x2="{scale.percent(high):.2f}%" '
        f'y1="{17 + 14 * index}" y2="{17 + 14 * index}"/>'
        f'<circle class="dot s{index % SERIES}" cx="{scale.percent(mean):.2f}%" cy="{17 + 14 * index}" r="4.5"/>'
        for index, (mean, low, high) in enumerate(means)
    )
    grid = "".join(
        f'<line class="grid" x1="{scale.percent(t):.2f}%" x2="{scale.percent(t):.2f}%" y1="0" y2="100%"/>'
        for t in scale.ticks
    )
    return f'<svg class="dots" style="height:{height}px" role="img" aria-label="{escape(label)}">{grid}{marks}</svg>'


def histogram(differences: Sequence[float], label: str, *, bins: int = 25) -> str:
    """Item differences B - A; ties have a bar of their own at zero, gains and losses never share one."""
    largest = max((abs(d) for d in differences), default=0.0) or 0.01
    half = bins // 2
    width = 2 * largest / (bins - 1)
    counts = [0] * bins
    for d in differences:
        step = 0 if abs(d) <= _TIED else int(math.copysign(max(1, math.ceil(abs(d) / width - 1e-9)), d))
        counts[half + max(-half, min(half, step))] += 1
    tallest = max(counts)
    edge = largest + width / 2
    marks = tuple(tick for tick in scale_over((-edge, edge), ticks=8).ticks if abs(tick) <= edge)
    bars = []
    for index, n in enumerate(counts):
        if not n:
            continue
        colour = side(index - half)
        height = 82 * n / tallest
        bars.append(
            f'<rect class="bar {colour}" x="{100 * index / bins + 0.15:.2f}%" width="{100 / bins - 0.3:.2f}%" '
            f'y="{96 - height:.2f}%" height="{height:.2f}%"><title>{n} items</title></rect>'
            f'<text class="count" x="{100 * (index + 0.5) / bins:.2f}%" y="{94 - height:.2f}%" '
            f'text-anchor="middle">{n}</text>'
        )
    base = '<line class="zero" x1="0" x2="100%" y1="96%" y2="96%"/>'
    return f'<svg class="histogram" role="img" aria-label="{escape(label)}">{"".join(bars)}{base}</svg>{axis(Scale(-edge, edge, marks))}'


def split_bar(wins: int, ties: int, losses: int) -> str:
    """Losses, ties and wins as shares of one bar, with their counts."""
    total = max(1, wins + ties + losses)
    shares = [(name, n / total) for name, n in (("down", losses), ("tie", ties), ("up", wins))]
    return stacked_bar(shares, f"{losses} worse, {ties} the same, {wins} better")


def stacked_bar(shares: Sequence[tuple[str, float]], label: str) -> str:
    """One bar of shares beside each other, each a class of colour and a fraction of the whole; ``label`` is read out."""
    parts, left = [], 0.0
    for name, share in shares:
        parts.append(
            f'<rect class="bar {name}" x="{left:.2f}%" width="{100 * share:.2f}%" y="0" height="14"/>'
        )
        left += 100 * share
    return f'<svg class="split" role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'


def curve(panel: CurvePanel, order: Sequence[str], scale: Scale) -> str:
    """One panel of curves over the y axis ``scale``; a series has the colour and dash of its place in ``order``."""
    x_scale = scale_over((x for series in panel.series.values() for x, _ in series), ticks=4)
    grid = "".join(
        f'<line class="{_grid_class(t, scale)}" x1="0" x2="100%" y1="{100 - scale.percent(t):.2f}%" '
        f'y2="{100 - scale.percent(t):.2f}%"/>'
        f'<text x="-8" y="{100 - scale.percent(t):.2f}%" dy="0.32em" text-anchor="end">{_number(t)}</text>'
        for t in scale.ticks
    )
    lines = "".join(
        _band(order.index(name), panel.series[name], edges, x_scale, scale)
        for name, edges in panel.bands.items()
    )
    lines += "".join(
        _line(order.index(name), series, x_scale, scale) for name, series in panel.series.items()
    )
    ticks = "".join(
        f'<text x="{x_scale.percent(t):.2f}%" y="100%" dy="1.4em" text-anchor="middle">{_number(t)}</text>'
        for t in x_scale.ticks
    )
    last = "; ".join(
        f"{name} from {_number(series[0][1])} to {_number(series[-1][1])}"
        for name, series in panel.series.items()
        if series
    )
    return (
        f'<svg class="curve" role="img" aria-label="{escape(panel.name)}, {escape(panel.y_label)} over '
        f'{escape(panel.x_label)}: {escape(last)}">{grid}{lines}{ticks}</svg>'
    )


def _grid_class(tick: float, scale: Scale) -> str:
    """Zero stands out where values lie on both sides of it, and not the axis's air alone."""
    return "zero" if abs(tick) < 1e-9 and scale.percent(0) > 4 else "grid"


def _band(
    index: int,
    series: Sequence[tuple[float, float]],
    edges: Sequence[tuple[float, float]],
    x_scale: Scale,
    y_scale: Scale,
) -> str:
    """The area between low and high, where both are finite."""
    there = [
        (x, low, high) for (x, _), (low, high) in zip(series, edges, strict=True) if math.isfinite(low + high)
    ]
    outline = [(x, high) for x, _, high in there] + [(x, low) for x, low, _ in reversed(there)]
    points = " ".join(f"{x_scale.percent(x):.2f},{100 - y_scale.percent(y):.2f}" for x, y in outline)
    return (
        f'<svg viewBox="0 0 100 100" preserveAspectRatio="none" class="band s{index % SERIES}">'
        f'<polygon points="{points}"/></svg>'
    )


def _line(index: int, series: Sequence[tuple[float, float]], x_scale: Scale, y_scale: Scale) -> str:
    """The polyline in a stretched inner frame, broken at gaps, and round points outside of it."""
    placed = [(x_scale.percent(x), 100 - y_scale.percent(y)) if math.isfinite(y) else None for x, y in series]
    strokes: list[list[str]] = [[]]
    for place in placed:
        if place is None:
            strokes.append([])
        else:
            strokes[-1].append(f"{place[0]:.2f},{place[1]:.2f}")
    paths = "".join(f'<polyline points="{" ".join(stroke)}"/>' for stroke in strokes if len(stroke) > 1)
    dots = "".join(
        f'<circle class="dot s{index % SERIES}" cx="{place[0]:.2f}%" cy="{place[1]:.2f}%" r="2.5"/>'
        for place in placed
        if place is not None and len(series) <= 40
    )
    return f'<svg viewBox="0 0 100 100" preserveAspectRatio="none" class="line s{index % SERIES}">{paths}</svg>{dots}'


def _round_step(rough: float) -> float:
    """The smallest of 1, 2, 2.5, 5 times a power of ten that is not below ``rough``."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= rough * (1 - 1e-9))


def _tick_text(tick: float, *, plus: bool) -> str:
    text = signed(tick).removesuffix(".0")
    return text if plus else text.removeprefix("+")


def _number(value: float) -> str:
    return f"{value + 0.0:.4g}".replace("-", "\N{MINUS SIGN}")
