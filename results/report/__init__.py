"""Reports of a comparison: a single-file HTML page, Markdown, a terminal table. Words and figures are pure."""

from rvpo.results.report.content import CurvePanel, ReportContent, TablePanel
from rvpo.results.report.html import write_report
from rvpo.results.report.markdown import to_markdown
from rvpo.results.report.text import to_text

__all__ = ["CurvePanel", "ReportContent", "TablePanel", "to_markdown", "to_text", "write_report"]
