"""Ids, tags, components, fields, labels and origin: what a reader of reports goes by. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import combinations

from rvpo.rubrics.fill import named
from rvpo.rubrics.lint.finding import Hit
from rvpo.rubrics.lint.texts import fields_in
from rvpo.rubrics.schema import Rubric
from rvpo.rubrics.wording import hint

_SAYS_NOTHING = re.compile(
    r"(?:c|cr|crit|criterion|r|rule|item|q|question|id|no|n|test|check|x|foo|bar|new|todo)?[-_.:]?\d*",
    re.IGNORECASE,
)
_BARE = re.compile(r"(?:[a-z]|[-+]?\d+(?:\.\d+)?|level[-_ ]?\d+|[ivx]+)", re.IGNORECASE)


def empty_ids(rubric: Rubric) -> Iterable[Hit]:
    """Ids such as ``c1``."""
    said = [criterion.id for criterion in rubric.criteria if _SAYS_NOTHING.fullmatch(criterion.id)]
    if len(said) == 1:
        yield Hit(f"the id {said[0]} says nothing", said[0])
    elif said:
        yield Hit(f"{len(said)} ids say nothing: {', '.join(said[:3])}{' ...' if said[3:] else ''}")


def tag_spellings(rubric: Rubric) -> Iterable[Hit]:
    """Two tags that differ by a slip."""
    uses = Counter(tag for criterion in rubric.criteria for tag in criterion.tags)
    uses.update(rubric.tags)
    for one, other in combinations(sorted(uses), 2):
        if _folded(one) == _folded(other) or _one_slip(one, other):
            usual, rare = (one, other) if uses[one] >= uses[other] else (other, one)
            users = [criterion.id for criterion in rubric.criteria if rare in criterion.tags]
            yield Hit(
                f"the tags {usual} ({uses[usual]}x) and {rare} ({uses[rare]}x) look like one",
                users[0] if users else None,
                f"Write {usual}.",
            )


def ungrouped(rubric: Rubric) -> Iterable[Hit]:
    """A view by axes or components, and criteria that belong to none."""
    view = rubric.aggregate.view
    if view == "criteria":
        return
    outside = [
        criterion.id
        for criterion in rubric.criteria
        if not _belongs(criterion.tags, criterion.component, view)
    ]
    what = "a tag axis:..." if view == "axes" else "a component"
    if len(outside) == len(rubric.criteria):
        yield Hit(f"the view is {view}, and no criterion has {what}")
    else:
        for name in outside:
            yield Hit(
                f"the view is {view}, and this has no {what.removeprefix('a ')}: it is an entry of its own",
                name,
            )


def empty_components(rubric: Rubric) -> Iterable[Hit]:
    """Components without criteria."""
    used = {criterion.component for criterion in rubric.criteria}
    for component in rubric.components:
        if component.id not in used:
            yield Hit(f"the component {component.id} has no criteria")


def no_origin(rubric: Rubric) -> Iterable[Hit]:
    """No word on where the rubric is from, or on what terms it may be used."""
    missing = [key for key in ("provenance", "licence") if not getattr(rubric, key).strip()]
    if missing:
        yield Hit(f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not said")


def undeclared_fields(rubric: Rubric) -> Iterable[Hit]:
    """Braces in a text that no declared field fills."""
    for place, text in _texts(rubric):
        for name in sorted(fields_in(text) - set(rubric.fields)):
            yield Hit(f"{{{name}}} is not among the fields{hint(name, rubric.fields)}", place)


def unused_fields(rubric: Rubric) -> Iterable[Hit]:
    """Declared fields that no text names."""
    if not rubric.fields:
        return
    examples = (
        t for criterion in rubric.criteria for e in criterion.examples for t in (e.response, e.reason)
    )
    texts = [*(text for _, text in _texts(rubric)), *examples]
    used = {found[2] for text in texts for found in named(rubric.fields).finditer(text)}
    yield from (Hit(f"no text names the field {{{name}}}") for name in rubric.fields if name not in used)


def bare_labels(rubric: Rubric) -> Iterable[Hit]:
    """Labels that do not say what they stand for, and no text that does."""
    for criterion in rubric.criteria:
        labels = [option.label.strip() for option in criterion.options or () if not option.na]
        said = f"{criterion.criterion} {criterion.guidelines} {rubric.guidelines}"
        bare = bool(labels) and all(_BARE.fullmatch(label) for label in labels)
        if bare and not all(re.search(rf"(?<!\w){re.escape(label)}(?!\w)", said) for label in labels):
            yield Hit(f"the labels {' | '.join(labels)} do not say what they stand for", criterion.id)


def same_values(rubric: Rubric) -> Iterable[Hit]:
    """Options that count the same."""
    for criterion in rubric.criteria:
        values = Counter(option.value for option in criterion.options or () if option.value is not None)
        for value, count in values.items():
            if count > 1:
                labels = [option.label for option in criterion.options or () if option.value == value]
                yield Hit(f"the options {' and '.join(labels)} both count {value:g}", criterion.id)
        if len(values) == 1:
            yield Hit("all options count the same, so no answer matters", criterion.id)


def _texts(rubric: Rubric) -> Iterator[tuple[str | None, str]]:
    """The texts in which braces are meant as fields, and whose they are; an example may well hold braces of its own."""
    yield None, rubric.guidelines
    for criterion in rubric.criteria:
        yield criterion.id, criterion.criterion
        yield criterion.id, criterion.guidelines


def _belongs(tags: tuple[str, ...], component: str | None, view: str) -> bool:
    return any(tag.startswith("axis:") for tag in tags) if view == "axes" else component is not None


def _folded(tag: str) -> str:
    return re.sub(r"[-_\s]", "", tag.casefold())


def _one_slip(one: str, other: str) -> bool:
    """Whether one letter more, less, other or swapped turns one into the other; digits are no slips."""
    if min(len(one), len(other)) < 5 or abs(len(one) - len(other)) > 1:
        return False
    start = next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    mine, yours = one[start:], other[start:]
    if any(not c.isalpha() for c in (mine[:1] + yours[:1])):
        return False
    swapped = mine[:2] == yours[1::-1] if len(mine) > 1 and len(yours) > 1 else False
    return (
        mine[1:] == yours or mine == yours[1:] or mine[1:] == yours[1:] or (swapped and mine[2:] == yours[2:])
    )
