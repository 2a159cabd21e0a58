"""The demo's work: data, warm start, training runs, examinations, judging, report. Each stage reuses what is done."""

import ctypes
import gc
import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter

import msgspec

from rvpo.harness.demo.items import SIZES, tool_call_rows
from rvpo.harness.demo.judging import judge_answers
from rvpo.harness.demo.plan import (
    EXAM_BATCH,
    EXAM_DRAWS,
    EXAM_TEMPERATURE,
    MAX_TOKENS,
    Arm,
    DemoPlan,
    config_text,
)
from rvpo.harness.demo.report import DemoRuns, write_demo_report
from rvpo.harness.exam import load_exam
from rvpo.harness.progress import progress_bar
from rvpo.harness.run import ExamProgress, run_exam
from rvpo.harness.training_bars import training_bars
from rvpo.harness.transformers_sampler import TransformersSampler
from rvpo.judges import JudgeConfig
from rvpo.results import Comparison, Run
from rvpo.results.journal import write_atomically
from rvpo.trainer import TrainConfig, make_warm_start, train

Say = Callable[[str], None]


class DemoResult(msgspec.Struct, frozen=True, kw_only=True):
    """What the demo leaves behind."""

    report: Path
    comparison: Comparison
    """Trained against warm-started, on the held-out items."""
    seconds: float


def run_demo(plan: DemoPlan, say: Say) -> DemoResult:
    """Run the demo, or go on with it.

    Args:
        plan: What to do.
        say: Told in a line what begins.

    Raises:
        TrainerError, JudgeError, HarnessError, ResultsError, OSError: One line each; a later call goes on.
    """
    started = perf_counter()
    say(f"1/5  {SIZES['train']} training and {SIZES['heldout']} held-out items of tool calling")
    _write_data(plan)
    say("2/5  supervised warm start")
    start = _warm_start(plan)
    _give_memory_back()
    trained = _train_arms(plan, start, say)
    say(f"4/5  examination on {SIZES['heldout']} held-out items")
    runs = DemoRuns(
        base=_examine(plan, "base", plan.model, "base model"),
        warm=_examine(plan, "warm_start", str(start), "warm-started model"),
        trained={
            (arm, seed): _examine(plan, f"{arm}-{seed}", str(model), _title(plan, arm, seed))
            for (arm, seed), model in trained.items()
        },
    )
    say("5/5  a dozen answers to patients, judged by the model itself against a shipped rubric, twice")
    judged = judge_answers(plan.out / "judging", plan.model)
    report, comparison = write_demo_report(plan, runs, judged)
    return DemoResult(report=report, comparison=comparison, seconds=perf_counter() - started)


def _title(plan: DemoPlan, arm: Arm, seed: int) -> str:
    named = f"{arm.upper()}-trained model"
    return named if plan.seeds == 1 else f"{named}, seed {seed}"


def _write_data(plan: DemoPlan) -> None:
    for split in SIZES:
        rows = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in tool_call_rows(split))
        plan.data(split).parent.mkdir(parents=True, exist_ok=True)
        write_atomically(plan.data(split), rows.encode())


def _warm_start(plan: DemoPlan) -> Path:
    config = plan.warm_config()
    _write_config(config)
    with ExitStack() as bars:
        return make_warm_start(config, on_progress=training_bars(bars))


def _train_arms(plan: DemoPlan, start: Path, say: Say) -> dict[tuple[Arm, int], Path]:
    trained = {}
    for arm, seed in plan.runs():
        say(f"3/5  {arm.upper()}, {plan.steps} steps, seed {seed}")
        config = plan.arm_config(arm, seed, start)
        _write_config(config)
        with ExitStack() as bars:
            trained[arm, seed] = train(config, on_progress=training_bars(bars)).final
        _give_memory_back()
    return trained


def _give_memory_back() -> None:
    """Return what a finished stage held to the system: the C library alone keeps 2 GB of freed optimiser state."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _write_config(config: TrainConfig) -> None:
    """Leave the config where the run is, for ``rvpo train`` and for whoever wants to change it."""
    folder = Path(config.out)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / "config.yaml", config_text(config).encode())


def _examine(plan: DemoPlan, name: str, model: str, title: str) -> Run:
    exam = load_exam("tool_calls", plan.data("heldout"))
    sampler = TransformersSampler(
        model, batch_size=EXAM_BATCH, max_new_tokens=MAX_TOKENS, temperature=EXAM_TEMPERATURE
    )
    with progress_bar(len(exam.items) * EXAM_DRAWS, f"examining {name}") as bar:

        def show(now: ExamProgress) -> None:
            bar.advance(now.done - bar.done, failed=now.failed)

        return run_exam(
            exam,
            sampler,
            JudgeConfig(judge="rules"),
            plan.exam_folder(name),
            draws=EXAM_DRAWS,
            title=title,
            on_progress=show,
        )
