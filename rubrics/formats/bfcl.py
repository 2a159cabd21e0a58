"""Single-turn rows of the Berkeley Function Calling Leaderboard: a question, functions, and the calls that are right.

Source: ``gorilla``'s ``bfcl_eval/data`` (Apache-2.0): ``BFCL_v*_NAME.json`` as JSON lines {``id``, ``question``: turns of
messages, ``function``}, and ``possible_answer/BFCL_v*_NAME.json`` beside it {``id``, ``ground_truth``: [{name: {argument:
[values that are right]}}]}; a row may also bring its ``ground_truth`` itself. An empty text among the values means that
the argument may be left out, unless the function requires it. Rows of ``irrelevance`` want no call, those of
``relevance`` any call.

The functions are put into the system message as Qwen2.5's chat template does, and the row's rubric judges calls in
that form. Texts compare as in BFCL's checker, without case, spaces and ``,./-_*^``. Departures from it: numbers compare
as JSON's do (1 is 1.0, inside lists too), values inside objects and lists are compared at any depth, and calls are
paired with the expected ones by true matching.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from rvpo.rubrics.errors import RubricError, SourceError
from rvpo.rubrics.formats.contract import Ambiguous, Exported, Format, Imported, Notebook
from rvpo.rubrics.formats.exporting import json_lines, of_row, other_fields
from rvpo.rubrics.formats.importing import fields_of, messages_of, row_id
from rvpo.rubrics.formats.source import Record, Source
from rvpo.rubrics.reading.source import read_json_lines
from rvpo.rubrics.rows import PromptRow
from rvpo.rubrics.schema import Criterion, Rubric
from rvpo.rubrics.wording import shown

ANSWERS: Final = "possible_answer"
_TRUTH: Final = "ground_truth"
_SYSTEM: Final = """# Tools

You may call one or more functions to assist with the user query.

You are provided with function signatures within <tools></tools> XML tags:
<tools>
{functions}
</tools>

