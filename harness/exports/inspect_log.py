"""A run as inspect-ai's log: the zip (``.eval``) that its viewer opens, version 2 as of inspect-ai 0.3. Pure.

Draws are inspect's epochs, counted from 1. Each sample has the score ``score`` with the verdicts as its explanation and,
where all items share a rubric, one score a criterion. A draw without an answer is a sample that ended with an error; a
criterion that the judge left open has no score. Packed with deflate, which every version of inspect reads.
"""

import io
import json
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any, Final

from rvpo.harness.exports.inspect_sample import sample_of
from rvpo.harness.exports.texts import all_measures, item_means, model_of
from rvpo.results import Run

_DAY: Final = (1980, 1, 1, 0, 0, 0)
"""The zip's date of every member, so that the same run gives the same bytes."""


def inspect_log(run: Run, *, with_text: bool = False) -> bytes:
    """The log's bytes.

    Args:
        run: What to write.
        with_text: Whether prompts, answers, references and the judge's reasons are written, else their hashes.
    """
    values = all_measures(run)
    samples = [
        sample_of(row, run, numbers, with_text=with_text)
        for row, numbers in zip(run.items, values, strict=True)
    ]
    spec = _spec(run)
    plan: dict[str, Any] = {"name": "plan", "steps": [], "config": {}}
    summaries = [_summary(sample) for sample in samples]
    header = {
        "version": 2,
        "status": "success" if run.sealed else "cancelled",
        "eval": spec,
        "plan": plan,
        "results": _results(run, values),
        "stats": {
            "started_at": run.manifest.created,
            "completed_at": run.manifest.sealed or run.manifest.created,
            "model_usage": _usage(samples),
        },
    }
    members: dict[str, Any] = {"_journal/start.json": {"version": 2, "eval": spec, "plan": plan}}
    members |= {f"samples/{each['id']}_epoch_{each['epoch']}.json": each for each in samples}
    members |= {"_journal/summaries/1.json": summaries, "summaries.json": summaries, "header.json": header}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            member = zipfile.ZipInfo(name, _DAY)
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, json.dumps(content, ensure_ascii=False))
    return packed.getvalue()


def _spec(run: Run) -> dict[str, Any]:
    manifest = run.manifest
    ids = [*dict.fromkeys(row.item_id for row in run.items)]
    return {
        "eval_id": manifest.run_id,
        "run_id": manifest.run_id,
        "created": manifest.created,
        "task": manifest.task,
        "task_id": manifest.run_id,
        "task_version": 0,
        "task_display_name": run.name,
        "dataset": {"name": manifest.task, "samples": len(ids), "sample_ids": ids, "shuffled": False},
        "model": model_of(run),
        "config": {"epochs": _epochs(run)},
        "packages": {"rvpo": manifest.versions.get("rvpo", "")},
        "metadata": {"rvpo": {"identity": dict(manifest.identity), "notes": list(manifest.notes)}},
    }


def _epochs(run: Run) -> int:
    return 1 + max((row.draw for row in run.items), default=0)


def _usage(samples: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    total: dict[str, Counter[str]] = {}
    for sample in samples:
        for model, used in sample["model_usage"].items():
            total.setdefault(model, Counter()).update(used)
    return {model: dict(used) for model, used in total.items()}


def _summary(sample: dict[str, Any]) -> dict[str, Any]:
    scores = {name: {"value": score["value"]} for name, score in sample.get("scores", {}).items()}
    kept = ("id", "epoch", "input", "target", "metadata", "model_usage")
    summary = {key: sample[key] for key in kept}
    if "error" in sample:
        summary["error"] = sample["error"]["message"]
    return summary | {"scores": scores, "completed": True, "message_count": len(sample["messages"])}


def _results(run: Run, values: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    draws: dict[str, list[Mapping[str, float]]] = {}
    for row, numbers in zip(run.items, values, strict=True):
        draws.setdefault(row.item_id, []).append(numbers)
    by_measure: dict[str, list[float]] = {}
    for group in draws.values():
        for name, value in item_means(group).items():
            by_measure.setdefault(name, []).append(value)
    reducer = {"reducer": "mean"} if _epochs(run) > 1 else {}
    scores = [
        {
            "name": name,
            "scorer": name,
            **reducer,
            "scored_samples": len(means),
            "metrics": {"mean": {"name": "mean", "value": fmean(means)}},
        }
        for name, means in by_measure.items()
    ]
    answered = sum(row.status != "failed" for row in run.items)
    planned = run.manifest.planned or len(run.items)
    return {"total_samples": planned, "completed_samples": answered, "scores": scores}
