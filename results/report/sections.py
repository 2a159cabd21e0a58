"""The sections of the HTML report that tell the comparison: verdict, limits, forest, tables, items. Pure."""

from collections.abc import Sequence
from html import escape

from rvpo.results.records import Comparison, Effect
from rvpo.results.report import words
from rvpo.results.report.content import CurvePanel, ReportContent, TablePanel
from rvpo.results.report.inference_words import examined, inference_sentences, size_cell
from rvpo.results.report.page import limits_box
from rvpo.results.report.svg import (
    SERIES,
    Scale,
    axis,
    curve,
    dot_row,
    forest_mark,
    histogram,
    scale_over,
    split_bar,
    zero_line,
)
from rvpo.results.report.text import shown_cell, table_cells
from rvpo.results.stats.means import RunMean, run_means

FIGURE_SIGNS = frozenset(f"0123456789+≤{words.MINUS}{words.DASH}")
"""How a text cell begins that is a figure, and stands to the right like one."""
MANY_COLUMNS = 8
"""A table with more breaks out of the column of text, and its headings break into lines."""


def section(heading: str, body: str, note: str = "") -> str:
    """A section; nothing at all when its body is empty."""
    if not body:
        return ""
    told = f'<p class="note">{escape(note)}</p>' if note else ""
    return f"<section><h2>{escape(heading)}</h2>{told}{body}</section>"


def opening(content: ReportContent) -> str:
    """Verdict, lead and the four figures of the face."""
    c = content.primary
    told = words.verdict(c)
    flips = f"{f'{c.flips:,}' if c.flips else 'exact'} {'cluster' if c.clusters else 'sign'} flips"
    test = "t over training runs" if c.training else flips
    draws = str(c.draws_a) if c.draws_a == c.draws_b else f"{c.draws_a} and {c.draws_b}"
    items = f"draws of each: {draws}"
    if c.training or c.clusters:
        items = examined(c) if draws == "1" else f"{examined(c)}, {draws} draws"
    facts = (
        ("Difference in points", words.signed(c.difference),
         f"{words.level(c.confidence)}: {words.interval(c.low, c.high)}"),
        ("p-value", words.p_of(c).removeprefix("= "), test),
        ("Items", f"{c.n_items:,}", items),
        ("Better / same / worse", f"{c.wins:,} / {c.ties:,} / {c.losses:,}", "items"),
    )  # fmt: skip
    figures = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(figure)}<small>{escape(more)}</small></dd></div>"
        for name, figure, more in facts
    )
    lead = "".join(f"<p>{escape(sentence)}</p>" for sentence in content.lead)
    return (
        f'<header><p class="eyebrow">{escape(content.title)}</p><h1>{escape(told.headline)}</h1>'
        f'<p class="lead">{escape(told.detail)}</p><dl class="facts">{figures}</dl>{lead}</header>'
    )


def limits(content: ReportContent) -> str:
    """The box of what this does not show."""
    lines = (*words.limits(content.primary, len(content.further)), *content.limits, *content.primary.notes)
    return limits_box([_sentence(line) for line in dict.fromkeys(lines)])


def forest(c: Comparison) -> str:
    """Paired differences: overall, by criterion, by tag."""
    families = [
        (name, effects)
        for name, effects in (("By criterion", c.by_criterion), ("By tag", c.by_tag))
        if effects
    ]
    shown: list[Effect | Comparison] = [c, *(effect for _, effects in families for effect in effects)]
    scale = scale_over([0.0, *(end for effect in shown for end in (effect.low, effect.high))])
    rows = [
        _forest_row(
            "Overall", c, forest_mark(c, scale, filled=bool(words.direction(c)), label="Overall"), "total"
        )
    ]
    for name, effects in families:
        rows.append(
            f'<div class="heading"><div class="name">{name}</div><div class="plot">{zero_line(scale)}</div><div></div></div>'
        )
        rows += [
            _forest_row(
                effect.name,
                effect,
                forest_mark(
                    effect, scale, filled=words.holds_after_holm(effect, c.confidence), label=effect.name
                ),
            )
            for effect in effects
        ]
    rows.append(f'<div><div></div><div class="plot short">{axis(scale)}</div><div></div></div>')
    legend = (
        '<p class="legend"><span><i class="up"></i>filled: holds after Holm</span>'
        '<span><i class="up hollow"></i>hollow: does not</span>'
        f"<span>right of the line: “{escape(c.b)}” is better</span></p>"
    )
    note = f"Difference in points of 100, “{c.b}” minus “{c.a}”, with {words.level(c.confidence)} intervals."
    body = f'<figure class="wide">{legend}<div class="forest">{"".join(rows)}</div></figure>'
    return section("Where the difference lies", body, note)


