"""A run as lm-eval writes one: ``samples_TASK_DATE.jsonl`` (its ``--log_samples``) and ``results_DATE.json``. Pure.

A line is one item with all its draws: ``resps`` holds them, each metric is their mean. Metrics are ``score`` and, where
all items share a rubric, its criteria. The standard error is lm-eval's own for a mean, s / sqrt(n) over items. Items
without a single answer have no line: lm-eval has no way to say that a model gave none. ``doc`` says which draws are there.
"""

import json
from collections.abc import Mapping, Sequence
from math import sqrt
from statistics import fmean, stdev
from typing import Any

from rvpo.harness.exports.texts import all_measures, digest, item_means, model_of, shown
from rvpo.results import ItemRow, Run


def lm_eval_files(run: Run, *, with_text: bool = False) -> dict[str, bytes]:
    """The files by their names.

    Args:
        run: What to write.
        with_text: Whether prompts, answers and references are written, else their hashes.
    """
    task = run.manifest.task.replace(":", "_").replace("/", "_")
    date = run.manifest.created.split("+", maxsplit=1)[0].replace(":", "-")
    lines = [
        _sample(number, draws, with_text=with_text) for number, draws in enumerate(_by_item(run)) if draws
    ]
    samples = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    results = json.dumps(_results(run, task, lines), indent=2, ensure_ascii=False)
    return {
        f"results_{date}.json": results.encode() + b"\n",
        f"samples_{task}_{date}.jsonl": samples.encode(),
    }


def _by_item(run: Run) -> list[list[tuple[ItemRow, Mapping[str, float]]]]:
    """The answered draws of each item, in order, with their measures."""
    found: dict[str, list[tuple[ItemRow, Mapping[str, float]]]] = {}
    pairs = zip(run.items, all_measures(run), strict=True)
    for row, numbers in sorted(pairs, key=lambda pair: pair[0].draw):
        found.setdefault(row.item_id, [])
        if row.status != "failed":
            found[row.item_id].append((row, numbers))
    return [*found.values()]


def _sample(
    number: int, answered: Sequence[tuple[ItemRow, Mapping[str, float]]], *, with_text: bool
) -> dict[str, Any]:
    draws = [row for row, _ in answered]
    words = [shown(row, with_text=with_text) for row in draws]
    first = words[0]
    metrics = item_means([numbers for _, numbers in answered])
    doc: dict[str, Any] = {"id": draws[0].item_id, "draws": [row.draw for row in draws]}
    responses = [each.response for each in words]
    return {
        "doc_id": number,
        "doc": doc,
        "target": first.target,
        "arguments": {"gen_args_0": {"arg_0": first.prompt, "arg_1": {}}},
        "resps": [responses],
        "filtered_resps": responses[:1],
        "filter": "none",
        "metrics": [*metrics],
        "doc_hash": digest(json.dumps(doc, indent=2, ensure_ascii=False)),
        "prompt_hash": draws[0].prompt_hash,
        "target_hash": digest(str(draws[0].meta.get("reference") or "")),
        **metrics,
    }


def _results(run: Run, task: str, lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    figures: dict[str, Any] = {"alias": task}
    for name in dict.fromkeys(name for line in lines for name in line["metrics"]):
        values = [line[name] for line in lines if name in line["metrics"]]
        figures[f"{name},none"] = fmean(values)
        figures[f"{name}_stderr,none"] = stdev(values) / sqrt(len(values)) if len(values) > 1 else "N/A"
    items = len({row.item_id for row in run.items})
    manifest = run.manifest
    return {
        "results": {task: figures},
        "group_subtasks": {task: []},
        "configs": {task: {"task": task, "metadata": {"rvpo": dict(manifest.identity)}}},
        "versions": {task: manifest.run_id},
        "n-shot": {task: 0},
        "higher_is_better": {task: {name.split(",")[0]: True for name in figures if name.endswith(",none")}},
        "n-samples": {task: {"original": items, "effective": len(lines)}},
        "config": {"model": model_of(run), "model_args": "", "limit": None},
        "date": manifest.created,
        "notes": list(manifest.notes),
    }
