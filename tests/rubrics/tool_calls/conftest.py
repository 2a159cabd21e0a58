"""Writers of every call format, the counterpart of the parsers under test."""

import json
from collections.abc import Callable, Mapping, Sequence

import pytest

from rvpo.rubrics.tool_calls import Call, CallFormat

Writer = Callable[[Sequence[Call]], str]


def named(call: Call, key: str) -> str:
    return json.dumps({"name": call.name, key: call.arguments})


def hermes(calls: Sequence[Call]) -> str:
    return "\n".join(f"<tool_call>\n{named(call, 'arguments')}\n</tool_call>" for call in calls)


def rlla(calls: Sequence[Call]) -> str:
    lines = "\n".join(named(call, "parameters") for call in calls)
    return f"<think> t </think>\n<tool_call>\n{lines}\n</tool_call>" if calls else "<think> t </think>"


def openai(calls: Sequence[Call]) -> str:
    entries = [
        {
            "id": f"call_{place}",
            "type": "function",
            "function": {"name": call.name, "arguments": json.dumps(call.arguments)},
        }
        for place, call in enumerate(calls)
    ]
    return json.dumps({"role": "assistant", "content": None, "tool_calls": entries})


def llama(calls: Sequence[Call]) -> str:
    return "<|python_tag|>" * bool(calls) + "; ".join(named(call, "parameters") for call in calls)


def pythonic(calls: Sequence[Call]) -> str:
    texts = [f"{call.name}({', '.join(f'{k}={v!r}' for k, v in call.arguments.items())})" for call in calls]
    return f"[{', '.join(texts)}]" if texts else ""


def bare(calls: Sequence[Call]) -> str:
    return f"[{', '.join(named(call, 'arguments') for call in calls)}]" if calls else ""


@pytest.fixture(scope="session")
def writers() -> Mapping[CallFormat, Writer]:
    return {
        "hermes": hermes, "rlla": rlla, "openai": openai, "llama": llama, "pythonic": pythonic, "json": bare,
    }  # fmt: skip
