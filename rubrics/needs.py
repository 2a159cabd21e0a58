"""What a rubric needs of a data row, checked before anything is spent on it. Pure."""

from collections.abc import Mapping
from typing import Any

from rvpo.rubrics.errors import MissingField, RubricError
from rvpo.rubrics.fill import check_fields
from rvpo.rubrics.rules import evaluate_rule, rule_fields
from rvpo.rubrics.schema import Rubric


def check_row(rubric: Rubric, fields: Mapping[str, Any], where: str) -> None:
    """Find out whether a rubric can judge replies to a row: every text can be filled, every rule has what it compares with.

    A ``python`` rule may read any field; what it needs only it knows.

    Args:
        rubric: The rubric.
        fields: The row's fields.
        where: What errors call the row.

    Raises:
        MissingField: The row lacks a field.
        RubricError: A field does not hold what is wanted of it.
    """
    check_fields(rubric, fields, where)
    for criterion in rubric.criteria:
        if rule_fields(criterion):
            try:
                evaluate_rule(criterion, "", fields)
            except RubricError as wrong:
                kind = MissingField if isinstance(wrong, MissingField) else RubricError
                raise kind(f"{where}: criterion {criterion.id!r}: {wrong}") from wrong
