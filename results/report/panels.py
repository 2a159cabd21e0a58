"""Sentences and a table, as Markdown and as LaTeX: what the forms of curves and of plans share. Pure."""

from collections.abc import Sequence

from rvpo.results.report.content import TablePanel
from rvpo.results.report.latex import escaped
from rvpo.results.report.markdown import inert, markdown_row
from rvpo.results.report.text import shown_cell
from rvpo.results.report.words import DASH, MINUS


def panel_markdown(title: str, sentences: Sequence[str], panel: TablePanel) -> str:
    """A heading, the sentences as a list, the table and its note."""
    lines = [f"- {inert(sentence)}" for sentence in sentences]
    lines += ["", markdown_row(panel.columns), f"|:--{'|--:' * (len(panel.columns) - 1)}|"]
    lines += [markdown_row([shown_cell(cell) for cell in row]) for row in panel.rows]
    return "\n".join([f"### {inert(title)}", "", *lines, "", panel.note, ""])


def panel_latex(sentences: Sequence[str], panel: TablePanel) -> str:
    r"""The table as a ``tabular`` (needs ``\usepackage{booktabs}``), the sentences and its note above it as comments."""
    rows = [" & ".join(map(_latex, map(shown_cell, row))) + r" \\" for row in panel.rows]
    return "\n".join(
        [
            *(f"% {' '.join(line.split())}" for line in (*sentences, panel.note) if line),
            rf"\begin{{tabular}}{{@{{}}l{'r' * (len(panel.columns) - 1)}@{{}}}}",
            r"\toprule",
            " & ".join(map(escaped, panel.columns)) + r" \\",
            r"\midrule",
            *rows,
            r"\bottomrule",
            r"\end{tabular}",
            "",
        ]
    )


def _latex(cell: str) -> str:
    """A cell whose minus signs and dashes are LaTeX's own."""
    return escaped(cell).replace(MINUS, "$-$").replace(DASH, "--")
