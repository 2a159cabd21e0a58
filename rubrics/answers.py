"""Judged answers from JSON lines: a prompt, a reply to it, and what a careful reader said of each criterion.

A row is a prompt row (``rows.py``) with ``"response"`` and, if anyone read the reply, ``"expected"``:
``{criterion id: true | false | label | number | null}``. Several replies to one prompt are several rows with the
same ``id`` and prompt. The library's rubrics ship with such answers, as examples and as a test of a judge.
Reads files; asks no judge.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import as_file, files
from pathlib import Path

from rvpo.rubrics.errors import SourceError
from rvpo.rubrics.load import library_rubric
from rvpo.rubrics.reading.source import read_json_lines
from rvpo.rubrics.rows import PromptRow, prompt_row
from rvpo.rubrics.schema import Criterion, Rubric
from rvpo.rubrics.wording import clipped, hint, nearest, shown

Label = bool | float | str
"""Met or not, how far, or the label of an option."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One reply to one prompt."""

    row: PromptRow
    response: str
    expected: Mapping[str, Label] = field(default_factory=dict)
    """The right verdict by criterion id, without polarity; a criterion that no one labelled is not in it."""


def read_answers(path: str | Path, rubric: Rubric | None = None) -> tuple[Answer, ...]:
    """Read a file of answers.

    Args:
        path: JSON lines.
        rubric: What the answers are judged by: labels must then be of its criteria and on their scales. A row's
            own rubric goes before it; without either, labels are taken as they are.

    Raises:
        SourceError: A row is wrong, or rows of one id have different prompts; one line with file and line.
        MissingField: A row lacks a field that its own rubric declares.
    """
    first_of: dict[str, tuple[int, PromptRow]] = {}
    answers = []
    for line, data in read_json_lines(path):
        name = f"{path}:{line}"
        answer = _answer(data, rubric, name, line)
        first_line, first = first_of.setdefault(answer.row.id, (line, answer.row))
        if (answer.row.messages, answer.row.reference) != (first.messages, first.reference):
            text = f"the id {shown(answer.row.id)} has another prompt or reference in line {first_line}"
            raise SourceError.at(name, None, text)
        answers.append(answer)
    return tuple(answers)


def library_answers(name: str) -> tuple[Answer, ...]:
    """Read the answers that ship with a library rubric; each is labelled on every criterion.

    Raises:
        RubricError: There is no library rubric of that name.
    """
    rubric = library_rubric(name)
    with as_file(files("rvpo.rubrics").joinpath("library", "answers", f"{name}.jsonl")) as path:
        return read_answers(path, rubric)


def _answer(data: dict[str, object], rubric: Rubric | None, name: str, line: int) -> Answer:
    if "response" not in data:
        near = nearest("response", data)
        text = f"the key response is missing{f'; {near} looks like it' if near else ''}"
        raise SourceError.at(name, None, text)
    response = data["response"]
    if not isinstance(response, str):
        raise SourceError.at(name, None, f"response: got {shown(response)}, should be text")
    rest = {key: value for key, value in data.items() if key not in {"response", "expected"}}
    row = prompt_row(rest, name, line)
    return Answer(row, response, _expected(data.get("expected"), row.rubric or rubric, name))


def _expected(labels: object, rubric: Rubric | None, name: str) -> dict[str, Label]:
    if labels is None:
        return {}
    if not isinstance(labels, dict):
        text = f"expected: got {shown(labels)}, should be a mapping of criterion ids to verdicts"
        raise SourceError.at(name, None, text)
    known = {criterion.id: criterion for criterion in rubric.criteria} if rubric else None
    result: dict[str, Label] = {}
    for key, value in labels.items():
        if known is not None and key not in known:
            allowed = clipped(", ".join(known), 400)
            text = f"expected: unknown criterion {shown(key)}; the rubric's: {allowed}{hint(key, known)}"
            raise SourceError.at(name, None, text)
        if value is not None:
            result[key] = _label(value, known[key] if known else None, f"expected.{clipped(key)}", name)
    return result


def _label(value: object, criterion: Criterion | None, place: str, name: str) -> Label:
    if not isinstance(value, bool | int | float | str):
        text = f"{place}: got {shown(value)}, should be true, false, a number, a label or null"
        raise SourceError.at(name, None, text)
    if criterion is None or criterion.met_of(value) is not None or criterion.is_na(value):
        return value
    raise SourceError.at(name, None, f"{place}: got {shown(value)}, allowed {_allowed(criterion, value)}")


def _allowed(criterion: Criterion, value: object) -> str:
    if criterion.options is not None:
        labels = [option.label for option in criterion.options]
        return " | ".join(labels) + hint(value, labels)
    if criterion.range is not None:
        return f"a number from {criterion.range.min:g} to {criterion.range.max:g}"
    return "true | false" if criterion.kind == "llm" else "true | false | a number from 0 to 1"
