"""Under which names the entries of many rubrics are counted together. Pure.

Rubrics that come with the data have criteria of their own for every prompt: a place in the list ("the third") means
nothing across prompts, and a column a criterion would never end. A name counts for itself only where it means the same
criterion in every rubric of the run; else an entry is counted under its tag. Labels are laid down once, from the data, so
that the columns of a log are the same from its first row to its last.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from rvpo.rubrics import Criterion, Rubric, View
from rvpo.rubrics.views import AXIS

MOST_LABELS: Final = 40
"""Columns of a log; the rarer labels share the last one."""
OTHER: Final = "other"
UNTAGGED: Final = "untagged"
_TELLING_TAGS: Final = (AXIS, "category:")


def entry_labels(
    rubrics: Sequence[Rubric], views: Sequence[View], most: int = MOST_LABELS
) -> list[tuple[str, ...]]:
    """Name every entry of every rubric.

    Where all names mean one thing throughout, and there are at most ``most``, they are the labels. Else the label of
    a criterion is its tag: the first ``axis:``, else the first ``category:``, else the first, else ``untagged``; an
    entry over several criteria (a component, an axis) keeps its name. The ``most - 1`` most frequent stay, the rest are
    ``other``.

    Args:
        rubrics: The rubric of each prompt; repeated as often as it is used.
        views: Their views, in the same order.
        most: Labels at most, at least 2.

    Returns:
        For each rubric the labels of its view's entries, in their order.
    """
    if _mean_one_thing(rubrics, views) and len({name for view in views for name in view.names}) <= most:
        return [view.names for view in views]
    tagged = [
        tuple(_tag(rubric, name) for name in view.names) for rubric, view in zip(rubrics, views, strict=True)
    ]
    counts = Counter(label for labels in tagged for label in labels)
    if len(counts) <= most:
        return tagged
    ranked = sorted(counts, key=lambda label: (-counts[label], label))
    kept = set(ranked[: most - 1])
    return [tuple(label if label in kept else OTHER for label in labels) for labels in tagged]


def _mean_one_thing(rubrics: Sequence[Rubric], views: Sequence[View]) -> bool:
    """Whether no name stands for two different criteria."""
    meaning: dict[str, str] = {}
    seen: set[int] = set()
    for rubric, view in zip(rubrics, views, strict=True):
        if id(rubric) in seen:
            continue
        seen.add(id(rubric))
        entries = set(view.names)
        for criterion in rubric.criteria:
            if criterion.id in entries and meaning.setdefault(criterion.id, _text(criterion)) != _text(
                criterion
            ):
                return False
    return True


def _text(criterion: Criterion) -> str:
    return criterion.criterion


def _tag(rubric: Rubric, name: str) -> str:
    criterion = next((each for each in rubric.criteria if each.id == name), None)
    if criterion is None:
        return name
    for prefix in _TELLING_TAGS:
        for tag in criterion.tags:
            if tag.startswith(prefix):
                return tag
    return criterion.tags[0] if criterion.tags else UNTAGGED
