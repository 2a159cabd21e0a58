"""The shipped tool-calling items: generated, deterministic, written for rvpo.

Six look-alike tools, optional arguments, values that training never shows, and requests that need no tool.
The tools are not listed in the prompt (it stays near 50 tokens): a warm start has to teach them. Three disjoint
splits come from one shuffled pool: ``train`` to learn from, ``validation`` to choose settings on, ``heldout`` to
be examined on.
"""

import json
import random
import string
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, Literal

from pydantic import JsonValue

from rvpo.rubrics.reading.source import parse_record
from rvpo.rubrics.schema import Record

Split = Literal["train", "validation", "heldout"]
SIZES: Mapping[Split, int] = {"train": 240, "validation": 96, "heldout": 160}
SYSTEM = "Use a tool if one fits."
VERSION = "assistant-tools/1"


class Tool(Record):
    """A tool and the ways people ask for it."""

    name: str
    phrases: tuple[str, ...]


class World(Record):
    """The content of ``data/assistant_tools.yaml``."""

    seen_share: float
    no_call_share: float
    no_call_reply: str
    tools: tuple[Tool, ...]
    no_call_phrases: tuple[str, ...]
    values: Mapping[str, tuple[JsonValue, ...]]


@cache
def load_world() -> World:
    """Read the shipped description of tools, phrases and values."""
    name = "assistant_tools.yaml"
    text = resources.files("rvpo.harness").joinpath("data", name).read_text(encoding="utf-8")
    return parse_record(text, World, name)


def tool_call_rows(split: Split, *, seed: int = 0) -> list[dict[str, Any]]:
    """Return the rows of one split: ``{"id", "prompt", "calls", "reference"}``.

    The same seed gives the same rows, and no request occurs twice, within a split or across splits.
    """
    rng = random.Random(f"{VERSION}:{seed}")  # noqa: S311 (a data set, not a secret)
    taken: set[str] = set()
    for name, size in SIZES.items():
        rows = [
            _draw_row(rng, f"{name}-{number:03d}", taken, whole=name != "train") for number in range(size)
        ]
        if name == split:
            return rows
    raise ValueError(f"split must be one of {', '.join(SIZES)}, got {split!r}")


def heldout_rows() -> list[dict[str, Any]]:
    """Return the items that nothing is trained or chosen on."""
    return tool_call_rows("heldout")


def write_call(calls: Sequence[Mapping[str, Any]]) -> str:
    """Write calls as the reply that makes them: one ``<tool_call>`` block each."""
    return "\n".join(f"<tool_call>{json.dumps(call)}</tool_call>" for call in calls)


def _draw_row(rng: random.Random, row_id: str, taken: set[str], *, whole: bool) -> dict[str, Any]:
    """Draw a request that was not drawn before; ``whole`` also allows the values that training never shows."""
    world = load_world()
    while True:
        tool = None if rng.random() < world.no_call_share else rng.choice(world.tools)
        phrase = rng.choice(tool.phrases if tool else world.no_call_phrases)
        names = list(dict.fromkeys(field for _, field, _, _ in string.Formatter().parse(phrase) if field))
        arguments = {name: _draw_value(rng, world, name, whole=whole) for name in names}
        request = phrase.format(**arguments)
        if request not in taken:
            break
    taken.add(request)
    calls = [{"name": tool.name, "arguments": arguments}] if tool else []
    messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": request}]
    reference = write_call(calls) if calls else world.no_call_reply
    return {"id": row_id, "prompt": messages, "calls": calls, "reference": reference}


def _draw_value(rng: random.Random, world: World, name: str, *, whole: bool) -> JsonValue:
    values = world.values[name]
    seen = values if whole else values[: max(1, round(len(values) * world.seen_share))]
    return rng.choice(seen)
