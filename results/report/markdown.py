"""A comparison as Markdown, for a pull request or a paper's notebook. Pure."""

from collections.abc import Sequence

from rvpo.results.records import Comparison, Effect
from rvpo.results.report import words
from rvpo.results.report.inference_words import inference_sentences, size_cell
from rvpo.results.report.scorings import scoring_panel
from rvpo.results.report.text import shown_cell, table_cells


def to_markdown(comparisons: Sequence[Comparison]) -> str:
    """Verdict, table, method and limits of each comparison."""
    return "\n".join(_one(comparison) for comparison in comparisons)


def _one(c: Comparison) -> str:
    told = words.verdict(c)
    heads = (
        "points of 100",
        c.a,
        c.b,
        "difference",
        f"{words.level(c.confidence)} interval",
        "p",
        "p (Holm)",
        "n",
        "d_z",
    )
    lines = [f"### {inert(told.headline)}", "", inert(told.detail), ""]
    lines += [markdown_row(heads), "|:--|" + "--:|" * (len(heads) - 1)]
    lines += [markdown_row((*table_cells("**score**", c), _size(c)))]
    lines += [
        markdown_row((*table_cells(effect.name, effect), _size(effect)))
        for effect in (*c.by_criterion, *c.by_tag)
    ]
    lines += ["", f"Method: {c.method}; seed {c.seed}.", ""]
    lines += [f"- {inert(line)}" for line in inference_sentences(c)]
    lines += _scorings(c)
    lines += ["", "What this does not show:", ""]
    lines += [f"- {inert(line)}" for line in (*words.limits(c), *c.notes)]
    return "\n".join(lines) + "\n"


def _scorings(c: Comparison) -> list[str]:
    """The table of scoring rules, and whether they agree; nothing where there is one."""
    panel = scoring_panel(c)
    if panel is None:
        return []
    rows = [markdown_row([shown_cell(cell) for cell in row]) for row in panel.rows]
    return [
        "",
        f"{panel.title}:",
        "",
        markdown_row(panel.columns),
        "|:--|--:|--:|--:|",
        *rows,
        "",
        panel.note,
    ]


def _size(effect: Comparison | Effect) -> str:
    return size_cell(effect.size) or words.DASH


def markdown_row(cells: Sequence[str]) -> str:
    """A row of a table."""
    return f"| {' | '.join(inert(cell) for cell in cells)} |"


def inert(text: str) -> str:
    """So that a name cannot break the table or smuggle markup in."""
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())