For each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:
<tool_call>
{{"name": <function-name>, "arguments": <args-json-object>}}
</tool_call>"""


@cache
def bfcl_rubric() -> Rubric:
    """What every row is judged by, from the loosest rule to the strictest; calls may come in any order."""
    ways = (
        ("sound_calls", "Every call block holds a JSON object with a name and an object of arguments.", "json", "", "format"),
        ("right_tools", "The calls name the right functions, each as often as it should.", "calls", "ignore", "correctness"),
        ("right_argument_names", "The calls give the right arguments, no more and no fewer.", "calls", "names", "correctness"),
        ("right_values", "The calls give every argument a right value.", "calls", "exact", "correctness"),
    )  # fmt: skip
    rule = {"format": "hermes", "calls_from": "calls", "row_matchers": True}
    return Rubric(
        id="bfcl",
        provenance="written for rvpo",
        criteria=tuple(
            Criterion.model_validate(
                {
                    "id": name,
                    "criterion": text,
                    "kind": "tool_calls",
                    "rule": {
                        **rule,
                        "check": check,
                        **({"match": "unordered", "args": args} if args else {}),
                    },
                    "tags": (f"axis:{axis}",),
                }
            )
            for name, text, check, args, axis in ways
        ),
    )


@cache
def relevance_rubric() -> Rubric:
    """What a row is judged by that wants a call, whichever."""
    rule = {"check": "limits", "format": "hermes", "min": 1}
    some_call = {
        "id": "right_values",
        "criterion": "At least one function is called, and every call can be read.",
        "kind": "tool_calls",
        "rule": rule,
        "tags": ("axis:correctness",),
    }
    return Rubric(
        id="bfcl-relevance",
        provenance="written for rvpo",
        criteria=(Criterion.model_validate(some_call),),
    )


def read(source: Source, _ambiguous: Ambiguous) -> Imported:
    """Read questions with the calls that are right.

    Raises:
        SourceError: A row is wrong, asks over several turns, or has no possible answer.
    """
    return Imported(tuple(_read_row(record, source.path) for record in source.records()))


def _read_row(record: Record, path: Path) -> PromptRow:
    data, name = record.data, record.name
    turns = data.get("question")
    if not isinstance(turns, list) or len(turns) != 1:
        got = f"{len(turns)} turns" if isinstance(turns, list) else shown(turns)
        raise SourceError.at(
            name, None, f"question: got {got}, should be a list of one turn (single-turn rows)"
        )
    messages = messages_of(turns[0], "question[0]", name)
    functions = data.get("function")
    found = row_id(data, ("id",), record.number)
    if not isinstance(functions, list) or not (functions or "irrelevance" in found):
        raise SourceError.at(name, None, f"function: got {shown(functions)}, should be a list of functions")
    listed = "\n".join(json.dumps({"type": "function", "function": each}) for each in functions)
    tools = _SYSTEM.format(functions=listed)
    if messages[0]["role"] == "system":
        tools, messages = f"{messages[0]['content']}\n\n{tools}", messages[1:]
    truth = _truth(data, found, path, name)
    required = {each["name"]: _required(each) for each in functions if isinstance(each.get("name"), str)}
    return PromptRow(
        id=found,
        messages=({"role": "system", "content": tools}, *messages),
        fields={
            **fields_of(data, (), None),
            _TRUTH: truth,
            "calls": [_call(call, required, name) for call in truth],
        },
        rubric=relevance_rubric() if _wants_any_call(found) and not truth else bfcl_rubric(),
    )


def _wants_any_call(name: str) -> bool:
    return "relevance" in name and "irrelevance" not in name


def _required(function: Mapping[str, Any]) -> frozenset[str]:
    """The arguments that a call must give, whatever the possible answers say."""
    parameters = function.get("parameters")
    names = parameters.get("required") if isinstance(parameters, Mapping) else None
    return frozenset(name for name in names or () if isinstance(name, str))


def _truth(data: Mapping[str, Any], found: str, path: Path, name: str) -> list[Any]:
    if "relevance" in found and not data.get(_TRUTH):
        return []
    answers = path.parent / ANSWERS / path.name
    truth = data.get(_TRUTH) or _answers(answers).get(found)
    if not isinstance(truth, list) or not truth:
        raise SourceError.at(
            name, None, f"no {_TRUTH} for {shown(found)}, neither in the row nor in {answers}"
        )
    return truth


@cache
def _answers(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        return {}
    return {str(data.get("id")): data.get(_TRUTH) for _, data in read_json_lines(path)}


def _call(call: object, required: Mapping[str, frozenset[str]], name: str) -> dict[str, Any]:
    """One right call, its values as matchers."""
    function, arguments = (
        next(iter(call.items())) if isinstance(call, dict) and len(call) == 1 else ("", None)
    )
    if not isinstance(arguments, dict):
        text = f"{_TRUTH}: got {shown(call)}, should be a function's name over its arguments"
        raise SourceError.at(name, None, text)
    must = required.get(function, frozenset())
    wanted = {key: _any_of(values, may_lack=key not in must) for key, values in arguments.items()}
    return {"name": function, "arguments": wanted}


def _any_of(values: object, *, may_lack: bool = True) -> Any:
    """A matcher for a list of right values; where it is a list of texts, the empty one may also be given as such."""
    if not isinstance(values, list):
        return _value(values)
    kept = [value for value in values if value != ""]
    if "" in values and (not kept or any(isinstance(value, str) for value in kept)):
        kept.append("")
    right = [_value(value) for value in kept]
    # Of an empty list no value is right: some published rows have one, and nobody can answer them.
    wanted = right[0] if len(right) == 1 else {"$one_of": right} if right else {"$not": {"$any": True}}
    return {"$optional": wanted} if "" in values and may_lack else wanted


def _value(value: object) -> Any:
    if isinstance(value, str):
        return {"$same_words": value}
    if isinstance(value, dict):
        return {key: _any_of(inner) for key, inner in value.items()}
    return [_value(inner) for inner in value] if isinstance(value, list) else value


def write(imported: Imported, _suffix: str) -> Exported:
    """Write rows that were read from BFCL; each brings its ``ground_truth`` with it.

    Raises:
        RubricError: A row has no functions, or the file holds a rubric.
    """
    book = Notebook()
    rows = []
    for row in imported.rows:
        if "function" not in row.fields or _TRUTH not in row.fields:
            raise RubricError(f"row {row.id!r} has no function and {_TRUTH}, which bfcl needs")
        if row.rubric not in (None, bfcl_rubric(), relevance_rubric()):
            book.lost(of_row(row), "its rubric")
        rows.append({"id": row.id, **other_fields(row, ("calls",))})
    if not rows:
        raise RubricError("a rubric without prompts cannot be written as bfcl, whose rows are prompts")
    return Exported(json_lines(rows), book.done())


def _sniff(record: Mapping[str, Any]) -> bool:
    return isinstance(record.get("question"), list) and isinstance(record.get("function"), list)


BFCL = Format("bfcl", "BFCL's single-turn rows", (".jsonl", ".json"), _sniff, read, write)
