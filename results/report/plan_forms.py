"""A plan for an exam in every form: terminal, Markdown, LaTeX, CSV, figure, HTML page. Pure."""

import csv
from html import escape
from io import StringIO

from rvpo.results.planning import Plan
from rvpo.results.power_curve import PowerCurve, power_curves
from rvpo.results.report import page, plot, sections
from rvpo.results.report.content import CurvePanel
from rvpo.results.report.further_parts import variance_bar
from rvpo.results.report.panels import panel_latex, panel_markdown
from rvpo.results.report.plan_words import design_name, plan_sentences, plan_table
from rvpo.results.report.svg import Scale, scale_over
from rvpo.results.report.terminal import Drawn, Line, curve_lines, styled
from rvpo.results.report.text import panel_text
from rvpo.results.report.words import percent, points

SHARES = Scale(0.0, 1.0, (0.0, 0.2, 0.4, 0.6, 0.8, 1.0))
"""The axis of power."""


def plan_screen(plan: Plan, width: int, color: bool) -> str:
    """For the terminal: what the plan says, what to buy, and the power curve of the design as planned."""
    told = panel_text(plan_table(plan), plan_sentences(plan), width=width, color=color)
    curves = power_curves(plan)
    return f"{told}\n{styled(_plot(plan, curves[0], width), color=color)}" if curves else told


def plan_markdown(plan: Plan) -> str:
    """Sentences and what to buy."""
    return panel_markdown(_title(plan), plan_sentences(plan), plan_table(plan))


def plan_latex(plan: Plan) -> str:
    """What to buy, with the sentences above it as comments."""
    return panel_latex(plan_sentences(plan), plan_table(plan))


def plan_csv(plan: Plan) -> str:
    """Power over the true difference for every design, a row a point; differences in the score's own unit.

    ``clusters`` is empty where items stand by themselves.
    """
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ("design", "items", "clusters", "draws", "judge_calls", "runs", "confidence", "difference", "power")
    )
    for curve in power_curves(plan):
        d = curve.design
        clusters = d.clusters if plan.cluster_by else None
        fixed = (curve.name, d.items, clusters, d.draws, d.judge_calls, d.runs, plan.confidence)
        writer.writerows((*fixed, *point) for point in zip(curve.differences, curve.power, strict=True))
    return out.getvalue()


def plan_figure(plan: Plan) -> str:
    """Power over the true difference, a curve a design, and the power wanted."""
    curves = power_curves(plan)
    xs = scale_over([100 * end for curve in curves for end in (0.0, curve.differences[-1])], ticks=8)
    legend, y = plot.legend(16, 22, 584, [design_name(curve.name) for curve in curves])
    frame = plot.Frame(64, y + 26, 520, 260, xs, SHARES)
    wanted = frame.down(plan.power)
    body = [
        legend,
        plot.grid(frame, [f"{tick:g}" for tick in xs.ticks], [percent(tick) for tick in SHARES.ticks]),
        plot.line(frame.left, wanted, frame.left + frame.width, wanted, colour=plot.SOFT),
        *(
            plot.curve(frame, [100 * d for d in curve.differences], curve.power, place)
            for place, curve in enumerate(curves)
        ),
        plot.text(16, y + 332, f"Power {_about(plan)}", colour=plot.SOFT),
    ]
    return plot.page(600, y + 350, _title(plan), body)


def plan_page(plan: Plan, command: str) -> str:
    """One HTML file."""
    told, curves = plan_sentences(plan), power_curves(plan)
    panels = [
        CurvePanel(
            name="Power",
            x_label="true difference in points of 100",
            y_label="power in percent",
            series={
                design_name(curve.name): [
                    (100 * d, 100 * p) for d, p in zip(curve.differences, curve.power, strict=True)
                ]
                for curve in curves
            },
        )
    ]
    paragraphs = "".join(f"<p>{escape(sentence)}</p>" for sentence in told[2:])
    title = _title(plan)
    body = [
        page.opening(title, told[0], told[1]),
        page.limits_box(_limits(plan)),
        sections.section("The plan", variance_bar(plan) + paragraphs),
        sections.curves(panels if curves else (), heading="How often a difference is found"),
        sections.table_panel(plan_table(plan)),
        page.again(command),
    ]
    return page.page(title, body)


def _plot(plan: Plan, curve: PowerCurve, width: int) -> list[Line]:
    xs = [100 * d for d in curve.differences]
    heading = Line("", f"Power, {design_name(curve.name)}: {_about(plan)}")
    return [
        heading,
        *curve_lines(
            Drawn(xs, curve.power),
            width=width,
            x_scale=Scale(0.0, xs[-1], scale_over((0.0, xs[-1]), ticks=8).ticks),
            y_scale=SHARES,
            y_words=percent,
            height=11,
            rules=[plan.power],
        ),
    ]


def _limits(plan: Plan) -> list[str]:
    about = (
        f"The plan is about methods, if training runs differ by {points(plan.variances.run**0.5)} points as was assumed."
        if plan.variances.run
        else "The plan is about two fixed sets of weights: without --run-sd nothing here speaks of other training runs."
    )
    return [
        about,
        "The variances are estimates from two runs; another pair, another exam or another judge has others.",
        "A judge that favours one side is in no variance: more items make its error more significant, not smaller.",
    ]


def _title(plan: Plan) -> str:
    return f"Plan from “{plan.a}” and “{plan.b}”"


def _about(plan: Plan) -> str:
    return f"over the true difference in points of 100; line: the {percent(plan.power)} that are wanted"
