"""ToolRL's two rule rewards for tool calls, after the authors' ``rlla.py`` (arXiv 2504.13958), its switches all off.

Both rewards come out equal to the original's on any reply, odd corners included: only the first block counts,
1 equals true, a repeated argument name overwrites. Departures, on what the original cannot read at all: a
reference whose thoughts mention ``<tool_call>`` is read from behind its thoughts, and a reference without
readable calls is an error of one line. GDPO and RVPO use the same rewards.
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from rvpo.rubrics.errors import RubricError
from rvpo.rubrics.wording import printable

MAX_CORRECTNESS = 3.0
"""Correctness lies between minus this and this."""

_ONLY_THOUGHT = re.compile(r"^<think>.*?</think>$", re.DOTALL)
_REPLY = re.compile(r"^<think>.*?</think>\n<response>.*?</response>$", re.DOTALL)
_CALL = re.compile(r"^<think>.*?</think>\n<tool_call>\n.*?\n</tool_call>$", re.DOTALL)
_CALL_AND_REPLY = re.compile(
    r"^<think>.*?</think>\n<tool_call>\n.*?\n</tool_call>\n<response>.*?</response>$", re.DOTALL
)


def toolrl_rewards(response: str, reference: str) -> tuple[float, float]:
    """Score a reply against a reference reply.

    Args:
        response: The model's reply, the assistant's turn alone.
        reference: A right reply: ``<think>``, then ``<tool_call>`` with one JSON object a line and keys ``name``
            and ``parameters``, or ``<response>``, or both.

    Returns:
        Format in {0, 1} and correctness in [-3, 3]; correctness is 0 when the reference holds no call.

    Raises:
        RubricError: The reference holds calls that cannot be read.
    """
    wants_call, wants_reply = "<tool_call>" in reference, "<response>" in reference
    expected = reference_calls(reference) if wants_call else None
    form = toolrl_format(response, wants_call=wants_call, wants_reply=wants_reply)
    return form, toolrl_correctness(response, expected)


def toolrl_format(response: str, *, wants_call: bool, wants_reply: bool) -> float:
    """1 if the whole reply has the form that is wanted, each tag once, else 0."""
    response = response.strip()
    tags = (*["tool_call"] * wants_call, *["response"] * wants_reply)
    # Counted first: with each tag there once, no pattern below can backtrack more than linearly.
    if any(response.count(f"<{tag}>") != 1 or response.count(f"</{tag}>") != 1 for tag in tags):
        return 0.0
    patterns = {
        (False, False): _ONLY_THOUGHT,
        (False, True): _REPLY,
        (True, False): _CALL,
        (True, True): _CALL_AND_REPLY,
    }
    return float(patterns[wants_call, wants_reply].search(response) is not None)


def toolrl_correctness(response: str, expected: Sequence[dict[str, Any]] | None) -> float:
    """How right the reply's calls are, in [-3, 3].

    Args:
        response: The model's reply.
        expected: The expected calls, each with ``name`` and ``parameters``; ``None``: no call is expected, and
            the reward is 0 whatever the reply does.
    """
    if expected is None:
        return 0.0
    if "<tool_call>" not in response or "</tool_call>" not in response:
        return -MAX_CORRECTNESS
    try:
        calls = _first_block(response)
        if calls == expected:
            return MAX_CORRECTNESS
        points, possible = _points(expected, calls)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):  # whatever a reply can break
        return -MAX_CORRECTNESS
    return 2 * MAX_CORRECTNESS * points / possible - MAX_CORRECTNESS


def reference_calls(reference: str) -> list[dict[str, Any]]:
    """Read the expected calls of a reference reply.

    Raises:
        RubricError: They cannot be read.
    """
    try:
        try:
            calls = _first_block(reference)
        except ValueError:
            calls = _first_block(reference.partition("</think>")[2])
    except (ValueError, IndexError, RecursionError) as error:
        raise RubricError(printable(f"the reference's calls cannot be read: {error}")) from None
    for call in calls:
        if not isinstance(call, dict) or not isinstance(call.get("parameters"), dict) or "name" not in call:
            raise RubricError("the reference's calls cannot be read: each needs name and parameters")
    return calls


def _first_block(text: str) -> list[Any]:
    block = text.split("<tool_call>", maxsplit=2)[1].split("</tool_call>", maxsplit=1)[0]
    return [json.loads(line) for line in block.strip().split("\n")]


def _points(expected: Sequence[dict[str, Any]], calls: Sequence[dict[str, Any]]) -> tuple[float, float]:
    """Points for names, argument names and argument values: earned, and to be had."""
    points = _overlap([call["name"] for call in expected], [call["name"] for call in calls])
    possible = 1.0
    used: set[int] = set()
    for wanted in expected:
        possible += 1.0 + len(wanted["parameters"])
        best, best_index = 0.0, -1
        for index, call in enumerate(calls):
            if index not in used and call["name"] == wanted["name"]:
                score = _argument_points(wanted["parameters"], call["parameters"])
                if score > best:
                    best, best_index = score, index
        used.add(best_index)
        points += best
    return points, possible


def _argument_points(wanted: dict[str, Any], given: dict[str, Any]) -> float:
    values = sum(1.0 for key, value in wanted.items() if key in given and given[key] == value)
    return _overlap(list(wanted.keys()), list(given.keys())) + values


def _overlap(wanted: list[str], given: list[str]) -> float:
    """Jaccard overlap of two multisets; 1 if the lists are equal, even empty."""
    if wanted == given:
        return 1.0
    common = (Counter(wanted) & Counter(given)).total()
    return common / (len(wanted) + len(given) - common)
