"""What all declarative records share: frozen and closed, and the small types that their keys have. Pure."""

import math
from collections import Counter
from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:\-]*$", max_length=120)]
FieldName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=120)]
Text = Annotated[str, Field(min_length=1)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Share = Annotated[float, Field(strict=True, ge=0.0, le=1.0)]
Flag = Annotated[bool, Field(strict=True)]
Count = Annotated[int, Field(strict=True, ge=0)]


class Record(BaseModel):
    """Base of every declarative record: frozen, and closed to unknown keys."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, serialize_by_alias=True
    )


def first_repeated(names: Iterable[str]) -> str | None:
    """The first name that occurs more than once, if any does."""
    names = tuple(names)
    if len(set(names)) == len(names):  # the usual case, ten times as fast as counting
        return None
    return next(name for name, count in Counter(names).items() if count > 1)


def _finite(value: JsonValue) -> JsonValue:
    """YAML can say ``.inf`` and ``.nan``; JSON, and so a hash or a reply, cannot."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is no JSON number")
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _finite(item)
    return value


def _unique(tags: tuple[str, ...]) -> tuple[str, ...]:
    if twice := first_repeated(tags):
        raise ValueError(f"the tag {twice!r} occurs twice")
    return tags


Json = Annotated[JsonValue, AfterValidator(_finite)]
Tags = Annotated[tuple[Text, ...], AfterValidator(_unique)]
