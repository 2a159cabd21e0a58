"""Figures that stand alone: the forest of a comparison, the curves of arms; as SVG, PNG or PDF.

The SVG is our own. PNG and PDF are made of it by vl-convert (extra ``figures``): one wheel without system libraries, a
browser or a request, whose PDF stays vector; it is what Altair saves its charts with.
"""

import math
import os
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

from rvpo.results.errors import ResultsError
from rvpo.results.journal import write_atomically
from rvpo.results.records import Comparison, Effect
from rvpo.results.report import plot, words
from rvpo.results.report.svg import Scale, scale_over, side

KINDS: Final = (".svg", ".png", ".pdf")
ROW: Final = 24
PLOT: Final = 300
VALUES: Final = 150
MARGIN: Final = 16
BOLD_CHARACTER: Final = 7.0
"""Width of a bold letter at 12 px, on the safe side."""
PNG_SCALE: Final = 2.0


def write_figure(path: str | os.PathLike[str], svg: str) -> Path:
    """Writes a figure in the form that its name asks for, atomically.

    Raises:
        ResultsError: another ending than .svg, .png or .pdf, or the file cannot be written.
        ModuleNotFoundError: PNG or PDF is wanted and vl-convert is not installed.
    """
    target = checked_figure(path)
    data = _as(target.suffix, svg)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(target, data)
    except OSError as error:
        raise ResultsError(f"{target}: cannot be written: {error.strerror}") from error
    return target


def checked_figure(path: str | os.PathLike[str]) -> Path:
    """The path, if a figure can be written in the form that its name asks for.

    Raises:
        ResultsError: it ends otherwise.
        ModuleNotFoundError: PNG or PDF is wanted and vl-convert is not installed.
    """
    target = Path(path)
    if target.suffix not in KINDS:
        raise ResultsError(
            f"{target}: a figure ends in {', '.join(KINDS)}; got {target.suffix or 'no ending'!r}"
        )
    if target.suffix != ".svg":
        import_module("vl_convert")
    return target


def _as(kind: str, svg: str) -> bytes:
    if kind == ".svg":
        return svg.encode()
    import vl_convert

    converted: bytes = (
        vl_convert.svg_to_png(svg, scale=PNG_SCALE) if kind == ".png" else vl_convert.svg_to_pdf(svg)
    )
    return converted


def forest_figure(comparisons: Sequence[Comparison]) -> str:
    """Paired differences with intervals: a block a comparison, overall first, then criteria and tags."""
    blocks = [_rows(c) for c in comparisons]
    effects = [effect for rows in blocks for _, effect, _ in rows]
    scale = scale_over([0.0, *(end for effect in effects for end in (effect.low, effect.high))])
    longest = max(len(name) for rows in blocks for name, _, _ in rows)
    left = MARGIN + min(260.0, max(90.0, plot.CHARACTER * longest)) + 12
    width = left + PLOT + VALUES + MARGIN
    body: list[str] = []
    y = MARGIN + 8.0
    for c, rows in zip(comparisons, blocks, strict=True):
        heading = plot.short(_heading(c), int((width - 2 * MARGIN) / BOLD_CHARACTER))
        body.append(plot.text(MARGIN, y, heading, bold=True))
        body.append(_uprights(scale, left, y + ROW / 2, y + ROW * (len(rows) + 0.5)))
        y += ROW
        for name, effect, firm in rows:
            body.append(_forest_row(name, effect, scale, left, y, firm=firm))
            y += ROW
        y += 8
    bottom = y - 8 - ROW / 2
    ticks = "".join(
        plot.text(
            left + PLOT * scale.percent(tick) / 100,
            bottom + 12,
            _tick(tick),
            anchor="middle",
            colour=plot.SOFT,
        )
        for tick in scale.ticks
    )
    note = f"Points of 100, {words.level(comparisons[0].confidence)} intervals; filled: holds (criteria and tags: after Holm)"
    foot = plot.text(MARGIN, bottom + 36, note, colour=plot.SOFT)
    return plot.page(width, bottom + 52, _heading(comparisons[0]), [*body, ticks, foot])


