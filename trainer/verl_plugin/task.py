"""What a row of verl's data says about judging its replies, as one text in ``extra_info``. Pure.

One text, because the columns of Parquet have one type throughout and rubrics and fields differ from row to row.
"""

from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec

from rvpo.rubrics import Rubric, View, view_of
from rvpo.rubrics.formats.plain import plain_rubric
from rvpo.rubrics.load import resolved
from rvpo.rubrics.views import ViewName
from rvpo.trainer.errors import TrainConfigError
from rvpo.trainer.holes import HolePolicy

KEY: Final = "rvpo"
"""Of ``extra_info``."""
_KEPT: Final = 16_384


class Task(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to judge the replies to one prompt."""

    id: str
    rubric: str
    """JSON of a rubric file's mapping."""
    view: ViewName | None = None
    """Entries of the reward vector, instead of what the rubric says."""
    labels: tuple[str, ...]
    """Names that the entries are counted under in the log, the same throughout a run."""
    fields: dict[str, Any] = {}
    """What rules and texts may ask for."""


class Entries(NamedTuple):
    """A rubric, read."""

    rubric: Rubric
    view: View
    policy: HolePolicy


def rubric_text(rubric: Rubric) -> str:
    """A rubric as ``Task`` holds it."""
    return msgspec.json.encode(plain_rubric(rubric)).decode()


def write_task(task: Task) -> str:
    """The text of a task."""
    return msgspec.json.encode(task).decode()


def read_task(extra_info: Any) -> Task:
    """The task in a row's ``extra_info``.

    Raises:
        TrainConfigError: There is none, or it cannot be read.
    """
    text = extra_info.get(KEY) if hasattr(extra_info, "get") else None
    if not isinstance(text, str):
        raise TrainConfigError(
            f"a row of verl's data has no extra_info.{KEY}: write it with rvpo verl export"
        )
    try:
        return msgspec.json.decode(text, type=Task)
    except msgspec.MsgspecError as wrong:
        raise TrainConfigError(
            f"extra_info.{KEY} of a row of verl's data: {wrong}; write it with rvpo verl export"
        ) from None


@lru_cache(maxsize=_KEPT)
def entries_of(rubric: str, view: ViewName | None) -> Entries:
    """Read a task's rubric; one text is read once, so that its rubric stays one object.

    Raises:
        RubricError: It is no rubric, or has no criterion with points.
    """
    read = resolved(msgspec.json.decode(rubric), "rubric of a row of verl's data", {})
    return Entries(read, view_of(read, view), HolePolicy.of(read))
