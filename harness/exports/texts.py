"""What an export shows of prompts and answers: their text, or only their hashes. Pure.

Exams such as GPQA and HealthBench ask that their questions are not put where a crawler finds them, so text is left out
unless it is asked for.
"""

import hashlib
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any, NamedTuple

from rvpo.harness.items import turns_of
from rvpo.judges.records import Message
from rvpo.results import ItemRow, Run


class Shown(NamedTuple):
    """The words of one draw, as far as they may be shown."""

    prompt: str
    turns: tuple[Message, ...]
    """The prompt as a conversation: ``role`` and ``content``."""
    response: str
    target: str


def shown(row: ItemRow, *, with_text: bool) -> Shown:
    """The words of one draw.

    Args:
        row: The draw.
        with_text: Whether text is shown; else, or where the run keeps none, what stands in its place names its hash.
    """
    target = row.meta.get("reference")
    replied = row.meta.get("reply_sha256")
    if with_text and (row.prompt or not replied):
        return Shown(row.prompt, turns_of(row.prompt, row.prompt_hash), row.response, str(target or ""))
    prompt = f"[prompt left out: sha256 {row.prompt_hash}]"
    return Shown(
        prompt,
        ({"role": "user", "content": prompt},),
        f"[response left out: sha256 {replied or digest(row.response)}]",
        f"[target left out: sha256 {digest(str(target))}]" if target else "",
    )


def model_of(run: Run) -> str:
    """What to call the model of a run."""
    model: Any = run.manifest.identity.get("model")
    if isinstance(model, dict):
        return str(model.get("model") or model.get("sampler") or "unknown")
    return str(model or "unknown")


def digest(text: str) -> str:
    """sha256 of a text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def all_measures(run: Run) -> list[dict[str, float]]:
    """The numbers of each draw, in the run's order: its score, and the criteria where all items have the same."""
    shared = len({tuple(row.values) for row in run.items if row.values}) == 1
    return [_measures(row, shared=shared) for row in run.items]


def _measures(row: ItemRow, *, shared: bool) -> dict[str, float]:
    found = {} if row.score is None else {"score": row.score}
    if shared:
        found |= {name: value for name, value in row.values.items() if value is not None and name != "score"}
    return found


def item_means(draws: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean of each measure over an item's draws that have it."""
    names = dict.fromkeys(name for each in draws for name in each)
    return {name: fmean([each[name] for each in draws if name in each]) for name in names}
