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
from rvpo.results.report.svg import Scale, scale_over

KINDS: Final = (".svg", ".png", ".pdf")
ROW: Final = 24
PLOT: Final = 300
VALUES: Final = 150
MARGIN: Final = 16
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
    effects = [effect for c in comparisons for _, effect, _ in _rows(c)]
    scale = scale_over([0.0, *(end for effect in effects for end in (effect.low, effect.high))])
    names = [name for c in comparisons for name, _, _ in _rows(c)]
    left = MARGIN + min(260.0, max(90.0, plot.CHARACTER * max(map(len, names)))) + 12
    width = left + PLOT + VALUES + MARGIN
    body: list[str] = []
    y = MARGIN + 8.0
    for c in comparisons:
        body.append(plot.text(MARGIN, y, _heading(c), bold=True))
        y += ROW
        for name, effect, firm in _rows(c):
            body.append(_forest_row(name, effect, scale, left, y, firm=firm))
            y += ROW
        y += 8
    top, bottom = MARGIN + 8.0 + ROW / 2, y - 8 - ROW / 2
    zero = left + PLOT * scale.percent(0) / 100
    rule = plot.line(zero, top, zero, bottom, colour=plot.SOFT)
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
    return plot.page(width, bottom + 52, _heading(comparisons[0]), [rule, *body, ticks, foot])


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
    values = scale_over((y for arm in bands for series in arm for y in series), ticks=5)
    top = plot.Frame(left, 48, width, 240, everywhere, values)
    body = [plot.legend(MARGIN, 22, names), _axes(top, plus=False)]
    for place, (xs, (mean, low, high)) in enumerate(zip(steps, bands, strict=True)):
        body += [plot.band(top, xs, low, high, place), plot.curve(top, xs, mean, place)]
    end = 330.0
    if difference is not None:
        name, xs, mean, low, high = difference
        below = plot.Frame(left, 376, width, 130, everywhere, scale_over([0.0, *low, *high], ticks=4))
        zero = below.down(0)
        body += [plot.text(MARGIN, 354, name, bold=True), _axes(below, plus=True)]
        body += [plot.line(left, zero, left + width, zero, colour=plot.SOFT)]
        body += [plot.band(below, xs, low, high, 0), plot.curve(below, xs, mean, 0)]
        end = 548.0
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
    colour = plot.COLOURS[0 if effect.difference > 0 else 1]
    low, mid, high = (
        left + PLOT * scale.percent(x) / 100 for x in (effect.low, effect.difference, effect.high)
    )
    shown = f"{words.signed(effect.difference)} ({words.interval(effect.low, effect.high)})"
    whisker = plot.line(low, y, high, y, colour=colour, width=2.25) if math.isfinite(low + high) else ""
    total = isinstance(effect, Comparison)
    return (
        plot.text(MARGIN, y, _short(name), bold=total)
        + whisker
        + plot.dot(mid, y, colour, filled=firm)
        + plot.text(left + PLOT + VALUES, y, shown, anchor="end", bold=total)
    )


def _heading(c: Comparison) -> str:
    return f"{c.b} minus {c.a}"


def _short(name: str, most: int = 40) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}\N{HORIZONTAL ELLIPSIS}"


def _tick(tick: float, *, plus: bool = True) -> str:
    shown = words.signed(tick).removesuffix(".0")
    return shown if plus else shown.removeprefix("+")
