"""The demo's one page: what RVPO added to the warm start, criterion by criterion, and the judged answers."""

import json
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean
from typing import Any, Final

import msgspec

from rvpo.harness.demo.judging import JudgedAnswers
from rvpo.harness.demo.plan import EXAM_TEMPERATURE, RUBRIC, WARM_EXAMPLES, Arm, DemoPlan
from rvpo.results import Comparison, CurvePanel, ReportContent, Run, TablePanel, compare, write_report
from rvpo.rubrics import library_rubric

LOG_NAME: Final = "rewards/{}/mean"


class DemoRuns(msgspec.Struct, frozen=True, kw_only=True):
    """The examinations."""

    base: Run
    warm: Run
    trained: Mapping[tuple[Arm, int], Run]


def write_demo_report(plan: DemoPlan, runs: DemoRuns, judged: JudgedAnswers) -> tuple[Path, Comparison]:
    """Compare and write ``report.html``; returns its path and the comparison that it is about."""
    first = runs.trained[plan.arms[0], 0]
    primary = compare(runs.warm, first)
    content = ReportContent(
        title="rvpo demo: teaching a small model to call tools",
        primary=primary,
        pair=(runs.warm, first),
        lead=_lead(plan),
        further=tuple(_further(plan, runs, first)),
        runs=(runs.base, runs.warm, *runs.trained.values()),
        curves=tuple(_curves(plan)),
        tables=tuple(_tables(plan, runs, judged)),
        limits=_limits(plan),
        command=_command(plan),
    )
    return write_report(plan.out / "report.html", content, with_text=True), primary


def _lead(plan: DemoPlan) -> tuple[str, ...]:
    taught = (
        f"{_name(plan)} first saw {WARM_EXAMPLES} worked examples (the warm start), then practised for {plan.steps} "
        f"steps with {plan.arms[0].upper()}: it answered requests, six rules said what each answer got right, and the "
        "answers that did better than their siblings were made more likely."
    )
    examined = (
        "The held-out requests, and many of the values in them, were never seen in training. "
        f"Every model answers them by sampling at temperature {EXAM_TEMPERATURE:g}, as it was trained."
    )
    return taught, examined


def _name(plan: DemoPlan) -> str:
    return "SmolLM2-135M-Instruct" if plan.model == "embedded" else Path(plan.model).name


def _limits(plan: DemoPlan) -> tuple[str, ...]:
    runs = "one training run" if plan.seeds == 1 else f"{plan.seeds} training runs"
    return (
        f"There is {runs} of each method: another seed gives other weights, and the interval does not cover that.",
        "The items come from templates and the model is tiny: it shows the machinery, not what RVPO brings elsewhere.",
    )


def _command(plan: DemoPlan) -> str:
    words = ["rvpo demo", f"--out {plan.out}", f"--steps {plan.steps}"]
    if plan.model != "embedded":
        words.append(f"--model {plan.model}")
    if plan.arms != ("rvpo",):
        words.append(f"--arms {','.join(plan.arms)}")
    if plan.seeds != 1:
        words.append(f"--seeds {plan.seeds}")
    return " ".join(words)


def _further(plan: DemoPlan, runs: DemoRuns, first: Run) -> list[Comparison]:
    """What the warm start did, what both did together, and each further arm against the first of the same seed."""
    pairs = [(runs.base, runs.warm), (runs.base, first)]
    pairs += [
        (runs.trained[arm, seed], runs.trained[plan.arms[0], seed])
        for arm in plan.arms[1:]
        for seed in range(plan.seeds)
    ]
    return [compare(a, b) for a, b in pairs]


def _curves(plan: DemoPlan) -> list[CurvePanel]:
    logs = {run: _read_log(plan.train_folder(*run) / "log.jsonl") for run in plan.runs()}
    panels = []
    for criterion in library_rubric(RUBRIC).criteria:
        series = {
            arm.upper(): _mean_curve([logs[arm, seed] for seed in range(plan.seeds)], criterion.id)
            for arm in plan.arms
        }
        panels.append(
            CurvePanel(
                name=criterion.id.replace("_", " "),
                x_label="training step",
                y_label="mean reward",
                series=series,
            )
        )
    return panels


def _read_log(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _mean_curve(logs: list[list[dict[str, Any]]], criterion: str) -> list[tuple[float, float]]:
    name = LOG_NAME.format(criterion)
    return [(rows[0]["step"], fmean(row[name] for row in rows)) for rows in zip(*logs, strict=True)]


def _tables(plan: DemoPlan, runs: DemoRuns, judged: JudgedAnswers) -> list[TablePanel]:
    tables = [_passes(judged), _vectors(judged)]
    if len(runs.trained) > 1:
        tables.insert(0, _arms(plan, runs))
    return tables


def _arms(plan: DemoPlan, runs: DemoRuns) -> TablePanel:
    """Mean over training seeds of the score and of the worst criterion, and the range of the score."""
    rows = []
    for arm in plan.arms:
        means = [_criterion_means(runs.trained[arm, seed]) for seed in range(plan.seeds)]
        scores = [fmean(mean.values()) for mean in means]
        worst = fmean(min(mean.values()) for mean in means)
        rows.append((arm.upper(), plan.seeds, fmean(scores), min(scores), max(scores), worst))
    return TablePanel(
        title="Training methods, from the same warm start",
        columns=("method", "training runs", "mean score", "lowest run", "highest run", "worst criterion"),
        rows=tuple(rows),
        note="Means over training runs. With few runs a method, the range says more than any test could.",
    )


def _criterion_means(run: Run) -> dict[str, float]:
    values: dict[str, list[float]] = {}
    for row in run.items:
        for name, value in row.values.items():
            if value is not None:
                values.setdefault(name, []).append(value)
    return {name: fmean(found) for name, found in values.items()}


def _passes(judged: JudgedAnswers) -> TablePanel:
    return TablePanel(
        title="Demo judge: the same answers judged twice",
        columns=("pass", "verdicts", "calls to the judge", "from the store", "seconds"),
        rows=tuple(
            (name, taken.verdicts, taken.calls, taken.hits, round(taken.seconds, 2))
            for name, taken in zip(("first", "second"), judged.passes, strict=True)
        ),
        note="A verdict is paid for once: the second pass asks the judge nothing.",
    )


def _vectors(judged: JudgedAnswers) -> TablePanel:
    """One column an answer: its reward vector, read downwards."""
    rows = [
        (name.replace("_", " "), *(_cell(values[place]) for values in judged.values))
        for place, name in enumerate(judged.criteria)
    ]
    rows += [("coverage", *map(_cell, judged.coverage)), ("score", *map(_cell, judged.scores))]
    return TablePanel(
        title="Demo judge: reward vectors of twelve answers to patients",
        columns=("criterion", *(name.replace("-", " ") for name in judged.ids)),
        rows=tuple(rows),
        note="Criteria of the shipped rubric medical_consultation, 1 is good. The judge is the small model itself: it "
        "shows the machinery, its medical opinion is worthless.",
    )


def _cell(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
