"""The rows of HealthBench's meta-evaluation: one answer, one criterion, what several physicians said of it. Reads a file.

Columns, from ``healthbench_meta_eval.py`` of openai/simple-evals: ``prompt`` (messages), ``completion``, ``rubric`` (the
criterion's text), ``category`` (which consensus criterion it is), ``binary_labels`` (met or not, one a physician),
``anonymized_physician_ids`` (as many), and ``prompt_id``, ``completion_id``.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from rvpo.judges import JudgeRequest
from rvpo.rubrics import Criterion, Rubric, SourceError
from rvpo.rubrics.formats.importing import messages_of, text_of
from rvpo.rubrics.reading.collector import collector_paused
from rvpo.rubrics.reading.source import read_json_lines
from rvpo.rubrics.wording import hint, shown

COLUMNS: Final = ("prompt", "completion", "rubric", "category", "binary_labels", "anonymized_physician_ids")


class MetaRow(msgspec.Struct, frozen=True, kw_only=True):
    """One answer and one criterion, with the physicians' labels."""

    request: JudgeRequest
    """What the judge is asked; its id is the row's line."""
    category: str
    conversation: str
    """The prompt's id: rows of one conversation are not independent."""
    labels: tuple[bool, ...]
    physicians: tuple[str, ...]


@collector_paused()
def read_meta_rows(path: str | Path) -> tuple[MetaRow, ...]:
    """Read the file.

    Raises:
        SourceError: A row is wrong; one line with file, line and place.
    """
    rubrics: dict[str, Rubric] = {}
    return tuple(_row(data, f"{path}:{line}", line, rubrics) for line, data in read_json_lines(path))


def _row(data: dict[str, Any], name: str, line: int, rubrics: dict[str, Rubric]) -> MetaRow:
    for column in COLUMNS:
        if column not in data:
            raise SourceError.at(
                name,
                None,
                f"the column {column} is missing{hint(column, data)}; needed: {', '.join(COLUMNS)}",
            )
    text, category = text_of(data, "rubric", name), text_of(data, "category", name)
    if text not in rubrics:
        rubrics[text] = _rubric(text, len(rubrics) + 1)
    messages = messages_of(data["prompt"], "prompt", name)
    labels, physicians = _labels(data, name)
    prompt_id = data.get("prompt_id")
    return MetaRow(
        request=JudgeRequest(
            id=f"line-{line}",
            rubric=rubrics[text],
            prompt=messages,
            response=text_of(data, "completion", name),
        ),
        category=category,
        conversation=prompt_id
        if isinstance(prompt_id, str)
        else str([list(turn.items()) for turn in messages]),
        labels=labels,
        physicians=physicians,
    )


def _rubric(text: str, number: int) -> Rubric:
    return Rubric(
        id=f"healthbench-meta-{number:02d}",
        criteria=(Criterion(id="met", criterion=text),),
        provenance="HealthBench meta-evaluation, OpenAI",
        licence="MIT",
    )


def _labels(data: Mapping[str, Any], name: str) -> tuple[tuple[bool, ...], tuple[str, ...]]:
    labels, physicians = data["binary_labels"], data["anonymized_physician_ids"]
    if not isinstance(labels, list) or not labels or not all(isinstance(each, bool) for each in labels):
        raise SourceError.at(
            name, None, f"binary_labels: got {shown(labels)}, should be a list of true and false"
        )
    if not isinstance(physicians, list) or len(physicians) != len(labels):
        got = f"{len(physicians)} items" if isinstance(physicians, list) else shown(physicians)
        text = f"anonymized_physician_ids: got {got}, should be a list of {len(labels)}, one a label"
        raise SourceError.at(name, None, text)
    return tuple(labels), tuple(map(str, physicians))
