"""The trainer on TRL: the advantages that reach the loss are those of an independent reference."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
import torch
from datasets import Dataset
from torch import Tensor

from rvpo.judges import JudgeConfig, JudgeService
from rvpo.trainer.config import TrainConfig
from rvpo.trainer.conventions import Conventions
from rvpo.trainer.data import chat, read_prompts
from rvpo.trainer.engine import Recipe, RVPOTrainer
from rvpo.trainer.models import load_model, load_tokenizer
from rvpo.trainer.rewards import Rewards, RubricRewards
from rvpo.trainer.schedule import Linear
from rvpo.trainer.settings import grpo_config

pytestmark = [
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

JUDGE = JudgeConfig.model_validate(
    {
        "judge": "scripted",
        "max_attempts": 1,
        "store": ":memory:",
        "replies": [
            {"contains": "q", "fail": "timeout"},
            {"contains": "a", "fail": "unparseable"},
            {"contains": "b", "say": [True]},
            {"say": [False]},
        ],
    }
)
"""Replies of the random model are random text, so each of these occurs."""

RUBRICS = (("long", "has_e", "tone"), ("has_o", "has_t"), ("tone",), ("tone", "spaced", "long", "manner"))


MAX_MISSING = 0.4
"""A reply may lack one criterion of three or four."""


def mended(group: list[list[float | None]], missing: list[float]) -> list[list[float | None]]:
    """The policy for holes as plain loops: leave out who lacks too much, fill the rest with the others' mean."""
    nothing: list[float | None] = [None] * len(group[0])
    kept = [nothing if share > MAX_MISSING else row for row, share in zip(group, missing, strict=True)]
    columns = [[value for value in column if value is not None] for column in zip(*kept, strict=True)]
    means = [fmean(column) if len(column) > 1 else None for column in columns]
    return [
        row if share > MAX_MISSING else [m if v is None else v for v, m in zip(row, means, strict=True)]
        for row, share in zip(kept, missing, strict=True)
    ]


class Checked(RVPOTrainer):
    """Asserts, on every micro-batch, that the loss is given the reference's advantages."""

    def __init__(self, *, reference: Callable[..., list[list[float]]], **rest: Any) -> None:
        self.reference = reference
        self.seen: list[Rewards] = []
        self.k_seen: list[float] = []
        self.checked = 0
        super().__init__(**rest)

    def _put_advantages(self, output: dict[str, Any], local: Rewards) -> None:
        super()._put_advantages(output, local)
        k, method = self.k, self.recipe.method
        self.seen.append(local)
        self.k_seen.append(k)
        cells = [[None if math.isnan(v) else v for v in row] for row in local.rewards_NC.tolist()]
        size = self.num_generations
        assert size is not None
        missing = local.missing_N.tolist()
        groups = [
            mended(cells[start : start + size], missing[start : start + size])
            for start in range(0, len(cells), size)
        ]
        risk = {"rvpo": k, "gdpo": 0.0, "hard_min": math.inf, "grpo": 0.0}[method]
        expected = self.reference(groups, risk, whiten=self.recipe.conventions.whiten, grpo=method == "grpo")
        output["expected"] = torch.tensor(expected).flatten()

    def _compute_loss(self, model: Any, inputs: dict[str, Any]) -> Tensor:
        expected = inputs.get("expected", torch.zeros_like(inputs["advantages"]))
        torch.testing.assert_close(inputs["advantages"], expected, atol=2e-6, rtol=2e-6)
        self.checked += len(expected)
        loss: Tensor = super()._compute_loss(model, inputs)
        return loss


