"""A comparison as Markdown, for a pull request or a paper's notebook. Pure."""

from collections.abc import Sequence

from rvpo.results.records import Comparison
from rvpo.results.report import words
from rvpo.results.report.text import table_cells


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
    )
    lines = [f"### {_escape(told.headline)}", "", _escape(told.detail), ""]
    lines += [_row(heads), "|:--|" + "--:|" * (len(heads) - 1)]
    lines += [_row(table_cells("**score**", c))]
    lines += [_row(table_cells(effect.name, effect)) for effect in (*c.by_criterion, *c.by_tag)]
    lines += ["", f"Method: {c.method}; seed {c.seed}.", "", "What this does not show:", ""]
    lines += [f"- {_escape(line)}" for line in (*words.limits(c), *c.notes)]
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(_escape(cell) for cell in cells)} |"


def _escape(text: str) -> str:
    """So that a name cannot break the table or smuggle markup in."""
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())
