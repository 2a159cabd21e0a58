"""Rules on tool calls: a reply's calls against the expected ones. Total on any reply. Pure.

How calls are found is in ``call_parse.py``, how they are compared in ``call_match.py``. ToolRL's own rewards look
at the reply their own way: see ``toolrl.py``.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rvpo.rubrics.call_match import Call, calls_agree
from rvpo.rubrics.call_parse import KEYS, ParsedReply, call_of, parse_calls
from rvpo.rubrics.errors import MissingField, RubricError
from rvpo.rubrics.outcome import RuleOutcome
from rvpo.rubrics.schema import ToolCallsRule
from rvpo.rubrics.toolrl import (
    MAX_CORRECTNESS,
    reference_calls,
    toolrl_correctness,
    toolrl_format,
    toolrl_rewards,
)
from rvpo.rubrics.wording import clipped, printable, shown

__all__ = ["Call", "ParsedReply", "check_tool_calls", "parse_calls", "toolrl_rewards"]


def check_tool_calls(rule: ToolCallsRule, response: str, fields: Mapping[str, Any]) -> RuleOutcome:
    """Check a reply's calls against the expected ones, as ``ToolCallsRule`` says.

    Raises:
        MissingField: The data row lacks the field that holds the expected calls.
        RubricError: The field does not hold calls.
    """
    if rule.check in {"toolrl_format", "toolrl_correctness"}:
        return _toolrl(rule, response, fields)
    expected = _expected(rule, fields)
    return _CHECKS[rule.check](rule, parse_calls(response, rule.format), expected)


def _form(_rule: ToolCallsRule, reply: ParsedReply, expected: Sequence[Call]) -> RuleOutcome:
    if reply.torn:
        return RuleOutcome(0.0, "a call block is not closed, or not opened")
    if len(reply.blocks) != len(expected):
        return RuleOutcome(0.0, f"{len(reply.blocks)} call blocks, expected {len(expected)}")
    if expected and reply.beside:
        return RuleOutcome(0.0, f"text beside the calls: {shown(reply.beside)}")
    if not expected and not reply.beside:
        return RuleOutcome(0.0, "an empty reply")
    return RuleOutcome(1.0, "only calls" if expected else "only text")


def _json(_rule: ToolCallsRule, reply: ParsedReply, expected: Sequence[Call]) -> RuleOutcome:
    if not reply.blocks and not reply.torn:
        return RuleOutcome(float(not expected), "no call block")
    if reply.sound:
        return RuleOutcome(1.0, "every call block holds a call")
    return RuleOutcome(0.0, "a call block is not a JSON object with a name and an object of arguments")


def _calls(rule: ToolCallsRule, reply: ParsedReply, expected: Sequence[Call]) -> RuleOutcome:
    if not expected:
        called = bool(reply.blocks) or reply.torn
        return RuleOutcome(
            float(not called), "a call where none is wanted" if called else "no call, as wanted"
        )
    if not reply.blocks or not reply.sound:
        return RuleOutcome(0.0, "no call that can be read")
    agree = calls_agree(reply.calls, expected, rule.match, rule.args)
    names = clipped(", ".join(call.name for call in reply.calls[:5]))
    how = f"match {rule.match}, args {rule.args}"
    return RuleOutcome(float(agree), printable(f"{'agrees' if agree else 'disagrees'} ({how}): {names}"))


_CHECKS: Mapping[str, Callable[[ToolCallsRule, ParsedReply, Sequence[Call]], RuleOutcome]] = {
    "form": _form,
    "json": _json,
    "calls": _calls,
}


def _toolrl(rule: ToolCallsRule, response: str, fields: Mapping[str, Any]) -> RuleOutcome:
    """ToolRL's rewards; the expected calls may be given as a reference reply, as ToolRL has them."""
    reference = _source(rule, fields)
    if isinstance(reference, str):
        wants_call, wants_reply = "<tool_call>" in reference, "<response>" in reference
        expected = reference_calls(reference) if wants_call else None
    else:
        calls = _expected(rule, fields)
        wants_call, wants_reply = bool(calls), not calls
        expected = [{"name": call.name, "parameters": call.arguments} for call in calls] or None
    if rule.check == "toolrl_format":
        form = toolrl_format(response, wants_call=wants_call, wants_reply=wants_reply)
        return RuleOutcome(form, f"ToolRL format {form:g}")
    correctness = toolrl_correctness(response, expected)
    met = (correctness + MAX_CORRECTNESS) / (2 * MAX_CORRECTNESS)
    return RuleOutcome(met, f"ToolRL correctness {correctness:.3g} of {MAX_CORRECTNESS:g}")


def _source(rule: ToolCallsRule, fields: Mapping[str, Any]) -> object:
    if rule.calls_from is None:
        return [{"name": call.name, "arguments": call.arguments} for call in rule.calls or ()]
    if rule.calls_from not in fields:
        present = ", ".join(sorted(map(str, fields))) or "none"
        raise MissingField(
            printable(
                f"the data row has no field {shown(rule.calls_from)}; its fields: {clipped(present, 200)}"
            )
        )
    return fields[rule.calls_from]


def _expected(rule: ToolCallsRule, fields: Mapping[str, Any]) -> tuple[Call, ...]:
    """The expected calls: of the rule, or of the row as a list of objects or a reference reply."""
    source = _source(rule, fields)
    if isinstance(source, str):
        reply = parse_calls(source, rule.format)
        calls: tuple[Call | None, ...] = reply.blocks if reply.sound else (None,)
    elif isinstance(source, Sequence):
        calls = tuple(call_of(item, KEYS["json"]) for item in source)
    else:
        calls = (None,)
    good = tuple(call for call in calls if call is not None)
    if len(good) < len(calls):
        wanted = 'a list of {"name": ..., "arguments": {...}} or a reference reply'
        raise RubricError(
            printable(f"the field {shown(rule.calls_from)} does not hold calls; it should be {wanted}")
        )
    return good
