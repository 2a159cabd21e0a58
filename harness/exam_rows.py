"""The items of an exam from any data that hold prompts: what can be trained on can be examined.

Our own rows and HealthBench's are read as ever; other formats (``rvpo.rubrics.formats``) and data sets of the hub as
training reads them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from rvpo.harness.errors import ExamError
from rvpo.rubrics import PromptRow, SourceError, read_prompt_rows
from rvpo.rubrics.formats.registry import detect_source
from rvpo.rubrics.formats.source import Source

HUB: Final = "hf:"
RUBRICS: Final = {"rlla": "tool_calling_rlla"}
"""Library rubrics that judge the rows of a format as its authors do."""


class ExamRows(NamedTuple):
    """Rows, and what judges those that bring no rubric."""

    rows: Sequence[PromptRow]
    rubric: str | None
    """A library rubric; ``None`` where the format has none of its own."""


def read_exam_rows(data: Path | str) -> ExamRows:
    """Read a file, or a data set of the hub (``hf:OWNER/NAME[:CONFIG][:SPLIT]``).

    Raises:
        ExamError: It holds no prompts.
        RubricError: It cannot be read; one line.
        TrainerError: The hub does not answer, or the data set cannot be read as one.
    """
    source = _opened(str(data))
    try:
        found = detect_source(source)
    except SourceError:
        return ExamRows(read_prompt_rows(data), None)
    if found.name in {"rvpo", "healthbench"} and not str(data).startswith(HUB):
        return ExamRows(read_prompt_rows(data), None)
    rows = found.read(source, "met_is_bad").rows
    if not rows:
        raise ExamError(f"data {data}: holds a rubric ({found.name}), should hold prompts")
    return ExamRows(rows, RUBRICS.get(found.name))


def _opened(data: str) -> Source:
    if not data.startswith(HUB):
        return Source(data)
    from rvpo.trainer.data.sources import open_data

    return open_data(data)
