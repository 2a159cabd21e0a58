"""``train``: one training run from its config to its final model, continued wherever it was cut off.

Order: check config, data and rubric; warm start, if asked for; RVPO steps with TRL. Everything is written so that a
process killed at any moment leaves nothing half-done that is later taken for whole (see ``folder.py``).
"""

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from rvpo.judges import JudgeService
from rvpo.judges.quiet import quiet_libraries
from rvpo.rubrics import rubric_hash
from rvpo.trainer.config import TrainConfig, WarmStart
from rvpo.trainer.data import (
    PromptSet,
    chat,
    data_sha256,
    fitting,
    prompt_order,
    read_prompts,
    read_rows,
)
from rvpo.trainer.errors import DiskFull, TrainConfigError, TrainingStopped
from rvpo.trainer.folder import (
    StepLog,
    claim,
    disk_is_full,
    remove_torn,
    sync,
    whole_checkpoints,
    whole_folder,
)
from rvpo.trainer.guarded import Guarded
from rvpo.trainer.guards import rounded_away, rounding_warning
from rvpo.trainer.models import load_model, load_tokenizer, lora_config, model_identity, model_source
from rvpo.trainer.out_of_memory import memory_boundary
from rvpo.trainer.progress import OnProgress, Progress
from rvpo.trainer.rewards import RubricRewards, judge_identity
from rvpo.trainer.settings import check_hardware, grpo_config, passes, processes, uses_bf16, uses_cpu
from rvpo.trainer.warm_start import examples_of, fine_tune

FREE_TO_CHANGE = {"out", "report_to", "save_every_steps", "keep_checkpoints", "guards"}
"""Fields that do not decide what is learnt: a run may be continued under others."""


@dataclass(frozen=True)
class TrainResult:
    """What a run leaves behind."""

    final: Path
    """Folder of the trained model."""
    warm_start: Path | None
    """Folder of the model after the warm start."""
    log: Path
    """JSONL, a row for each step."""
    steps: int
    skipped_prompts: int
    """Rows whose prompt was longer than ``max_prompt_tokens``."""
    continued_from: int | None
    """The step that this call went on from; ``None`` if it began at the beginning."""
    rolled_back_to: int | None
    """The step whose checkpoint became the final model after a collapse."""
    seconds: float
    figures: Mapping[str, float]
    """Of the last step."""


def train(config: TrainConfig, *, on_progress: OnProgress | None = None) -> TrainResult:
    """Train, or go on with what was cut off, or return at once what is done.

    Args:
        config: The run.
        on_progress: Told of every step.

    Raises:
        TrainConfigError: Config, data, rubric or model do not fit together; nothing was trained.
        OtherConfig: ``config.out`` holds a run of another config.
        OutOfMemory: The run does not fit; the message names what to lower.
        TrainingStopped: Ctrl-C; the message says where the next run continues.
        DiskFull: No space is left; the message says where the next run continues.
        JudgeError: The judge's configuration or its store is broken.
    """
    started = perf_counter()
    run = _prepared(config, on_progress)
    if not run.final.is_dir():
        try:
            with quiet_libraries(), memory_boundary(config):
                run.go()
        except KeyboardInterrupt:
            raise TrainingStopped(run.where_it_stands()) from None
        except Exception as wrong:
            if not disk_is_full(wrong, run.out):
                raise
            raise DiskFull(f"no space left on the device: {run.where_it_stands()}") from wrong
    return run.result(perf_counter() - started)


def make_warm_start(config: TrainConfig, *, on_progress: OnProgress | None = None) -> Path:
    """Take only the supervised warm start of a run, so that several runs can begin from one.

    Args:
        config: The run; its ``warm_start`` must be set.
        on_progress: Told of every update.

    Returns:
        The folder of the fine-tuned model, ready to be another config's ``model``. One that is there is kept.

    Raises:
        TrainConfigError: There is no ``warm_start`` in the config, or config, data and model do not fit together.
        OtherConfig: ``config.out`` holds a run of another config.
    """
    if config.warm_start is None:
        raise TrainConfigError("warm_start: the config has none")
    run = _prepared(config, on_progress)
    with quiet_libraries(), memory_boundary(config):
        return Path(run.warm_started(config.warm_start))


