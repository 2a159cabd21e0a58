"""What a rule takes from the data row: the fields it names, and the texts in them. Pure."""

from collections.abc import Mapping
from typing import Any

from rvpo.rubrics.errors import MissingField, RubricError
from rvpo.rubrics.schema import Criterion, ExpectedText
from rvpo.rubrics.wording import clipped, hint, printable, shown


def rule_fields(criterion: Criterion) -> tuple[str, ...]:
    """The fields of the data row that a criterion's rule asks for; none for a judge's criterion.

    A ``python`` function may read any field; which ones only it knows.
    """
    names = (getattr(criterion.rule, key, None) for key in ("expected_from", "calls_from"))
    return tuple(name for name in names if name is not None)


def row_field(name: str, fields: Mapping[str, Any]) -> Any:
    """A field of the data row.

    Raises:
        MissingField: The row has none of that name.
    """
    if name not in fields:
        names = sorted(map(str, fields))
        listed = clipped(", ".join(names) or "none", 200)
        raise MissingField(
            printable(f"the data row has no field {shown(name)}; its fields: {listed}{hint(name, names)}")
        )
    return fields[name]


def wrong_kind(name: str, value: object, wanted: str) -> RubricError:
    """The error for a field that holds the wrong kind of thing."""
    return RubricError(
        printable(f"the data row's field {shown(name)}: got {shown(value)}, should be {wanted}")
    )


def expected_texts(rule: ExpectedText, fields: Mapping[str, Any]) -> tuple[str, ...]:
    """The texts that are right, of the rule or of the row; none when the row's list is empty.

    Raises:
        MissingField: The row lacks the field.
        RubricError: The field holds neither a text nor a list of texts.
    """
    if rule.expected is not None:
        return rule.expected
    assert rule.expected_from is not None  # the schema asks for one of the two
    value = row_field(rule.expected_from, fields)
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list | tuple) and all(isinstance(text, str) for text in value):
        return tuple(value)
    raise wrong_kind(rule.expected_from, value, "a text or a list of texts")
