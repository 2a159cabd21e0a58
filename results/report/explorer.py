"""The item explorer's data: every paired item, worst fall first, packed as base64 of gzipped JSON.

Two blocks, so that the list is there at once: an index of all items, and their texts, those that moved most first, until
``TEXT_BYTES`` are used. A report stays a file that can be mailed, whatever the exam; ``rvpo view`` shows every text.

Share-safe unless asked otherwise: without ``with_text`` only ids, hashes and numbers leave, because an exam's
questions (and its rubric's words) may not be posted. Base64 has no ``<``: no answer can close a script tag.
"""

import base64
import gzip
import math
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from rvpo.results.draws import by_item, item_scores, mean_of
from rvpo.results.reader import Run
from rvpo.results.records import ItemRow, VerdictRow

TEXT_BYTES: Final = 5_300_000
"""Of gzipped texts; with the base64 around them 7.1 MB, so that a report of 5 000 items stays below 8 MB."""
CHUNK: Final = 1 << 18
"""Bytes of text between two looks at the size."""
LEVEL: Final = 4
"""Of zlib, for the texts: a third of the time of level 6, which makes them 6 % smaller."""
DIGITS: Final = 5
"""Of scores in the index: the page shows points of 100 with one."""
MARKUP = """
<section id="explorer" aria-labelledby="items-heading">
<h2 id="items-heading">Item by item</h2>
<p class="note">Worst first: the items on which the score fell most stand at the top. Points of 100, before → after.</p>
<p class="note left-out" hidden></p>
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


def pack_items(a: Run, b: Run, *, with_text: bool) -> tuple[str, str]:
    """The explorer's index and its texts, each as base64.

    Args:
        a: the baseline.
        b: the run that is asked about.
        with_text: embed prompts, answers, criteria and the judge's words; without it the texts are an empty list.
    """
    items = explorer_items(a, b)
    order = sorted(range(len(items)), key=lambda place: -abs(items[place]["d"])) if with_text else []
    texts = _Texts(a, b)
    packed, held = _stream(texts.of(items[place]["id"]) for place in order)
    for rank, place in enumerate(order[:held]):
        items[place]["t"] = rank
    index = {"a": a.name, "b": b.name, "with_text": with_text, "left_out": len(order) - held, "items": items}
    return base64.b64encode(
        gzip.compress(msgspec.json.encode(index), compresslevel=6, mtime=0)
    ).decode(), packed


def explorer_items(a: Run, b: Run) -> list[dict[str, Any]]:
    """A record for every item with a score in both runs, in order of B - A, then of id; ids, hashes and numbers only.

    ``criteria`` holds ``[id, mean value in A, in B]`` of each.
    """
    scores_a, scores_b = item_scores(a), item_scores(b)
    rows_a, rows_b = by_item(a.items), by_item(b.items)
    items = [
        {
            "id": item,
            "hash": rows_b[item][0].prompt_hash,
            "a": round(scores_a[item], DIGITS),
            "b": round(scores_b[item], DIGITS),
            "d": scores_b[item] - scores_a[item],
            "criteria": [
                [name, _mean(rows_a[item], name), _mean(rows_b[item], name)]
                for name in _names(rows_a[item], rows_b[item])
            ],
        }
        for item in scores_a.keys() & scores_b.keys()
    ]
    return sorted(items, key=lambda entry: (entry["d"], entry["id"]))


class _Texts:
    """What was said of an item: prompt, answers, and text and reason of every criterion in the index's order."""

    def __init__(self, a: Run, b: Run) -> None:
        self._a, self._b = a, b
        self._rows_a, self._rows_b = by_item(a.items), by_item(b.items)

    def of(self, item: str) -> dict[str, Any]:
        rows_a, rows_b = self._rows_a[item], self._rows_b[item]
        return {
            "prompt": rows_b[0].prompt,
            "answers_a": [row.response for row in rows_a],
            "answers_b": [row.response for row in rows_b],
            "words": list(self._words(rows_a, rows_b)),
        }

    def _words(self, rows_a: Sequence[ItemRow], rows_b: Sequence[ItemRow]) -> Iterator[tuple[str, str]]:
        """The criterion's text, and the judge's words on B."""
        verdicts_a = [v for row in rows_a for v in self._a.verdicts_of.get((row.item_id, row.draw), ())]
        verdicts_b = [v for row in rows_b for v in self._b.verdicts_of.get((row.item_id, row.draw), ())]
        for name in _names(rows_a, rows_b):
            of_b = [verdict for verdict in verdicts_b if verdict.criterion_id == name]
            known = of_b or [verdict for verdict in verdicts_a if verdict.criterion_id == name]
            yield (known[0].criterion if known else ""), _why(of_b)


def _stream(entries: Iterable[dict[str, Any]]) -> tuple[str, int]:
    """A gzipped JSON list of as many entries as fit into ``TEXT_BYTES``, and how many those are."""
    squeeze = zlib.compressobj(LEVEL, zlib.DEFLATED, 31)
    parts, pending, held = [], b"[", 0
    used = 0
    for entry in entries:
        pending += (b"," if held else b"") + msgspec.json.encode(entry)
        held += 1
        if len(pending) < CHUNK:
            continue
        parts.append(squeeze.compress(pending) + squeeze.flush(zlib.Z_SYNC_FLUSH))
        used, pending = used + len(parts[-1]), b""
        if used >= TEXT_BYTES:
            break
    parts.append(squeeze.compress(pending + b"]") + squeeze.flush())
    return base64.b64encode(b"".join(parts)).decode(), held


def _names(rows_a: Sequence[ItemRow], rows_b: Sequence[ItemRow]) -> list[str]:
    return list(dict.fromkeys(name for row in (*rows_a, *rows_b) for name in row.values))


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
    return None if math.isnan(mean) else round(mean, DIGITS)
