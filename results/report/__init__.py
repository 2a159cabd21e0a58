"""Reports of a comparison: HTML page, Markdown, LaTeX, CSV, terminal table, figures. Words and figures are pure."""

from rvpo.results.report.content import CurvePanel, ReportContent, TablePanel
from rvpo.results.report.csv_out import to_csv
from rvpo.results.report.figures import curves_figure, forest_figure, write_figure
from rvpo.results.report.html import write_report
from rvpo.results.report.latex import to_latex
from rvpo.results.report.markdown import to_markdown
from rvpo.results.report.text import to_text

__all__ = [
    "CurvePanel",
    "ReportContent",
    "TablePanel",
    "curves_figure",
    "forest_figure",
    "to_csv",
    "to_latex",
    "to_markdown",
    "to_text",
    "write_figure",
    "write_report",
]