def figures_table(c: Comparison, further: Sequence[Comparison]) -> str:
    """The same figures as a table, and one line for each further comparison."""
    rows = [_effect_row("Overall", c, "total")]
    for name, effects in (("By criterion", c.by_criterion), ("By tag", c.by_tag)):
        if effects:
            rows.append(f'<tr class="group"><th colspan="9" scope="rowgroup">{name}</th></tr>')
            rows += [_effect_row(effect.name, effect) for effect in effects]
    head = _head(
        ("", c.a, c.b, "Difference", f"{words.level(c.confidence)} interval", "p", "p (Holm)", "n", "d_z")
    )
    body = f'<div class="wide scroll"><table>{head}<tbody>{"".join(rows)}</tbody></table></div>'
    if further:
        lines = "".join(_effect_row(f"“{other.b}” minus “{other.a}”", other) for other in further)
        top = _head(("Comparison", "A", "B", "Difference", "Interval", "p", "p (Holm)", "n", "d_z"))
        body += f'<div class="wide scroll"><h3 class="apart">Further comparisons</h3><table>{top}<tbody>{lines}</tbody></table></div>'
    told = "".join(f"<p>{escape(sentence)}</p>" for sentence in inference_sentences(c))
    body += f'<h3 class="apart">What the figures rest on</h3>{told}'
    return section(
        "The figures", body, f"Means and differences in points of 100. Method: {c.method}; seed {c.seed}."
    )


def all_runs(content: ReportContent) -> str:
    """Mean of every run by criterion, as dots with intervals and as numbers."""
    runs = content.shown_runs
    confidence = content.primary.confidence
    means = [run_means(run, confidence) for run in runs]
    names = list(dict.fromkeys(name for table in means for name in table))
    names = [name for name in names if sum(name in table for table in means) == len(runs)]
    shown = {
        name: [table[name] for table in means] for name in names if all(t[name].n_items > 1 for t in means)
    }
    if not shown:
        return ""
    scale = scale_over(end for row in shown.values() for mean in row for end in (mean.low, mean.high))
    legend = "".join(
        f'<span><i class="s{index % SERIES}"></i>{escape(run.name)}</span>' for index, run in enumerate(runs)
    )
    rows = "".join(_dots(name, row, [run.name for run in runs], scale) for name, row in shown.items())
    foot = f'<div><div></div><div class="plot short">{axis(scale, plus=False)}</div><div></div></div>'
    note = (
        "Mean score of each run in points of 100. These intervals are of single runs; "
        "whether two differ is told by the paired differences above."
    )
    body = (
        f'<figure class="wide"><p class="legend">{legend}</p><div class="forest">{rows}{foot}</div></figure>'
    )
    return section("Every run by itself", body, note)


def items_figure(c: Comparison, differences: Sequence[float]) -> str:
    """Histogram of item differences, and better / same / worse."""
    legend = (
        f'<p class="legend"><span><i class="down square"></i>{c.losses:,} worse</span>'
        f'<span><i class="tie square"></i>{c.ties:,} the same</span>'
        f'<span><i class="up square"></i>{c.wins:,} better</span></p>'
    )
    label = f"Histogram of {c.n_items} item differences: {c.losses} worse, {c.ties} the same, {c.wins} better"
    body = f'<figure class="wide">{legend}{split_bar(c.wins, c.ties, c.losses)}{histogram(differences, label)}</figure>'
    return section(
        "How single items moved", body, f"Difference of each item in points of 100, “{c.b}” minus “{c.a}”."
    )


