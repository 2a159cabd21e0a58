"""A study of curves in every form: terminal, Markdown, LaTeX, CSV, figure, HTML page. Pure."""

import csv
from collections.abc import Sequence
from html import escape
from io import StringIO

import msgspec

from rvpo.results.curve_study import CurveStudy
from rvpo.results.reader import Run
from rvpo.results.report import page, sections
from rvpo.results.report.content import CurvePanel, ReportContent
from rvpo.results.report.curve_words import (
    curve_headline,
    curve_limits,
    curve_panels,
    curve_sentences,
    curve_table,
)
from rvpo.results.report.figures import curves_figure
from rvpo.results.report.health import health, provenance
from rvpo.results.report.panels import panel_latex, panel_markdown
from rvpo.results.report.svg import scale_over
from rvpo.results.report.terminal import Drawn, Line, curve_lines, styled
from rvpo.results.report.text import panel_text


def curve_screen(study: CurveStudy, width: int, color: bool) -> str:
    """For the terminal: each arm and difference with its band, then the figures and what they say."""
    panels = curve_panels(study)
    drawn = [styled(lines, color=color) for panel in panels for lines in _plots(panel, panels, width)]
    told = panel_text(curve_table(study), curve_sentences(study), width=width, color=color)
    return "\n".join([*drawn, told])


def curve_markdown(study: CurveStudy) -> str:
    """Sentences and table."""
    return panel_markdown(f"Curves on {study.task}", curve_sentences(study), curve_table(study))


def curve_latex(study: CurveStudy) -> str:
    """The table, with the sentences above it as comments."""
    return panel_latex(curve_sentences(study), curve_table(study))


def curve_csv(study: CurveStudy) -> str:
    """A row for every checkpoint of every arm and difference; figures unrounded, in the score's own unit."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("kind", "name", "step", "n_items", "mean", "low", "high", "confidence"))
    for arm in study.arms:
        bands = zip(arm.steps, arm.bands.n, arm.bands.estimate, arm.bands.low, arm.bands.high, strict=True)
        writer.writerows(("arm", arm.name, *figures, study.confidence) for figures in bands)
    for each in study.against:
        d = each.curves.difference
        bands = zip(each.curves.steps, d.n, d.estimate, d.low, d.high, strict=True)
        writer.writerows(
            ("difference", f"{each.b} minus {each.a}", *figures, study.confidence) for figures in bands
        )
    return out.getvalue()


def curve_figure(study: CurveStudy) -> str:
    """Arms with bands; with two arms or more, the first difference below."""
    difference = None
    if study.against:
        first = study.against[0]
        d = first.curves.difference
        difference = (f"{first.b} minus {first.a}", first.curves.steps, d.estimate, d.low, d.high)
    return curves_figure(
        [arm.steps for arm in study.arms],
        [arm.name for arm in study.arms],
        [(arm.bands.estimate, arm.bands.low, arm.bands.high) for arm in study.arms],
        difference,
        confidence=study.confidence,
    )


def curve_page(study: CurveStudy, last: Sequence[Run], command: str) -> str:
    """One HTML file.

    Args:
        study: what to show.
        last: the final checkpoint of every arm, for health and provenance.
        command: that makes the page again.
    """
    told = curve_sentences(study)
    first = told.pop(len(study.arms) if study.against else 0)
    title = f"rvpo · {study.task}"
    paragraphs = "".join(f"<p>{escape(sentence)}</p>" for sentence in told)
    body = [
        page.opening(title, curve_headline(study), first),
        page.limits_box(curve_limits(study)),
        sections.curves(curve_panels(study)),
        sections.section("What the curves say", paragraphs),
        sections.table_panel(curve_table(study)),
        health(last),
        provenance(last, command),
    ]
    return page.page(title, body)


def with_curves(content: ReportContent, study: CurveStudy) -> ReportContent:
    """The report of a comparison with the curves in it."""
    return msgspec.structs.replace(
        content,
        curves=curve_panels(study),
        curve_words=tuple(curve_sentences(study)),
        tables=(*content.tables, curve_table(study)),
    )


def _plots(panel: CurvePanel, panels: Sequence[CurvePanel], width: int) -> list[list[Line]]:
    """A plot of every series of a panel; those of one measure share both axes."""
    alike = [other for other in panels if other.y_label == panel.y_label]
    differs = panel.y_label != panels[0].y_label
    y_scale = scale_over((y for other in alike for y in sections.panel_values(other)), ticks=4)
    x_scale = scale_over(
        (x for other in panels for series in other.series.values() for x, _ in series), ticks=5
    )
    plots = []
    for place, (name, series) in enumerate(panel.series.items()):
        xs, ys = zip(*series, strict=True)
        lows, highs = zip(*panel.bands[name], strict=True)
        heading = Line("", panel.name if differs else f"{name}: {panel.name}")
        lines = curve_lines(
            Drawn(xs, ys, lows, highs),
            width=width,
            x_scale=x_scale,
            y_scale=y_scale,
            y_words=(lambda tick: f"{tick:+g}" if tick else "0") if differs else "{:g}".format,
            place=place,
            rules=[0.0] if differs else [],
        )
        plots.append([heading, *lines])
    return plots
