"""The plan of a run as lines for a terminal. Pure."""

from collections.abc import Iterator

from rvpo.harness.train_plan.judging import JudgingEstimate
from rvpo.harness.train_plan.memory import DiskEstimate, MemoryEstimate
from rvpo.harness.train_plan.model import ModelShape
from rvpo.harness.train_plan.plan import DataPlan, Spread, StepPlan, TrainPlan


def plan_page(plan: TrainPlan) -> str:
    """Write the plan, a line for each thing that someone decides by."""
    return "\n".join(f"{name:<12} {text}" for name, text in _lines(plan))


def _lines(plan: TrainPlan) -> Iterator[tuple[str, str]]:
    yield "run", f"{plan.out}: {plan.state}"
    yield "model", f"{plan.model}: {_size(plan.shape)}"
    if plan.data is not None:
        yield from _data(plan.data)
    yield "method", f"{plan.method}, k {_k(plan.k)}"
    yield "conventions", ", ".join(f"{name} {value}" for name, value in plan.conventions.items())
    epochs = "" if plan.data is None else f"; {plan.data.epochs:.2f} epochs"
    yield "steps", _steps(plan.steps) + epochs
    yield "each step", _each_step(plan.steps)
    if plan.judging is not None:
        yield "judging", _judging(plan.judging)
    if plan.memory is not None:
        yield "memory", _memory(plan.memory)
    if plan.disk is not None:
        yield "disk", _disk(plan.disk)
    yield "seed", str(plan.seed)
    if plan.data is not None:
        hashes = (plan.config_sha256, plan.data.sha256, plan.data.rubrics_sha256)
        yield "hashes", "config {}, data {}, rubrics {}".format(*map(_short, hashes))
    for line in plan.unknown:
        yield "unknown", line


def _size(shape: ModelShape | None) -> str:
    if shape is None:
        return "size unknown until downloaded"
    trained = "" if shape.trained == shape.parameters else f", {_count(shape.trained)} trained"
    return _count(shape.parameters) + trained


def _steps(steps: StepPlan) -> str:
    return (
        f"{steps.steps} of {steps.prompts_per_step} prompts x {steps.group_size} = {steps.completions_per_step} "
        f"completions; {steps.completions:,} in all"
    )


def _each_step(steps: StepPlan) -> str:
    processes = "1 process" if steps.processes == 1 else f"{steps.processes} processes"
    verdicts = "" if steps.verdicts_per_step is None else f"; {steps.verdicts_per_step:,.0f} verdicts"
    number = "bfloat16" if steps.bf16 else "float32"
    return f"{steps.passes_per_step} passes on each of {processes} in {number}{verdicts}"


def _disk(disk: DiskEstimate) -> str:
    checkpoints = f"{disk.checkpoints} checkpoint{'s' * (disk.checkpoints > 1)} of {_bytes(disk.checkpoint)}"
    return f"{_bytes(disk.peak)}: {checkpoints}, models {_bytes(disk.final)}"


def _data(data: DataPlan) -> Iterator[tuple[str, str]]:
    repeated = f"; {data.repeated} repeat another's prompt and rubric" if data.repeated else ""
    yield "data", f"{data.rows:,} rows ({data.format}){repeated}"
    for reason, count in data.skipped.items():
        yield "", f"{count} skipped: {reason}"
    yield "rubrics", f"{data.rubrics:,} different; criteria {_spread(data.criteria)}"
    if data.prompt_tokens is None:
        yield "prompts", "lengths unknown until the model's tokenizer is here"
    else:
        yield "prompts", f"tokens {_spread(data.prompt_tokens)}; {data.too_long} too long and skipped"


def _judging(judging: JudgingEstimate) -> str:
    counted = f"{judging.verdicts:,} verdicts, {judging.by_rules:,} of them by rules"
    if judging.calls is None or judging.calls_per_step is None:
        return f"{judging.judge}: {counted}; calls and USD unknown"
    usd = "USD unknown" if judging.usd is None else f"at most {judging.usd:,.2f} USD"
    asked = f"; {judging.calls:,} calls, {judging.calls_per_step:,.0f} a step" if judging.calls else ""
    return f"{judging.judge}: {counted}{asked}; {usd}"


def _memory(memory: MemoryEstimate) -> str:
    parts = {
        "weights": memory.weights,
        "gradients": memory.gradients,
        "optimizer": memory.optimizer,
        "reference": memory.reference,
        "learning": memory.activations,
        "or sampling": memory.sampling,
        "before them the warm start": memory.warm_start,
    }
    listed = ", ".join(f"{name} {_bytes(size)}" for name, size in parts.items() if size)
    return f"{_bytes(memory.peak)} on each device: {listed}"


def _spread(spread: Spread) -> str:
    return f"{spread.min}, {spread.median:g}, {spread.max} (least, median, most)"


def _k(k: object) -> str:
    return ", ".join(f"{name} {value}" for name, value in k.items()) if isinstance(k, dict) else str(k)


def _count(number: int) -> str:
    return f"{number / 1e9:.2f} billion weights" if number >= 1e9 else f"{number / 1e6:.2f} million weights"


def _bytes(number: int) -> str:
    return f"{number / 1e9:.1f} GB" if number >= 1e8 else f"{number / 1e6:.1f} MB"


def _short(sha256: str | None) -> str:
    return "unknown" if sha256 is None else sha256[:12]
