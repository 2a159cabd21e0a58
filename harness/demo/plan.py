"""Every setting of the demo, in one place. Chosen on the validation items, never on the held-out ones.

docs/demo.md says how they were chosen, with the commands.
"""

from pathlib import Path
from typing import Final, Literal, get_args

import msgspec
import yaml

from rvpo.harness.errors import HarnessError
from rvpo.rubrics.wording import hint
from rvpo.trainer import TrainConfig

Arm = Literal["rvpo", "gdpo", "grpo"]
ARMS: Final = get_args(Arm)

RUBRIC: Final = "tool_calling"
WARM_EXAMPLES: Final = 48
MAX_TOKENS: Final = 44
"""Enough for the longest reference call."""
EXAM_TEMPERATURE: Final = 1.0
"""The models are examined as they are trained: sampled, not greedy."""
EXAM_DRAWS: Final = 1
EXAM_BATCH: Final = 64


class DemoPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What one call of ``rvpo demo`` does."""

    out: Path = Path("runs/demo")
    model: str = "embedded"
    """The chat model to teach and, in the second half, to judge with."""
    arms: tuple[Arm, ...] = ("rvpo",)
    """Ways of training to compare, all from one warm start; the first is the one the report is about."""
    seeds: int = 1
    """Training runs of each arm."""
    steps: int = 10

    def runs(self) -> list[tuple[Arm, int]]:
        """Every training run: its arm and its seed."""
        return [(arm, seed) for arm in self.arms for seed in range(self.seeds)]

    def data(self, split: str) -> Path:
        """Where a split of the items lies."""
        return self.out / "data" / f"{split}.jsonl"

    def train_folder(self, arm: Arm, seed: int) -> Path:
        """Where a training run lies."""
        return self.out / "train" / f"{arm}-{seed}"

    def exam_folder(self, name: str) -> Path:
        """Where an examination lies."""
        return self.out / "exams" / name

    def warm_config(self) -> TrainConfig:
        """The warm start that all arms share."""
        return self._config(self.model, self.out / "train" / "warm", "rvpo", 0, warm=True)

    def arm_config(self, arm: Arm, seed: int, start: Path) -> TrainConfig:
        """One training run, from the warm-started model."""
        return self._config(str(start), self.train_folder(arm, seed), arm, seed, warm=False)

    def _config(self, model: str, out: Path, arm: Arm, seed: int, *, warm: bool) -> TrainConfig:
        settings = {
            "model": model,
            "data": str(self.data("train")),
            "rubric": RUBRIC,
            "judge": {"judge": "rules"},
            "out": str(out),
            "method": arm,
            "k": 1.0,
            "whiten": "centred",
            "group_size": 8,
            "prompts_per_step": 4,
            "micro_batch": 8,
            "steps": self.steps,
            "learning_rate": 3e-5,
            "warmup_share": 0.2,
            "kl_beta": 0.0,
            "max_prompt_tokens": 256,
            "max_completion_tokens": MAX_TOKENS,
            "save_every_steps": 4,
            "keep_checkpoints": 1,
            "seed": seed,
        }
        if warm:
            settings["warm_start"] = {"examples": WARM_EXAMPLES, "learning_rate": 1e-4}
        return TrainConfig.model_validate(settings)


def make_plan(out: Path, model: str, arms: str, seeds: int, steps: int | None) -> DemoPlan:
    """Check what the command line says.

    Args:
        out: Folder for everything.
        model: ``embedded`` or a folder with another chat model.
        arms: Names separated by commas.
        seeds: Training runs of each arm.
        steps: Steps of each run; ``None`` takes the chosen number.

    Raises:
        HarnessError: An arm is unknown or named twice.
    """
    names = [name.strip() for name in arms.split(",")]
    for name in names:
        if name not in ARMS:
            raise HarnessError(
                f"--arms: there is no arm {name!r}; arms are: {', '.join(ARMS)}{hint(name, ARMS)}"
            )
        if names.count(name) > 1:
            raise HarnessError(f"--arms: {name} is named twice")
    plan = DemoPlan(out=out, model=model, arms=msgspec.convert(names, tuple[Arm, ...]), seeds=seeds)
    return plan if steps is None else msgspec.structs.replace(plan, steps=steps)


def config_text(config: TrainConfig) -> str:
    """A train config as the YAML file that ``rvpo train`` reads."""
    told = config.model_dump(mode="json", exclude_unset=True)
    return yaml.safe_dump(told, sort_keys=False, allow_unicode=True)