def _uprights(scale: Scale, left: float, top: float, bottom: float) -> str:
    """A line at every tick behind the rows of one comparison, zero the darkest."""
    return "".join(
        plot.line(x, top, x, bottom, colour=plot.LINE if tick else plot.SOFT)
        for tick in (*filter(None, scale.ticks), 0)
        for x in [left + PLOT * scale.percent(tick) / 100]
    )


def curves_figure(
    steps: Sequence[Sequence[float]],
    names: Sequence[str],
    bands: Sequence[tuple[Sequence[float], Sequence[float], Sequence[float]]],
    difference: tuple[str, Sequence[float], Sequence[float], Sequence[float], Sequence[float]] | None = None,
    *,
    confidence: float = 0.95,
) -> str:
    """Arms over training steps with simultaneous bands; below, a difference curve with its own.

    Args:
        steps: of each arm.
        names: of the arms.
        bands: mean, low and high at every step of each arm.
        difference: its name, steps, mean, low and high.
        confidence: of the bands.
    """
    everywhere = scale_over((step for arm in steps for step in arm), ticks=8)
    left, width = 64.0, 520.0
    values = scale_over((y for arm in bands for series in arm for y in series), ticks=7)
    legend, y = plot.legend(MARGIN, 22, left + width, names)
    top = plot.Frame(left, y + 26, width, 240, everywhere, values)
    body = [legend, _axes(top, plus=False)]
    body += [
        plot.band(top, xs, low, high, place)
        for place, (xs, (_, low, high)) in enumerate(zip(steps, bands, strict=True))
    ]
    for place, (xs, (mean, _, _)) in enumerate(zip(steps, bands, strict=True)):
        body += [plot.curve(top, xs, mean, place), plot.marks(top, xs, mean, place)]
    end = top.top + top.height + 42
    if difference is not None:
        name, xs, mean, low, high = difference
        below = plot.Frame(left, end + 46, width, 130, everywhere, scale_over([0.0, *low, *high], ticks=5))
        zero = below.down(0)
        body += [plot.text(MARGIN, end + 24, name, bold=True), _axes(below, plus=True)]
        body += [plot.line(left, zero, left + width, zero, colour=plot.SOFT)]
        body += [plot.band(below, xs, low, high, None), plot.curve(below, xs, mean, None)]
        body += [plot.marks(below, xs, mean, None)]
        end = below.top + below.height + 42
    note = f"Points of 100 over training steps; bands cover a whole curve with {words.level(confidence)}"
    body.append(plot.text(MARGIN, end + 6, note, colour=plot.SOFT))
    return plot.page(left + width + MARGIN, end + 24, ", ".join(names), body)


def _axes(frame: plot.Frame, *, plus: bool) -> str:
    return plot.grid(
        frame, [f"{tick:g}" for tick in frame.x.ticks], [_tick(tick, plus=plus) for tick in frame.y.ticks]
    )


def _rows(c: Comparison) -> list[tuple[str, Comparison | Effect, bool]]:
    """Name, effect and whether it holds."""
    secondary = [(e.name, e, words.holds_after_holm(e, c.confidence)) for e in (*c.by_criterion, *c.by_tag)]
    return [("Overall", c, bool(words.direction(c))), *secondary]


def _forest_row(
    name: str, effect: Comparison | Effect, scale: Scale, left: float, y: float, *, firm: bool
) -> str:
    colour = plot.SIDES[side(effect.difference)]
    low, mid, high = (
        left + PLOT * scale.percent(x) / 100 for x in (effect.low, effect.difference, effect.high)
    )
    shown = f"{words.signed(effect.difference)} ({words.interval(effect.low, effect.high)})"
    whisker = plot.line(low, y, high, y, colour=colour, width=2.25) if math.isfinite(low + high) else ""
    total = isinstance(effect, Comparison)
    return (
        plot.text(MARGIN, y, plot.short(name, 40), bold=total)
        + whisker
        + plot.dot(mid, y, colour, filled=firm)
        + plot.text(left + PLOT + VALUES, y, shown, anchor="end", bold=total)
    )


def _heading(c: Comparison) -> str:
    return f"{c.b} minus {c.a}"


def _tick(tick: float, *, plus: bool = True) -> str:
    shown = words.signed(tick).removesuffix(".0")
    return shown if plus else shown.removeprefix("+")
