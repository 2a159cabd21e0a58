"""lm-evaluation-harness's sample files (``samples_TASK_DATE.jsonl``, written by ``--log_samples``). Reads files.

A line is one document under one filter: ``doc_id``, ``doc``, ``target``, ``arguments``, ``resps``, ``filtered_resps``.
``arguments`` is ``{"gen_args_0": {"arg_0": prompt, "arg_1": settings}}`` (0.4.3 and later) or ``[[prompt, settings]]``;
with a chat endpoint the prompt is a list of messages as JSON text. What is judged is ``resps``, all that the model
wrote: a filter leaves no more than the extracted answer. A document that comes again under another filter is one
response, and each of several draws is one. Tasks scored by likelihood have nothing written in them and are refused.
Files of ``rvpo export`` (``doc`` is an ``id`` and its ``draws``) give back the ids and draws of the run.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rvpo.harness.responses.chat import message_text
from rvpo.harness.responses.rows import Row, make_row, numbered
from rvpo.rubrics import SourceError
from rvpo.rubrics.reading.source import read_json_lines
from rvpo.rubrics.wording import shown


def read_samples(path: Path) -> Iterator[tuple[int, Row]]:
    """Read the file; yields the line's number and a row for every draw.

    Raises:
        SourceError: A line is wrong, or its task was scored by likelihood.
    """
    seen: dict[str, object] = {}
    for line, data in read_json_lines(path):
        try:
            name, resps = str(_need(data, "doc_id")), _need(data, "resps")
            if seen.get(name) == resps:
                continue
            seen[name] = resps
            yield from ((line, row) for row in _rows(data, name, resps))
        except ValueError as wrong:
            if isinstance(wrong, SourceError):
                raise
            raise SourceError.at(str(path), line, str(wrong)) from None


def _rows(data: Row, name: str, resps: Any) -> Iterator[Row]:
    prompt = _prompt(_need(data, "arguments"))
    if not isinstance(resps, list) or len(resps) != 1:
        raise ValueError(f"resps: got {shown(resps)}, should be a list with the draws of one request")
    draws = resps[0] if isinstance(resps[0], list) else resps
    doc = data.get("doc")
    about: Row = dict(doc) if isinstance(doc, Mapping) else {"doc": doc}
    numbers: Sequence[int] = range(len(draws))
    if about.keys() == {"id", "draws"} and isinstance(about["draws"], list):
        name, numbers = str(about["id"]), about.pop("draws")
    for number, response in zip(numbers, draws, strict=True):
        if not isinstance(response, str):
            raise ValueError(f"resps: got {shown(response)}, should be text")  # noqa: TRY004 - bad input
        yield make_row(numbered(name, number + 1), prompt, response, data.get("target"), about)


def _need(data: Row, key: str) -> Any:
    if key not in data:
        raise ValueError(f"the key {key} is missing: is this a sample file of lm-eval?")
    return data[key]


def _prompt(arguments: Any) -> str | list[dict[str, str]]:
    requests = list(arguments.values()) if isinstance(arguments, Mapping) else arguments
    if not isinstance(requests, Sequence) or not requests:
        raise ValueError(f"arguments: got {shown(arguments)}, should hold a request")
    first = requests[0]
    parts = list(first.values()) if isinstance(first, Mapping) else first
    # A request for text ends with its settings; one for a likelihood with the text that is rated, or holds none.
    if not isinstance(parts, Sequence) or len(parts) < 2 or not isinstance(parts[1], Mapping):
        raise ValueError("the task was scored by likelihood: the model wrote nothing that can be judged")
    prompt = parts[0]
    if isinstance(prompt, list) and len(prompt) == 1:
        prompt = prompt[0]
    if not isinstance(prompt, str):
        raise ValueError(f"arguments: the prompt is {shown(prompt)}, should be text")  # noqa: TRY004 - bad input
    return _messages(prompt) or prompt


def _messages(prompt: str) -> list[dict[str, str]] | None:
    """The messages that a chat endpoint was sent, if the prompt is such a list."""
    if not prompt.startswith('[{"'):
        return None
    try:
        turns = json.loads(prompt)
    except ValueError:
        return None
    if not all(isinstance(turn, dict) and isinstance(turn.get("role"), str) for turn in turns):
        return None
    return [{"role": turn["role"], "content": message_text(turn, "arguments")} for turn in turns]
