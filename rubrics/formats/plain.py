"""A rubric as the plain data that an author would write: nothing at its default, keys in the schema's order. Pure.

Reading the data back gives an equal rubric. Used for YAML files and for rubrics inline in JSON lines.
"""

from collections.abc import Mapping
from typing import Any

from rvpo.rubrics.schema import Criterion, Rubric
from rvpo.rubrics.schema.scale import Option, spread

_FREE = frozenset({"json_schema", "arguments", "settings"})
"""Keys that hold any JSON of the author's, in which 1 and 1.0 may not be the same."""


def plain_rubric(rubric: Rubric) -> dict[str, Any]:
    """The mapping that a rubric file would hold.

    >>> from rvpo.rubrics.schema import Criterion
    >>> plain_rubric(Rubric(id="r", criteria=(Criterion(id="a", criterion="Is kind.", points=2.0),)))
    {'id': 'r', 'criteria': [{'id': 'a', 'criterion': 'Is kind.', 'points': 2}]}
    """
    data = rubric.model_dump(mode="json", exclude_defaults=True)
    data["criteria"] = [plain_criterion(criterion) for criterion in rubric.criteria]
    return {key: _short(value, key) for key, value in data.items()}


def plain_criterion(criterion: Criterion) -> dict[str, Any]:
    """The mapping of one criterion within it."""
    data = criterion.model_dump(mode="json", exclude_defaults=True)
    if criterion.points < 0:
        data["polarity"] = criterion.polarity
    if criterion.rule is not None:
        data["rule"] = criterion.rule.model_dump(mode="json", exclude_defaults=True)
        if not data["rule"]:
            del data["rule"]
    if criterion.options is not None:
        data["options"] = _options(criterion.options, criterion.scale)
    if criterion.scale in {"ordinal", "numeric"}:
        del data["scale"]  # goes without saying beside options or a range
    order = {name: place for place, name in enumerate(Criterion.model_fields)}
    return {key: _short(data[key], key) for key in sorted(data, key=order.__getitem__)}


def _options(options: tuple[Option, ...], scale: str) -> list[Any]:
    """Labels alone where their values are the evenly spaced ones that labels alone get."""
    bare: list[Any] = [{"label": each.label, "na": True} if each.na else each.label for each in options]
    if scale == "ordinal" and spread([Option.model_validate(each) for each in bare], "ordinal") == options:
        return bare
    return [each.model_dump(exclude_defaults=True) for each in options]


def _short(value: Any, key: str) -> Any:
    """Whole numbers without a point; lists as they are."""
    if key in _FREE:
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 and str(value) != "-0.0":
        return int(value)
    if isinstance(value, Mapping):
        return {name: _short(item, name) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_short(item, key) for item in value]
    return value
