"""BFCL's summary figures from the accuracy of each category, as ``bfcl-eval`` 2026.3.23 (BFCL v4) forms them. Pure.

Non-live: the plain mean over categories. Live: the mean over items. Irrelevance: the plain mean of its two categories.
A figure is given only when every category of it was examined, where BFCL counts a missing one as 0. Departures: BFCL's
``simple`` is the mean of Python, Java and JavaScript, here it is Python alone; and there is no overall figure, of which
multi-turn and agentic categories, not examined here, are 70 %.
"""

from collections.abc import Mapping, Sequence
from statistics import fmean

from rvpo.harness.bfcl.categories import ANY_CALL, LIVE, NO_CALL, NON_LIVE
from rvpo.harness.summary import Mean


def bfcl_accuracies(by_tag: Mapping[str, Mean]) -> dict[str, Mean]:
    """BFCL's summary figures that the categories of a run suffice for.

    Args:
        by_tag: A run's means, of which ``category:NAME`` are BFCL's accuracies in [0, 1].

    Returns:
        ``non_live``, ``live``, ``irrelevance`` and ``relevance``, each with how many items it rests on.
    """
    found = {
        "non_live": _plain(by_tag, NON_LIVE),
        "live": _by_items(by_tag, LIVE),
        "irrelevance": _plain(by_tag, NO_CALL),
        "relevance": _plain(by_tag, ANY_CALL),
    }
    return {name: mean for name, mean in found.items() if mean is not None}


def _parts(by_tag: Mapping[str, Mean], categories: Sequence[str]) -> list[Mean] | None:
    parts = [by_tag.get(f"category:{category}") for category in categories]
    known = [part for part in parts if part is not None]
    return known if len(known) == len(parts) else None


def _plain(by_tag: Mapping[str, Mean], categories: Sequence[str]) -> Mean | None:
    parts = _parts(by_tag, categories)
    return None if parts is None else Mean(fmean(part.mean for part in parts), sum(part.n for part in parts))


def _by_items(by_tag: Mapping[str, Mean], categories: Sequence[str]) -> Mean | None:
    parts = _parts(by_tag, categories)
    if parts is None:
        return None
    items = sum(part.n for part in parts)
    return Mean(sum(part.mean * part.n for part in parts) / items, items)
