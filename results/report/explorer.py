"""The item explorer's data: every paired item, worst fall first, packed as base64 of gzipped JSON.

Share-safe unless asked otherwise: without ``with_text`` only ids, hashes and numbers leave, because an exam's
questions (and its rubric's words) may not be posted. Base64 has no ``<``: no answer can close a script tag.
"""

import base64
import gzip
import math
from collections.abc import Sequence
from typing import Any

import msgspec

from rvpo.results.draws import by_item, item_scores, mean_of
from rvpo.results.reader import Run
from rvpo.results.records import ItemRow, VerdictRow

MARKUP = """
<section id="explorer" aria-labelledby="items-heading">
<h2 id="items-heading">Item by item</h2>
<p class="note">Worst first: the items on which the score fell most stand at the top. Points of 100, before → after.</p>
<div class="controls">
<button type="button" data-filter="all" aria-pressed="true">All</button>
<button type="button" data-filter="regressed" aria-pressed="false">Regressed</button>
<button type="button" data-filter="fixed" aria-pressed="false">Fixed</button>
<button type="button" data-filter="unchanged" aria-pressed="false">Unchanged</button>
<input type="search" placeholder="Search" aria-label="Search the items">
</div>
<div class="list"></div>
<div class="controls"><button type="button" class="show-more" hidden>Show more</button>
<span class="note shown" role="status"></span></div>
<noscript><p class="note">The explorer needs JavaScript; the rows lie in items.jsonl of both runs.</p></noscript>
</section>
"""


def pack_items(a: Run, b: Run, *, with_text: bool) -> str:
    """The explorer's data as base64 text.

    Args:
        a: the baseline.
        b: the run that is asked about.
        with_text: embed prompts, answers, criteria and the judge's words.
    """
    data = {
        "a": a.name,
        "b": b.name,
        "with_text": with_text,
        "items": explorer_items(a, b, with_text=with_text),
    }
    return base64.b64encode(gzip.compress(msgspec.json.encode(data), compresslevel=6, mtime=0)).decode()


def explorer_items(a: Run, b: Run, *, with_text: bool) -> list[dict[str, Any]]:
    """A record for every item with a score in both runs, in order of B - A, then of id."""
    scores_a, scores_b = item_scores(a), item_scores(b)
    rows_a, rows_b = by_item(a.items), by_item(b.items)
    items = []
    for item in scores_a.keys() & scores_b.keys():
        first = rows_b[item][0]
        items.append(
            {
                "id": item,
                "hash": first.prompt_hash,
                "a": scores_a[item],
                "b": scores_b[item],
                "d": scores_b[item] - scores_a[item],
                "prompt": first.prompt if with_text else "",
                "answers_a": [row.response for row in rows_a[item]] if with_text else [],
                "answers_b": [row.response for row in rows_b[item]] if with_text else [],
                "criteria": _criteria(a, b, rows_a[item], rows_b[item], with_text=with_text),
            }
        )
    return sorted(items, key=lambda entry: (entry["d"], entry["id"]))


def _criteria(
    a: Run, b: Run, rows_a: Sequence[ItemRow], rows_b: Sequence[ItemRow], *, with_text: bool
) -> list[list[Any]]:
    """``[id, text, mean value in A, in B, the judge's words on B]`` of every criterion of one item."""
    verdicts_a = [v for row in rows_a for v in a.verdicts_of.get((row.item_id, row.draw), ())]
    verdicts_b = [v for row in rows_b for v in b.verdicts_of.get((row.item_id, row.draw), ())]
    listed = []
    for name in dict.fromkeys(name for row in (*rows_a, *rows_b) for name in row.values):
        of_b = [verdict for verdict in verdicts_b if verdict.criterion_id == name]
        known = of_b or [verdict for verdict in verdicts_a if verdict.criterion_id == name]
        text = known[0].criterion if with_text and known else ""
        listed.append([name, text, _mean(rows_a, name), _mean(rows_b, name), _why(of_b) if with_text else ""])
    return listed


def _why(verdicts: Sequence[VerdictRow]) -> str:
    """The first explanation; of a hole, why there is no verdict."""
    for verdict in verdicts:
        if verdict.status == "not_applicable":
            return f"does not apply: {verdict.explanation}"
        if verdict.status != "ok":
            return f"not judged: {verdict.status}"
        if verdict.explanation:
            return verdict.explanation
    return ""


def _mean(rows: Sequence[ItemRow], name: str) -> float | None:
    mean = mean_of(row.values.get(name) for row in rows)
    return None if math.isnan(mean) else mean
