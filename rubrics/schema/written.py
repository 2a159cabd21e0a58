"""What a rubric file may say beyond a ``Rubric``: reuse of other files, worked off before validation. Pure.

A file is composed (``rvpo.rubrics.compose``) into the resolved form, which is what every other part knows.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, create_model

from rvpo.rubrics.schema.base import FieldName, Identifier, Record, Text
from rvpo.rubrics.schema.criterion import Criterion
from rvpo.rubrics.schema.rubric import Rubric


class Use(Record):
    """Stands in a list of criteria for the criteria of a fragment."""

    use: Text
    """The fragment: ``name`` (of this file), ``other.yaml#name`` or ``library:name_of_rubric#name``."""


def _which(item: object) -> str:
    return "Use" if isinstance(item, Mapping) and "use" in item else "Criterion"


Item = Annotated[
    Annotated[Criterion, Tag("Criterion")] | Annotated[Use, Tag("Use")],
    Discriminator(_which),
]
"""What may stand in a list of criteria."""

LooseItem = Annotated[
    Annotated[Mapping[str, Any], Tag("Criterion")] | Annotated[Use, Tag("Use")],
    Discriminator(_which),
]
"""The same, of a criterion only that it is a mapping: one that overrides another need not be whole."""


class Reuse(BaseModel):
    """How a rubric file takes over what others have written."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    extends: Text | None = None
    """The rubric that this one builds on: a file beside it (``base.yaml``) or ``library:name``. All it says holds
    here too unless this file says otherwise; criteria and components of the same id are overridden key by key."""
    drop: tuple[Identifier, ...] = ()
    """Ids of criteria of the extended rubric that do not hold here."""
    fragments: Mapping[Identifier, Annotated[tuple[Item, ...], Field(min_length=1)]] = Field(
        default_factory=dict
    )
    """Named lists of criteria, for ``use`` here and in other files."""


class ReusingFile(Reuse):
    """The shape that a file must have to be composed; what is inside is validated when it is whole."""

    model_config = ConfigDict(extra="forbid")

    criteria: tuple[LooseItem, ...] = ()
    components: tuple[Mapping[str, Any], ...] = ()
    fields: tuple[FieldName, ...] = ()


_OTHERS: dict[str, Any] = {
    name: (Any, Field(default=None, alias=field.alias))
    for name, field in Rubric.model_fields.items()
    if name not in ReusingFile.model_fields
}
CLOSED_FILE: type[ReusingFile] = create_model("ClosedFile", __base__=ReusingFile, **_OTHERS)
"""The same, knowing all keys of a rubric, so that any other is refused in the file where it stands."""

REUSE_KEYS: tuple[str, ...] = tuple(Reuse.model_fields)
