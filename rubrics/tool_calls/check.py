"""Rules on tool calls: a reply's calls against what the rule wants of them. Total on any reply. Pure.

How calls are found is in ``parse.py``, how they are compared in ``match.py``. ToolRL's own rewards look at the reply
their own way: see ``toolrl.py``. ``match`` decides alone what an empty list of expected calls means: no call may be
made under ``strict``, ``unordered`` and ``subset``; ``superset`` and ``in_order`` then ask for nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rvpo.rubrics.rules.outcome import RuleOutcome
from rvpo.rubrics.rules.row_fields import row_field
from rvpo.rubrics.schema import ToolCallsRule
from rvpo.rubrics.tool_calls.expected import comparable_calls, expected_calls, no_reply
from rvpo.rubrics.tool_calls.match import disagreement
from rvpo.rubrics.tool_calls.parse import parse_calls
from rvpo.rubrics.tool_calls.reply import Call, ParsedReply
from rvpo.rubrics.tool_calls.toolrl import (
    MAX_CORRECTNESS,
    reference_calls,
    toolrl_correctness,
    toolrl_format,
)
from rvpo.rubrics.tool_calls.words import count_of
from rvpo.rubrics.wording import clipped, printable, shown


def check_tool_calls(rule: ToolCallsRule, response: str, fields: Mapping[str, Any]) -> RuleOutcome:
    """Check a reply's calls as ``ToolCallsRule`` says.

    Args:
        rule: What is wanted.
        response: The model's reply, whatever it is.
        fields: The data row's fields, which ``calls_from`` may name.

    Returns:
        ``met`` in [0, 1] with a reason of one line; ``None`` when a pattern of the rule does not come to an end.

    Raises:
        MissingField: The data row lacks the field that holds the expected calls.
        RubricError: The field does not hold calls.
    """
    if rule.check in {"toolrl_format", "toolrl_correctness"}:
        return _toolrl(rule, response, fields)
    expected = () if rule.check in {"limits", "irrelevance"} else expected_calls(rule, fields)
    try:
        met, reason = _CHECKS[rule.check](rule, parse_calls(response, rule.format), expected)
    except TimeoutError:
        return RuleOutcome(
            None, "a pattern among the expected arguments does not come to an end on this reply"
        )
    return RuleOutcome(met, printable(reason))


def _form(_rule: ToolCallsRule, reply: ParsedReply, expected: Sequence[Call]) -> tuple[float, str]:
    if reply.torn:
        return 0.0, "a call block is not closed, or not opened"
    if len(reply.blocks) != len(expected):
        return 0.0, f"{len(reply.blocks)} call blocks, expected {len(expected)}"
    if expected and reply.beside:
        return 0.0, f"text beside the calls: {shown(reply.beside)}"
    if not expected and not reply.beside:
        return 0.0, "an empty reply"
    return 1.0, "only calls" if expected else "only text"


def _json(_rule: ToolCallsRule, reply: ParsedReply, expected: Sequence[Call]) -> tuple[float, str]:
    if not reply.called:
        return float(not expected), "no call block"
    return float(reply.sound), _unreadable(reply) or "every call block holds a call"


def _calls(rule: ToolCallsRule, reply: ParsedReply, expected: Sequence[Call]) -> tuple[float, str]:
    wanted = comparable_calls(rule, expected)
    if not expected and reply.called and rule.match not in {"superset", "in_order"}:
        return 0.0, "a call where none is wanted"
    broken = _beyond_limits(rule, reply) or _unreadable(reply)
    if not broken and expected and not reply.blocks and rule.match != "subset":
        broken = f"no call, expected {len(expected)}"
    broken = broken or disagreement(reply.calls, wanted, rule.match, rule.args)
    if broken:
        return 0.0, broken
    if not reply.blocks:
        return 1.0, "no call, as wanted"
    names = clipped(", ".join(call.name for call in reply.calls[:5]))
    return 1.0, f"agrees (match {rule.match}, args {rule.args}): {names}"


def _limits(rule: ToolCallsRule, reply: ParsedReply, _expected: Sequence[Call]) -> tuple[float, str]:
    if broken := _beyond_limits(rule, reply) or _unreadable(reply):
        return 0.0, broken
    return 1.0, f"{count_of(reply.blocks)}, within the limits"


def _irrelevance(_rule: ToolCallsRule, reply: ParsedReply, _expected: Sequence[Call]) -> tuple[float, str]:
    if not reply.called:
        return 1.0, "no call, as wanted"
    called = ", ".join(dict.fromkeys(call.name for call in reply.calls[:5]))
    return 0.0, f"a call where none would help{': ' if called else ''}{clipped(called)}"


def _unreadable(reply: ParsedReply) -> str | None:
    if reply.torn:
        return "a call block is not closed, or not opened"
    if None in reply.blocks:
        return f"call {reply.blocks.index(None) + 1} cannot be read: it should hold a name and an object of arguments"
    return None


def _beyond_limits(rule: ToolCallsRule, reply: ParsedReply) -> str | None:
    if rule.forbid or rule.allow is not None:
        for call in reply.calls:
            if call.name in rule.forbid:
                return f"calls {call.name}, which is forbidden"
            if rule.allow is not None and call.name not in rule.allow:
                return f"calls {clipped(call.name)}, which is not allowed"
    if len(reply.blocks) < rule.min:
        return f"{count_of(reply.blocks)}, wanted at least {rule.min}"
    if rule.max is not None and len(reply.blocks) > rule.max:
        return f"{count_of(reply.blocks)}, allowed at most {rule.max}"
    return None


_CHECKS: Mapping[str, Callable[[ToolCallsRule, ParsedReply, Sequence[Call]], tuple[float, str]]] = {
    "form": _form,
    "json": _json,
    "calls": _calls,
    "limits": _limits,
    "irrelevance": _irrelevance,
}


def _toolrl(rule: ToolCallsRule, response: str, fields: Mapping[str, Any]) -> RuleOutcome:
    """ToolRL's rewards; the expected calls may be given as a reference reply, as ToolRL has them."""
    reference = row_field(rule.calls_from, fields) if rule.calls_from is not None else None
    if isinstance(reference, str) and not reference.lstrip().startswith(("[", "{")):
        wants_call, wants_reply = "<tool_call>" in reference, "<response>" in reference
        if not (wants_call or wants_reply or "<think>" in reference) and reference.strip():
            raise no_reply(reference, rule)
        expected = reference_calls(reference) if wants_call else None
    else:
        calls = expected_calls(rule, fields)
        wants_call, wants_reply = bool(calls), not calls
        expected = [{"name": call.name, "parameters": call.arguments} for call in calls] or None
    if rule.check == "toolrl_format":
        form = toolrl_format(response, wants_call=wants_call, wants_reply=wants_reply)
        return RuleOutcome(form, f"ToolRL format {form:g}")
    correctness = toolrl_correctness(response, expected)
    met = (correctness + MAX_CORRECTNESS) / (2 * MAX_CORRECTNESS)
    return RuleOutcome(met, f"ToolRL correctness {correctness:.3g} of {MAX_CORRECTNESS:g}")
