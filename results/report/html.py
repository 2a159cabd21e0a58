"""The report as one self-contained HTML file: no request, no CDN, no build; its own policy forbids them.

The frame is ``page.py``'s, the words come from ``words.py``, the figures from ``svg.py``. Only ``write_report`` touches the disk.
"""

import os
from pathlib import Path

from rvpo.results.draws import item_scores
from rvpo.results.errors import ResultsError
from rvpo.results.journal import write_atomically
from rvpo.results.report import further_parts, sections
from rvpo.results.report.content import ReportContent
from rvpo.results.report.explorer import MARKUP, pack_items
from rvpo.results.report.health import health, provenance
from rvpo.results.report.judge_part import judge_part
from rvpo.results.report.page import page


def write_report(path: str | os.PathLike[str], content: ReportContent, *, with_text: bool = False) -> Path:
    """Writes the report, atomically.

    Args:
        path: of the HTML file; its folder is made if absent.
        content: what to show.
        with_text: embed prompts, answers and criteria; without it the file holds ids, hashes and numbers only
            and can be shared where the exam's questions may not be.

    Returns:
        The path written.

    Raises:
        ResultsError: the file cannot be written.
    """
    target = Path(path)
    html = to_html(content, with_text=with_text)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(target, html.encode())
    except OSError as error:
        raise ResultsError(f"{target}: the report cannot be written: {error.strerror}") from error
    return target


def to_html(content: ReportContent, *, with_text: bool = False) -> str:
    """The report's HTML; see ``write_report``."""
    a, b = content.pair
    items, texts = pack_items(a, b, with_text=with_text)
    scores_a, scores_b = item_scores(a), item_scores(b)
    differences = [scores_b[item] - scores_a[item] for item in sorted(scores_a.keys() & scores_b.keys())]
    runs = content.shown_runs
    body = [
        sections.opening(content),
        sections.limits(content),
        sections.forest(content.primary),
        sections.figures_table(content.primary, content.further),
        sections.all_runs(content) if len(runs) > 2 else "",
        sections.items_figure(content.primary, differences),
        sections.curves(content.curves, content.curve_words),
        further_parts.budget_part(content),
        further_parts.variants_part(content.primary, a, b),
        judge_part(content.pair, runs, content.primary.confidence),
        *(sections.table_panel(panel) for panel in content.tables),
        MARKUP,
        health(runs),
        provenance(runs, content.command),
        sections.footer(content.notes),
    ]
    return page(content.title, body, items=items, texts=texts)