def curves(panels: Sequence[CurvePanel], told: Sequence[str] = (), heading: str = "Training") -> str:
    """Small multiples with one legend; panels of the same measure share its axis."""
    names = list(dict.fromkeys(name for panel in panels for name in panel.series))
    legend = "".join(
        f'<span><i class="s{index % SERIES}"></i>{escape(name)}</span>' for index, name in enumerate(names)
    )
    shared = {
        label: scale_over(
            (y for panel in panels if panel.y_label == label for y in panel_values(panel)),
            ticks=4,
        )
        for label in {panel.y_label for panel in panels}
    }
    figures = "".join(
        f"<figure><h3>{escape(panel.name)}</h3>{curve(panel, names, shared[panel.y_label])}"
        f'<p class="note">{escape(panel.y_label)} over {escape(panel.x_label)}</p></figure>'
        for panel in panels
    )
    paragraphs = "".join(f"<p>{escape(sentence)}</p>" for sentence in told)
    pairs = " pairs" if len(panels) in {2, 4} else ""
    return section(
        heading,
        figures
        and f'<p class="legend">{legend}</p><div class="wide curves{pairs}">{figures}</div>{paragraphs}',
    )


def panel_values(panel: CurvePanel) -> list[float]:
    """Every y that the panel shows, its bands' included."""
    shown = [y for series in panel.series.values() for _, y in series]
    return shown + [end for edges in panel.bands.values() for pair in edges for end in pair]


def table_panel(panel: TablePanel) -> str:
    """One table of the caller's."""
    rows = "".join(
        "<tr>" + "".join(_cell(cell, first=index == 0) for index, cell in enumerate(row)) + "</tr>"
        for row in panel.rows
    )
    shape = "wide many scroll" if len(panel.columns) > MANY_COLUMNS else "scroll"
    body = f'<div class="{shape}"><table>{_head(panel.columns)}<tbody>{rows}</tbody></table></div>'
    return section(panel.title, body, panel.note)


def subsection(panel: TablePanel) -> str:
    """The same inside a section of its own."""
    table = table_panel(panel).removeprefix("<section>").removesuffix("</section>")
    return table.replace("<h2>", '<h3 class="apart">').replace("</h2>", "</h3>")


def _forest_row(name: str, effect: Effect | Comparison, mark: str, kind: str = "") -> str:
    value = f"{words.signed(effect.difference)} <small>{words.interval(effect.low, effect.high)}</small>"
    return (
        f'<div class="{kind}"><div class="name">{escape(name)}</div><div class="plot">{mark}</div>'
        f'<div class="value">{value}</div></div>'
    )


def _effect_row(name: str, effect: Effect | Comparison, kind: str = "") -> str:
    head, *cells = (*table_cells(name, effect), size_cell(effect.size) or words.DASH)
    numbers = "".join(f'<td class="number">{escape(cell)}</td>' for cell in cells)
    return f'<tr class="{kind}"><th scope="row">{escape(head)}</th>{numbers}</tr>'


def _dots(name: str, row: Sequence[RunMean], runs: Sequence[str], scale: Scale) -> str:
    label = name.removeprefix("criterion/") if name != "score" else "Overall"
    spoken = "; ".join(f"{run} {words.points(mean.mean)}" for run, mean in zip(runs, row, strict=True))
    mark = dot_row([(mean.mean, mean.low, mean.high) for mean in row], scale, f"{label}: {spoken}")
    values = " · ".join(words.points(mean.mean) for mean in row)
    kind = "total" if name == "score" else ""
    return (
        f'<div class="{kind}"><div class="name">{escape(label)}</div><div class="plot">{mark}</div>'
        f'<div class="value">{values}</div></div>'
    )


def _head(columns: Sequence[str]) -> str:
    cells = "".join(
        f'<th scope="col"{"" if index == 0 else " class=number"}>{escape(name)}</th>'
        for index, name in enumerate(columns)
    )
    return f"<thead><tr>{cells}</tr></thead>"


def _cell(cell: str | float | None, *, first: bool) -> str:
    if isinstance(cell, str):
        if first:
            return f'<th scope="row">{escape(cell)}</th>'
        kind = ' class="number"' if cell[:1] in FIGURE_SIGNS else ""
        return f"<td{kind}>{escape(cell)}</td>"
    return f'<td class="number">{shown_cell(cell)}</td>'


def _sentence(line: str) -> str:
    """With a capital and a full stop."""
    return line[:1].upper() + line[1:] + ("" if line.endswith((".", "!", "?")) else ".")


def footer(notes: Sequence[str]) -> str:
    """The caller's closing notes."""
    lines = "".join(f'<p class="note">{escape(_sentence(note))}</p>' for note in notes)
    return f"<footer>{lines}</footer>" if lines else ""
