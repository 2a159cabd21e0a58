"""Rules on tool calls: find the calls in a reply, compare them with the expected ones. Total on any reply. Pure."""

from rvpo.rubrics.tool_calls.check import check_tool_calls
from rvpo.rubrics.tool_calls.parse import CallFormat, parse_calls
from rvpo.rubrics.tool_calls.reply import Call, ParsedReply
from rvpo.rubrics.tool_calls.toolrl import toolrl_rewards

__all__ = ["Call", "CallFormat", "ParsedReply", "check_tool_calls", "parse_calls", "toolrl_rewards"]
