"""What an export shows of prompts and answers: their text, or only their hashes. Pure.

Exams such as GPQA and HealthBench ask that their questions are not put where a crawler finds them, so text is left out
unless it is asked for.
"""

import hashlib
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any, NamedTuple

from rvpo.results import ItemRow, Run, VerdictRow


class Shown(NamedTuple):
    """The words of one draw, as far as they may be shown."""

    prompt: str
    response: str
    target: str
    explanation: str
    """A line a criterion."""


def shown(row: ItemRow, verdicts: Sequence[VerdictRow], *, with_text: bool) -> Shown:
    """The words of one draw.

    Args:
        row: The draw.
        verdicts: Its verdicts.
        with_text: Whether text is shown; else what stands in its place names its hash.
    """
    target = row.meta.get("reference")
    lines = [_line(verdict, with_text=with_text) for verdict in verdicts]
    if with_text:
        return Shown(row.prompt, row.response, str(target or ""), "\n".join(lines))
    return Shown(
        f"[prompt left out: sha256 {row.prompt_hash}]",
        f"[response left out: sha256 {digest(row.response)}]",
        f"[target left out: sha256 {digest(str(target))}]" if target else "",
        "\n".join(lines),
    )


def _line(verdict: VerdictRow, *, with_text: bool) -> str:
    value = verdict.status if verdict.value is None else f"{verdict.value:g}"
    said = f": {verdict.explanation}" if with_text and verdict.explanation else ""
    return f"{verdict.criterion_id} {value}{said}"


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
