"""The responses to judge: read, chosen, each with its rubric. Reads files."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from rvpo.harness.errors import ExamError
from rvpo.harness.responses.forms import READERS, Form, form_of
from rvpo.judges import JudgeRequest
from rvpo.rubrics import PromptRow, Rubric
from rvpo.rubrics.needs import check_row
from rvpo.rubrics.reading.collector import collector_paused
from rvpo.rubrics.rows import prompt_rows
from rvpo.rubrics.wording import hint


@collector_paused()
def read_responses(
    path: Path | str,
    rubric: Rubric | None = None,
    limit: int | None = None,
    *,
    form: Form | None = None,
    sample: int | None = None,
    seed: int = 0,
) -> list[JudgeRequest]:
    """Read the responses to judge.

    Args:
        path: A file of any form in ``FORMS``.
        rubric: For rows that bring none.
        limit: Take no more than the first so many.
        form: The file's form; ``None`` looks at it.
        sample: Of those take so many at random, in the file's order.
        seed: Decides which ones.

    Raises:
        RubricError: A row is wrong; one line with file and place.
        ExamError: A row has no response, or no rubric is known for it.
        ModuleNotFoundError: The form needs a library that is not installed.
    """
    path = Path(path)
    rows = prompt_rows(READERS[form or form_of(path)](path), str(path))[:limit]
    if sample is not None:
        rows = chosen(rows, sample, seed)
    if not rows:
        raise ExamError(f"{path}: there are no responses in it")
    return [request_of(row, rubric, path) for row in rows]


def chosen(rows: Sequence[PromptRow], number: int, seed: int) -> tuple[PromptRow, ...]:
    """Choose rows at random, by their ids alone: the choice of 100 is part of the choice of 200, whatever the order."""
    ranks = sorted(rows, key=lambda row: sha256(f"{seed} {row.id}".encode()).digest())
    names = {row.id for row in ranks[:number]}
    return tuple(row for row in rows if row.id in names)


def request_of(row: PromptRow, rubric: Rubric | None, path: Path | str) -> JudgeRequest:
    """What the judge is asked about a row.

    Args:
        row: With its response among its fields.
        rubric: For a row that brings none.
        path: What errors call the row's source.

    Raises:
        RubricError: The rubric asks for a field that the row does not have.
        ExamError: It has no response, or no rubric is known for it.
    """
    response = row.fields.get("response")
    if not isinstance(response, str):
        if "response" in row.fields:
            raise ExamError(f"{path}: row {row.id!r}: response must be a text, got {response!r}")
        raise ExamError(f"{path}: row {row.id!r} has no response{hint('response', row.fields)}")
    own = row.rubric or rubric
    if own is None:
        raise ExamError(f"{path}: row {row.id!r} brings no rubric: name one with --rubric")
    check_row(own, row.fields, f"{path}: row {row.id!r}")
    return JudgeRequest(rubric=own, prompt=row.messages, response=response, id=row.id, fields=row.fields)