def _prepared(config: TrainConfig, on_progress: OnProgress | None) -> "_Run":
    """Check everything that can be checked before a model is loaded, and claim the folder."""
    prompts = read_prompts(config.data, config.rubric, form=config.format, bad_rows=config.bad_rows)
    passes(config, processes())
    check_hardware(config)
    on_progress = on_progress or (lambda _progress: None)
    guarded = Guarded(config, on_progress)
    source = model_source(config.model)
    claim(Path(config.out), run_identity(config, prompts, source))
    return _Run(config, source, prompts, guarded, on_progress)


def run_identity(config: TrainConfig, prompts: PromptSet, source: str) -> dict[str, Any]:
    """All that decides what is learnt; files by their content, wherever they lie."""
    fields = config.model_dump(mode="json", exclude={*FREE_TO_CHANGE, "data", "judge", "model", "rubric"})
    if config.warm_start is not None and config.warm_start.data is not None:
        fields["warm_start"]["data"] = data_sha256(config.warm_start.data)
    if config.guards.rubric_dropout:  # the only guard that decides what is learnt while all goes well
        fields["rubric_dropout"] = config.guards.rubric_dropout
    return {
        **fields,
        "judge": judge_identity(config.judge),
        "data_sha256": prompts.sha256,
        "rubric_hashes": sorted({rubric_hash(rubric) for rubric in prompts.rubrics}),
        "model_hash": model_identity(source),
    }


def _dataset(prompts: PromptSet, first: int = 0) -> Any:
    """What TRL draws prompts from; ``row`` is their place among all that are judged."""
    from datasets import Dataset

    rows = [{"prompt": chat(row), "row": first + place} for place, row in enumerate(prompts.rows)]
    return Dataset.from_list(rows)


