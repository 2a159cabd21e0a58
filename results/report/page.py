"""A page of the reports: one self-contained HTML file, whose own policy forbids any request. Pure but for its assets.

``page.html`` and ``style.css`` lie beside this module; whoever has a body to show calls ``page``.
"""

from html import escape
from importlib.resources import files
from string import Template
from typing import Final

_SCRIPTS: Final = """<script id="item-data" type="application/octet-stream">$items</script>
<script id="text-data" type="application/octet-stream">$texts</script>
<script>
$script
</script>"""


def page(title: str, body: list[str], *, items: str = "", texts: str = "") -> str:
    """The whole file.

    Args:
        title: of the window.
        body: sections in order; empty ones are left out.
        items: index of the item explorer, packed; without it the page has no script.
        texts: its texts, packed.
    """
    scripts = ""
    if items:
        scripts = Template(_SCRIPTS).substitute(items=items, texts=texts, script=_asset("explorer.js"))
    return Template(_asset("page.html")).substitute(
        title=escape(title), style=_asset("style.css"), body="\n".join(filter(None, body)), scripts=scripts
    )


def opening(title: str, headline: str, detail: str) -> str:
    """The head of a page that has no figures on its face."""
    return (
        f'<header><p class="eyebrow">{escape(title)}</p><h1>{escape(headline)}</h1>'
        f'<p class="lead">{escape(detail)}</p></header>'
    )


def limits_box(lines: list[str]) -> str:
    """The box of what a page does not show."""
    entries = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f'<section class="box"><h2>What this does not show</h2><ul>{entries}</ul></section>'


def again(command: str) -> str:
    """The command that makes the page again."""
    if not command:
        return ""
    return f"<section><h2>This page again</h2><pre>{escape(command)}</pre></section>"


def _asset(name: str) -> str:
    return (files("rvpo.results.report") / name).read_text(encoding="utf-8").strip()
