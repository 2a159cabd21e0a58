"""The plan of a run, put together: data, steps, judging, memory, disk, conventions, identity. Spends nothing.

Data are read, and fetched if they are on the hub; no model is fetched or loaded, no judge asked, nothing written. What
cannot be known that way is ``None``, and ``unknown`` says why.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from rvpo.harness.train_plan.judging import JudgingEstimate, judging_estimate
from rvpo.harness.train_plan.memory import DiskEstimate, MemoryEstimate, disk_estimate, memory_estimate
from rvpo.harness.train_plan.model import ModelShape, model_folder, model_shape
from rvpo.judges import load_judge_config
from rvpo.rubrics import rubric_hash
from rvpo.trainer.config import TrainConfig
from rvpo.trainer.data import PromptSet, prompt_order, read_prompts
from rvpo.trainer.data.tokens import prompt_lengths
from rvpo.trainer.errors import DataOutOfReach, TrainConfigError
from rvpo.trainer.folder import differences, whole_checkpoints
from rvpo.trainer.models import load_tokenizer
from rvpo.trainer.run import run_identity
from rvpo.trainer.settings import check_hardware, passes, processes, uses_bf16


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """How a number is spread over the rows."""

    min: int
    median: float
    max: int


class DataPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What is trained on."""

    format: str
    rows: int
    skipped: Mapping[str, int]
    repeated: int
    too_long: int | None
    """Rows over ``max_prompt_tokens``; ``None`` without the model's tokenizer."""
    prompt_tokens: Spread | None
    rubrics: int
    """Different ones."""
    criteria: Spread
    """Of one row's rubric."""
    epochs: float
    """How often the run goes through the rows that fit."""
    sha256: str
    rubrics_sha256: str


class StepPlan(msgspec.Struct, frozen=True, kw_only=True):
    """How much work there is."""

    steps: int
    prompts_per_step: int
    group_size: int
    completions_per_step: int
    completions: int
    verdicts_per_step: float | None
    passes_per_step: int
    """Forward and backward passes of one process."""
    processes: int
    bf16: bool


class TrainPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The whole plan."""

    out: str
    state: str
    """What is in the folder: a new run, or where it goes on."""
    model: str
    shape: ModelShape | None
    method: str
    k: Any
    conventions: Mapping[str, Any]
    steps: StepPlan
    data: DataPlan | None
    judging: JudgingEstimate | None
    memory: MemoryEstimate | None
    disk: DiskEstimate | None
    seed: int
    config_sha256: str | None
    """Of all that decides what is learnt."""
    unknown: tuple[str, ...]


def make_plan(config: TrainConfig) -> TrainPlan:
    """Plan a run.

    Raises:
        TrainConfigError: Config, data, rubric, model and hardware do not fit together.
        RubricError: The data or the rubric cannot be read.
        JudgeError: The judge's configuration is broken.
    """
    from rvpo.judges.quiet import quiet_libraries

    with quiet_libraries():
        unknown: list[str] = []
        check_hardware(config)
        world, bf16 = processes(), uses_bf16(config)
        folder = model_folder(config.model)
        if folder is None:
            unknown.append(f"model {config.model}: its size and its prompt lengths, until it is downloaded")
        shape = None if folder is None else model_shape(folder, config.lora)
        prompts = _prompts(config, unknown)
        lengths = _lengths(prompts, folder)
        uses = _uses(config, prompts, lengths)
        judging = None if prompts is None else judging_estimate(config, prompts, uses)
        identity = _identity(config, prompts, folder, unknown)
        return TrainPlan(
            out=config.out,
            state=_state(config, identity),
            model=config.model,
            shape=shape,
            method=config.method,
            k=msgspec.to_builtins(config.k if isinstance(config.k, int | float) else config.k.model_dump()),
            conventions=msgspec.to_builtins(config.conventions),
            steps=_steps(config, world, judging, bf16=bf16),
            data=None if prompts is None else _data(config, prompts, lengths),
            judging=judging,
            memory=None if shape is None else memory_estimate(config, shape, processes=world, bf16=bf16),
            disk=None if shape is None else disk_estimate(config, shape),
            seed=config.seed,
            config_sha256=None if identity is None else _sha256(identity),
            unknown=tuple(unknown),
        )


def plain_plan(plan: TrainPlan) -> dict[str, Any]:
    """The plan as JSON holds it, with the totals."""
    plain: dict[str, Any] = msgspec.to_builtins(plan)
    for name, estimate in (("memory", plan.memory), ("disk", plan.disk)):
        if estimate is not None:
            plain[name]["peak"] = estimate.peak
    return plain


def _prompts(config: TrainConfig, unknown: list[str]) -> PromptSet | None:
    try:
        return read_prompts(config.data, config.rubric, form=config.format, bad_rows=config.bad_rows)
    except DataOutOfReach as wrong:
        unknown.append(str(wrong))
        return None


def _lengths(prompts: PromptSet | None, folder: str | None) -> Sequence[int] | None:
    """Tokens of every prompt, if its tokenizer is there."""
    if prompts is None or folder is None or not list(Path(folder).glob("tokenizer*")):
        return None
    return prompt_lengths(prompts, load_tokenizer(folder))


def _uses(config: TrainConfig, prompts: PromptSet | None, lengths: Sequence[int] | None) -> Mapping[int, int]:
    """How many completions are drawn for each row, by its place."""
    if prompts is None:
        return {}
    fit = [
        place
        for place in range(len(prompts.rows))
        if lengths is None or lengths[place] <= config.max_prompt_tokens
    ]
    if not fit:
        raise TrainConfigError(
            f"max_prompt_tokens {config.max_prompt_tokens}: the shortest of {len(prompts.rows)} prompts has "
            f"{min(lengths or ())}"
        )
    batches = -(-config.steps // config.iterations)
    drawn = Counter(prompt_order(len(fit), batches * config.prompts_per_step, config.seed))
    return {fit[place]: count * config.group_size for place, count in sorted(drawn.items())}


def _identity(
    config: TrainConfig, prompts: PromptSet | None, folder: str | None, unknown: list[str]
) -> Mapping[str, Any] | None:
    if prompts is None or folder is None:
        return None
    judge = load_judge_config(config.judge) if isinstance(config.judge, str) else config.judge
    if judge.judge == "service":
        unknown.append("judge service: its judge, calls and price; it is not asked")
        return None
    source = config.model.removeprefix("hf:") if config.model.startswith("hf:") else folder
    return run_identity(config, prompts, source)


def _state(config: TrainConfig, identity: Mapping[str, Any] | None) -> str:
    out = Path(config.out)
    if identity is not None and (differing := differences(out, identity)):
        return f"holds a run of another config ({'; '.join(differing)}) and will be refused"
    if (out / "final").is_dir():
        return "done: there is nothing left to do"
    found = whole_checkpoints(out)
    return f"goes on from step {found[-1][0]}" if found else "new"


def _steps(config: TrainConfig, world: int, judging: JudgingEstimate | None, *, bf16: bool) -> StepPlan:
    batches = -(-config.steps // config.iterations)
    return StepPlan(
        steps=config.steps,
        prompts_per_step=config.prompts_per_step,
        group_size=config.group_size,
        completions_per_step=config.completions_per_step,
        completions=batches * config.completions_per_step,
        verdicts_per_step=None if judging is None else judging.verdicts / batches,
        passes_per_step=passes(config, world),
        processes=world,
        bf16=bf16,
    )


def _data(config: TrainConfig, prompts: PromptSet, lengths: Sequence[int] | None) -> DataPlan:
    hashes = {id(rubric): rubric_hash(rubric) for rubric in prompts.rubrics}
    too_long = None if lengths is None else sum(each > config.max_prompt_tokens for each in lengths)
    batches = -(-config.steps // config.iterations)
    return DataPlan(
        format=prompts.format,
        rows=len(prompts.rows),
        skipped=prompts.skipped,
        repeated=prompts.repeated,
        too_long=too_long,
        prompt_tokens=None if lengths is None else _spread(lengths),
        rubrics=len(set(hashes.values())),
        criteria=_spread([len(rubric.criteria) for rubric in prompts.rubrics]),
        epochs=batches * config.prompts_per_step / (len(prompts.rows) - (too_long or 0)),
        sha256=prompts.sha256,
        rubrics_sha256=_sha256(sorted(set(hashes.values()))),
    )


def _spread(numbers: Sequence[int]) -> Spread:
    return Spread(min=min(numbers), median=median(numbers), max=max(numbers))


def _sha256(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
