"""A run as inspect-ai's log: the zip (``.eval``) that its viewer opens, version 2 as of inspect-ai 0.3. Pure.

Draws are inspect's epochs, counted from 1. Each sample has the score ``score`` with the verdicts as its explanation and,
where all items share a rubric, one score a criterion. A draw without an answer is a sample that ended with an error; a
criterion that the judge left open has no score. Packed with deflate, which every version of inspect reads.
"""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any, Final

from rvpo.harness.exports.texts import Shown, all_measures, item_means, model_of, shown
from rvpo.results import ItemRow, Run

_DAY: Final = (1980, 1, 1, 0, 0, 0)
"""The zip's date of every member, so that the same run gives the same bytes."""


def inspect_log(run: Run, *, with_text: bool = False) -> bytes:
    """The log's bytes.

    Args:
        run: What to write.
        with_text: Whether prompts, answers, references and the judge's reasons are written, else their hashes.
    """
    model = model_of(run)
    values = all_measures(run)
    samples = [
        _sample(row, run, model, numbers, with_text=with_text)
        for row, numbers in zip(run.items, values, strict=True)
    ]
    spec = _spec(run, model)
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
            "model_usage": {},
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


def _spec(run: Run, model: str) -> dict[str, Any]:
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
        "model": model,
        "config": {"epochs": 1 + max((row.draw for row in run.items), default=0)},
        "packages": {"rvpo": manifest.versions.get("rvpo", "")},
        "metadata": {"rvpo": {"identity": dict(manifest.identity), "notes": list(manifest.notes)}},
    }


def _sample(
    row: ItemRow, run: Run, model: str, numbers: Mapping[str, float], *, with_text: bool
) -> dict[str, Any]:
    words = shown(row, run.verdicts_of.get((row.item_id, row.draw), []), with_text=with_text)
    sample: dict[str, Any] = {
        "id": row.item_id,
        "epoch": row.draw + 1,
        "input": words.prompt,
        "target": words.target,
        "metadata": {"prompt_hash": row.prompt_hash, "status": row.status, "coverage": row.coverage},
        "messages": [{"role": "user", "content": words.prompt}],
        "output": {"model": model, "choices": []},
    }
    if row.status == "failed":
        error = row.meta.get("error") if with_text else None
        why = str(error or "the model gave no answer")
        return sample | {"error": {"message": why, "traceback": "", "traceback_ansi": ""}}
    said = {"role": "assistant", "content": words.response, "source": "generate", "model": model}
    reason = "max_tokens" if row.status == "truncated" else "stop"
    return sample | {
        "messages": [*sample["messages"], said],
        "output": {"model": model, "choices": [{"message": said, "stop_reason": reason}]},
        "scores": _scores(row, numbers, words),
    }


def _scores(row: ItemRow, numbers: Mapping[str, float], words: Shown) -> dict[str, Any]:
    scores: dict[str, Any] = {name: {"value": value} for name, value in numbers.items()}
    if "score" in scores:
        scores["score"] |= {"explanation": words.explanation, "metadata": {"values": dict(row.values)}}
    return scores


def _summary(sample: dict[str, Any]) -> dict[str, Any]:
    scores = {name: {"value": score["value"]} for name, score in sample.get("scores", {}).items()}
    summary = {key: sample[key] for key in ("id", "epoch", "input", "target", "metadata")}
    if "error" in sample:
        summary["error"] = sample["error"]["message"]
    return summary | {"scores": scores, "completed": True}


def _results(run: Run, values: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    draws: dict[str, list[Mapping[str, float]]] = {}
    for row, numbers in zip(run.items, values, strict=True):
        draws.setdefault(row.item_id, []).append(numbers)
    by_measure: dict[str, list[float]] = {}
    for group in draws.values():
        for name, value in item_means(group).items():
            by_measure.setdefault(name, []).append(value)
    scores = [
        {
            "name": name,
            "scorer": name,
            "reducer": "mean",
            "scored_samples": len(means),
            "metrics": {"mean": {"name": "mean", "value": fmean(means)}},
        }
        for name, means in by_measure.items()
    ]
    answered = sum(row.status != "failed" for row in run.items)
    planned = run.manifest.planned or len(run.items)
    return {"total_samples": planned, "completed_samples": answered, "scores": scores}