class _Run:
    """One call of ``train``, after the checks."""

    def __init__(
        self, config: TrainConfig, source: str, prompts: PromptSet, guarded: Guarded, on_progress: OnProgress
    ) -> None:
        self.config = config
        self.guarded = guarded
        self.source = source
        self.prompts = prompts
        self.on_progress = on_progress
        self.out = Path(config.out)
        self.final = self.out / "final"
        self.log = StepLog(self.out / "log.jsonl")
        self.continued_from: int | None = None

    def go(self) -> None:
        """Warm start, train, save."""
        settings = grpo_config(self.config, processes())
        with settings.main_process_first(desc="warm start"):
            warm = self.config.warm_start
            start = self.source if warm is None else self.warm_started(warm)
        tokenizer = load_tokenizer(start)
        prompts = fitting(self.prompts, tokenizer, self.config.max_prompt_tokens)
        for reason, count in self.prompts.skipped.items():
            self.on_progress(Progress("model", message=f"skipped {count} rows: {reason}"))
        self._tell_too_long(len(self.prompts.rows) - len(prompts.rows), "rows")
        held_out = self.guarded.held_out
        if held_out is not None:
            unseen = len(held_out.rows)
            held_out = fitting(held_out, tokenizer, self.config.max_prompt_tokens)
            self._tell_too_long(unseen - len(held_out.rows), "held-out rows")
        judged = prompts if held_out is None else prompts.joined(held_out)
        with (
            JudgeService.open_sync(self.config.judge) as service,
            self.guarded.rewards(service, judged, settings.process_index) as rewards,
        ):
            trainer = self._trainer(
                settings, start, tokenizer, prompts=prompts, held_out=held_out, rewards=rewards
            )
            self._resume(trainer)
        facts = self.guarded.outcome(trainer)
        self._save(trainer, {"skipped_prompts": len(self.prompts.rows) - len(prompts.rows), **facts})

    def _tell_too_long(self, count: int, what: str) -> None:
        if count:
            most = self.config.max_prompt_tokens
            self.on_progress(
                Progress("model", message=f"skipped {count} {what}: prompts of more than {most} tokens")
            )

    def warm_started(self, settings: WarmStart) -> str:
        """The folder of the fine-tuned model, made unless it is there."""
        target = self.out / "warm_start"
        if not target.is_dir():
            rows = self.prompts.rows if settings.data is None else read_rows(settings.data)
            tokenizer = load_tokenizer(self.source)
            examples = examples_of(rows, tokenizer, settings)
            self.on_progress(Progress("model", message=f"warm start on {len(examples)} references"))
            model = load_model(self.source, "float32").to("cpu" if uses_cpu(self.config) else "cuda")
            fine_tune(
                model,
                tokenizer,
                examples,
                settings,
                seed=self.config.seed,
                bf16=uses_bf16(self.config),
                on_progress=self.on_progress,
            )
            with whole_folder(target) as scratch:
                model.save_pretrained(scratch)
                tokenizer.save_pretrained(scratch)
        return str(target)

    def _trainer(
        self,
        settings: Any,
        start: str,
        tokenizer: Any,
        *,
        prompts: PromptSet,
        held_out: PromptSet | None,
        rewards: RubricRewards,
    ) -> Any:
        from transformers import PrinterCallback

        from rvpo.trainer.engine import Recipe, RVPOTrainer

        config = self.config
        batches = -(-config.steps // config.iterations)
        order = prompt_order(len(prompts.rows), batches * config.prompts_per_step, config.seed)
        trainer: Any = RVPOTrainer(
            rewards=rewards,
            recipe=Recipe(config.method, config.k, config.beta_variance, config.conventions),
            overlap=bool(config.overlap),
            model=load_model(start, config.weights),
            args=settings,
            processing_class=tokenizer,
            train_dataset=_dataset(prompts).select(order),
            peft_config=lora_config(config.lora),
            eval_dataset=None if held_out is None else _dataset(held_out, len(prompts.rows)),
        )
        trainer.remove_callback(PrinterCallback)
        self.guarded.attach(trainer)
        trained = [weight for weight in trainer.model.parameters() if weight.requires_grad]
        if lost := rounded_away(trained, config.learning_rate):
            warnings.warn(rounding_warning(lost, config.learning_rate), UserWarning, stacklevel=2)
        return trainer

    def _resume(self, trainer: Any) -> None:
        checkpoints = whole_checkpoints(self.out)
        step, folder = checkpoints[-1] if checkpoints else (0, None)
        self.continued_from = step or None
        if trainer.is_world_process_zero():
            remove_torn(self.out)
        self.guarded.continue_from(step, first=trainer.is_world_process_zero())
        trainer.train(resume_from_checkpoint=None if folder is None else str(folder))

    def _save(self, trainer: Any, facts: Mapping[str, Any]) -> None:
        """Write the final model; all processes take part, the first one puts it in place."""
        scratch = self.out / ".making-final"
        model = trainer.accelerator.unwrap_model(trainer.model)
        if self.config.lora is not None:
            trainer.model = model.merge_and_unload()
        trainer.save_model(str(scratch))
        trainer.accelerator.wait_for_everyone()
        if trainer.is_world_process_zero():
            (scratch / "training_args.bin").unlink(missing_ok=True)
            (scratch / "rvpo.json").write_text(json.dumps(facts) + "\n")
            sync(scratch)
            scratch.rename(self.final)
        trainer.accelerator.wait_for_everyone()

    def where_it_stands(self) -> str:
        """For a user who has stopped the run."""
        rows, checkpoints = self.log.rows(), whole_checkpoints(self.out)
        taken = rows[-1]["step"] if rows else 0
        begin = f"step {checkpoints[-1][0]}" if checkpoints else "the beginning"
        return f"stopped after step {taken} of {self.config.steps}; the same command continues from {begin} ({self.out})"

    def result(self, seconds: float) -> TrainResult:
        """What lies in the folder of a finished run."""
        facts = json.loads((self.final / "rvpo.json").read_text())
        rows = self.log.rows()
        last = rows[-1] if rows else {}
        return TrainResult(
            final=self.final,
            warm_start=self.out / "warm_start" if self.config.warm_start else None,
            log=self.log.path,
            steps=self.config.steps,
            skipped_prompts=facts["skipped_prompts"],
            continued_from=self.continued_from,
            rolled_back_to=facts.get("rolled_back_to"),
            seconds=seconds,
            figures={name: value for name, value in last.items() if isinstance(value, int | float)},
        )
