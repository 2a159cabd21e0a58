"""The calls that are expected: the rule's own, or those that the data row brings. Pure.

A row may hold them as a list of ``{"name": ..., "arguments": {...}}`` (or ``parameters``, or openevals' ``args``), as
OpenAI's ``tool_calls``, as a message that has some, as any of these in JSON text, or as a reference reply written
in the rule's format. A reference reply without a call means that none is wanted; a text that is no such reply, but a
lone word or calls in another format, is refused: else a reply that does nothing would earn it all. A row's ``$`` keys are data, not matchers, unless the rule says ``row_matchers``.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from rvpo.rubrics.errors import RubricError
from rvpo.rubrics.reading.strict_json import parse_json
from rvpo.rubrics.rules.row_fields import row_field
from rvpo.rubrics.schema import ToolCallsRule
from rvpo.rubrics.tool_calls.bare_json import KEYS, message_calls, openai_call
from rvpo.rubrics.tool_calls.matcher_settings import check_matchers
from rvpo.rubrics.tool_calls.matchers import literal
from rvpo.rubrics.tool_calls.parse import parse_calls
from rvpo.rubrics.tool_calls.reply import Call, behind_thoughts, call_of
from rvpo.rubrics.wording import printable, shown

_WANTED = 'a list of {"name": ..., "arguments": {...}}, OpenAI tool_calls or a reference reply'
_ANOTHER_TAG = re.compile(
    r"</?tool_call|<\|?(?:tool_call|function|python_start|python_tag)|\[TOOL_CALLS\]"
    r"|\A\s*+[^\W\d][\w.]*+\([^\n]*\)\s*+\Z"
)
_NAME_KEY, _ARGUMENTS_KEY = re.compile(r'"name"\s*+:'), re.compile(r'"(?:arguments|parameters|args)"\s*+:')
_LONE_WORD = re.compile(r"\s*+[A-Za-z_][\w/:-]*+(?:\.\w+)*+\s*+", re.ASCII)


def expected_calls(rule: ToolCallsRule, fields: Mapping[str, Any]) -> tuple[Call, ...]:
    """The expected calls, as the rule or the row has them.

    Raises:
        MissingField: The row lacks the field.
        RubricError: The field does not hold calls.
    """
    if rule.calls_from is None:
        return tuple(Call(call.name, call.arguments) for call in rule.calls or ())
    calls = _read(row_field(rule.calls_from, fields), rule)
    good = tuple(call for call in calls if call is not None)
    if len(good) < len(calls):
        raise _bad(rule, f"does not hold calls; it should be {_WANTED}")
    return good


def comparable_calls(rule: ToolCallsRule, calls: Sequence[Call]) -> Sequence[Call]:
    """Expected calls ready to compare with: ``$`` keys are matchers only where the rule means them to be.

    Raises:
        RubricError: A matcher of the row is none, or its calls are nested without measure.
    """
    if rule.calls_from is None:
        return calls
    try:
        if rule.row_matchers:
            for call in calls:
                check_matchers(call.arguments)
            return calls
        return [
            Call(call.name, {key: literal(each) for key, each in call.arguments.items()}) for call in calls
        ]
    except ValueError as error:
        raise _bad(rule, f"holds a wrong matcher: {error}") from None
    except RecursionError:
        raise _bad(rule, "holds calls that are nested too deep") from None


def _read(source: object, rule: ToolCallsRule) -> Sequence[Call | None]:
    if isinstance(source, str):
        reply = parse_calls(source, rule.format)
        if reply.called:
            return reply.blocks if reply.sound else [None]
        if not source.lstrip().startswith(("[", "{")):
            if not wants_no_call(source, rule):
                raise no_reply(source, rule)
            return []
        try:
            source = parse_json(source)
        except ValueError:
            return [None]
    if isinstance(source, Mapping):
        message = message_calls(source)
        return [_row_call(source)] if message is None else message
    return [_row_call(item) for item in source] if isinstance(source, Sequence) else [None]


def wants_no_call(reference: str, rule: ToolCallsRule) -> bool:
    """Whether a reference reply without a call in the rule's format is one: a reply, and one that does not call."""
    if rule.format == "rlla" and reference.strip():
        return "<response>" in reference or "<think>" in reference
    said = behind_thoughts(reference)
    calls_otherwise = _ANOTHER_TAG.search(said) or (_NAME_KEY.search(said) and _ARGUMENTS_KEY.search(said))
    return not (_LONE_WORD.fullmatch(said) or calls_otherwise)


def _row_call(value: object) -> Call | None:
    return call_of(value, (*KEYS, "args")) or openai_call(value)


def no_reply(reference: str, rule: ToolCallsRule) -> RubricError:
    """The error for a text that is no reference reply."""
    tagged = rule.format == "rlla" or rule.check.startswith("toolrl")
    own = "with <tool_call>, <response> or <think>" if tagged else f"in format {rule.format}"
    return _bad(
        rule,
        f"is {shown(reference)}, which is no reply {own}; it should be {_WANTED}, and [] where no call is wanted",
    )


def _bad(rule: ToolCallsRule, what: str) -> RubricError:
    return RubricError(printable(f"the field {shown(rule.calls_from)} {what}"))
