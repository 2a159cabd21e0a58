"""From what other programs record of an answer to a row ``{"id", "prompt", "response", ...}``. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

Row = dict[str, Any]

LEFT_OUT: Final = re.compile(r"\[\w+ left out: sha256 [0-9a-f]{64}\]")
"""What ``rvpo export`` writes in the place of a text."""

_OURS: Final = frozenset({"id", "prompt", "response", "reference"})


def numbered(name: object, draw: int) -> str:
    """The id of an item's n-th answer, from 1: the first has the item's own.

    >>> numbered("q7", 1), numbered("q7", 3)
    ('q7', 'q7#3')
    """
    return f"{name}" if draw == 1 else f"{name}#{draw}"


def item_and_draw(name: str) -> tuple[str, int]:
    """Undo ``numbered``; draws are counted from 0, as in ours.

    >>> item_and_draw("q7"), item_and_draw("q7#3"), item_and_draw("C#")
    (('q7', 0), ('q7', 2), ('C#', 0))
    """
    item, mark, number = name.rpartition("#")
    numbered_so = mark and item and number.isdecimal() and int(number) > 1
    return (item, int(number) - 1) if numbered_so else (name, 0)


def make_row(
    name: str,
    prompt: str | Sequence[Mapping[str, str]],
    response: str,
    target: object,
    about: Mapping[str, Any],
) -> Row:
    """Put a row together.

    Args:
        name: Its id.
        prompt: Text or messages.
        response: What is judged.
        target: The data set's answer; a text is the row's ``reference`` too.
        about: What the data set says of the item. Its keys become fields, a HealthBench item's ``rubrics`` the row's
            rubric; a ``rubric`` that is no mapping is a field of the data and not ours, so it is called ``item_rubric``.

    Raises:
        ValueError: The response was left out when it was written.
    """
    if LEFT_OUT.fullmatch(response):
        raise ValueError("its reply was left out when it was written (rvpo export --with-text keeps it)")
    row: Row = {key: value for key, value in about.items() if key not in _OURS}
    if "rubric" in row and not isinstance(row["rubric"], Mapping):
        row["item_rubric"] = row.pop("rubric")
    row |= {"id": name, "prompt": prompt, "response": response}
    if target is not None:
        row["target"] = target
    if isinstance(target, str) and target:
        row["reference"] = target
    if isinstance(row.get("rubrics"), list):
        messages = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else list(prompt)
        row |= {"prompt_id": row.pop("id"), "prompt": messages}
    return row