@pytest.fixture
def trainer_of(
    tiny_config: dict[str, Any],
    write_rows: Callable[..., Path],
    rubric: Callable[..., dict[str, Any]],
    reference: Callable[..., list[list[float]]],
) -> Callable[..., Any]:
    """A trainer of four steps: two prompts of four samples in micro-batches of four, rubrics of one to four criteria."""

    @contextmanager
    def make(recipe: Recipe, *, overlap: bool = False, **fields: Any) -> Iterator[Checked]:
        config = TrainConfig.model_validate(
            {**tiny_config, "save_every_steps": 100, "micro_batch": 4, **fields}
        )
        rows = [
            {
                "id": str(n),
                "prompt": f"say {n}",
                "rubric": {
                    **rubric(*names),
                    "on_invalid": {"max_missing": MAX_MISSING, "scattered": "group_mean"},
                },
            }
            for n, names in enumerate(RUBRICS)
        ]
        prompts = read_prompts(str(write_rows(rows, "ragged.jsonl")), None)
        with JudgeService.open_sync(JUDGE) as service:
            yield Checked(
                reference=reference,
                rewards=RubricRewards(service, prompts),
                recipe=recipe,
                overlap=overlap,
                model=load_model(config.model, "float32"),
                args=grpo_config(config, 1),
                processing_class=load_tokenizer(config.model),
                train_dataset=Dataset.from_list(
                    [{"prompt": chat(prompts.rows[n % 4]), "row": n % 4} for n in range(8)]
                ),
            )

    return make


@pytest.mark.parametrize("method", ["rvpo", "gdpo", "grpo", "hard_min"])
def test_advantages_in_the_loss_are_the_references(trainer_of: Callable[..., Any], method: Any) -> None:
    recipe = Recipe(method, Linear(schedule="linear", start=0.5, end=2.0))
    with trainer_of(recipe) as trainer:
        trainer.train()
    assert trainer.checked == 32
    assert trainer.k_seen == [0.5, 1.0, 1.5, 2.0]
    rewards = torch.cat([batch.rewards_NC for batch in trainer.seen])
    applicable = torch.cat([batch.applicable_NC for batch in trainer.seen])
    holes = rewards.isnan() & applicable
    assert holes.any()
    assert rewards.isnan().all(dim=1).any()
    assert not applicable.all()
    row = next(row for row in trainer.state.log_history if row.get("step") == 2)
    assert row.get("rvpo/k") == (1.0 if method == "rvpo" else None)
    assert 0 < row["rvpo/coverage"] <= 1
    logged = [row for row in trainer.state.log_history if "rvpo/filled" in row]
    assert any(row["rvpo/filled"] > 0 for row in logged)
    assert any(row["rvpo/dropped_rows"] > 0 for row in logged)
    assert "frac_reward_zero_std" not in row


def test_reused_batches_and_a_reference_model(trainer_of: Callable[..., Any]) -> None:
    recipe = Recipe(
        "rvpo", Linear(schedule="linear", start=1.0, end=2.0), conventions=Conventions(whiten="group")
    )
    with trainer_of(recipe, iterations=2, kl_beta=0.05, loss="grpo") as trainer:
        trainer.train()
    assert trainer.checked == 32
    assert trainer.k_seen == [1.0, 2.0]
    assert any(row.get("kl", 0) > 0 for row in trainer.state.log_history)


def test_overlap_trains_on_the_batch_before(trainer_of: Callable[..., Any]) -> None:
    """The first step has nothing to train on; of four batches the last is generated and not trained on."""
    with trainer_of(Recipe(k=1.0), overlap=True) as trainer:
        before = [weight.clone() for weight in trainer.model.parameters()]
        trainer.train()
    assert len(trainer.seen) == 3
    assert trainer.checked == 32
    first, *rest = [row for row in trainer.state.log_history if "grad_norm" in row]
    assert first["grad_norm"] == 0
    assert any(row["grad_norm"] > 0 for row in rest)
    assert any(not torch.equal(a, b) for a, b in zip(before, trainer.model.parameters(), strict=True))


def test_weights_stay_float32_under_bfloat16_arithmetic(trainer_of: Callable[..., Any]) -> None:
    with trainer_of(Recipe(k=1.0), bf16=True, steps=1) as trainer:
        dtypes: set[torch.dtype] = set()
        layer = trainer.model.model.layers[0].mlp.down_proj
        layer.register_forward_hook(lambda _module, _inputs, output: dtypes.add(output.dtype))
        trainer.train()
    assert dtypes == {torch.bfloat16}
    assert {weight.dtype for weight in trainer.model.parameters()} == {torch.float32}


def test_on_policy_steps_compute_no_old_log_probabilities(trainer_of: Callable[..., Any]) -> None:
    with trainer_of(Recipe(k=1.0), steps=1) as trainer:
        trainer.train()
    assert trainer.ref_model is None
    assert "old_per_token_logps" not in trainer._buffered_inputs[0]
