"""RVPO on TRL's ``GRPOTrainer``: the reward vector of each completion becomes its advantage.

Two overrides, no TRL code copied. ``_calculate_rewards`` hands the completions to the judges and returns a matrix of
NaN at once, which TRL turns into advantages of 0; ``_generate_and_score_completions`` then waits for the rewards and
puts our advantages in their place. Both names, and the ``"advantages"`` key, are the same in TRL 0.23 to 1.16.
Generation, loss, clipping, KL, sharding and checkpoints stay TRL's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

import accelerate.utils
import torch
from torch import Tensor, nn
from trl.trainer.grpo_trainer import GRPOTrainer

from rvpo.trainer.advantages import PAPER, Advantages, Method, aggregate, attended_share
from rvpo.trainer.conventions import Conventions
from rvpo.trainer.holes import mend_holes
from rvpo.trainer.rewards import PendingRewards, Rewards, RubricRewards
from rvpo.trainer.schedule import Adaptive, Course, k_at
from rvpo.trainer.telemetry.batch import Batch, Facts, batch_figures, unreached_share

K_STATE: Final = "rvpo.Adaptive"
"""Where the trainer's state, which is in every checkpoint, has the k of an adaptive schedule."""


@dataclass(frozen=True)
class Recipe:
    """How reward vectors become advantages over the course of a run."""

    method: Method = "rvpo"
    k: float | Course = 1.0
    beta_variance: float = 0.5
    conventions: Conventions = PAPER

    def advantages(
        self,
        rewards_PGC: Tensor,
        applicable_PGC: Tensor,
        weights_PGC: Tensor,
        lengths_PG: Tensor,
        k: float,
    ) -> Advantages:
        """Advantages of one batch at risk coefficient ``k``."""
        return aggregate(
            rewards_PGC,
            self.method,
            k=k,
            beta_variance=self.beta_variance,
            applicable_PGC=applicable_PGC,
            weights_PGC=weights_PGC,
            lengths_PG=lengths_PG,
            conventions=self.conventions,
        )


def _column(name: str) -> Callable[..., list[float]]:
    """A reward function that is never called: it gives TRL the name of a column."""

    def column(**_: object) -> list[float]:
        raise AssertionError(f"{name} is judged by the rubric, not by a function")

    column.__name__ = name
    return column


class RVPOTrainer(GRPOTrainer):  # type: ignore[misc]  # TRL ships no types
    """``GRPOTrainer`` with per-criterion rewards.

    The dataset needs the columns ``prompt`` and ``row`` (the place of the prompt in ``rewards``'s prompt set).

    Args:
        rewards: Judges completions.
        recipe: How rewards become advantages.
        overlap: Judge a batch while the one before it is trained on: one step off-policy.
        rest: What ``GRPOTrainer`` takes, except ``reward_funcs``.
    """

    _tag_names = ("trl", "rvpo")
    _name = "RVPO"

    def __init__(self, *, rewards: RubricRewards, recipe: Recipe, overlap: bool = False, **rest: Any) -> None:
        self.rubric_rewards = rewards
        self.recipe = recipe
        self.overlap = overlap
        self._submitted: PendingRewards | None = None
        self._in_flight: tuple[dict[str, Any], PendingRewards] | None = None
        self.unreached = 0.0
        """Share of what the judge was asked about the batch at hand that it could not be reached for."""
        self.missing = 0.0
        """Share of the points of the batch at hand that was not judged."""
        self.gold_pairs: list[tuple[float, float]] = []
        """Scores of the judge and of the gold judge since somebody took them."""
        columns: list[Any] = [_column(name) for name in rewards.names]
        super().__init__(reward_funcs=columns, **rest)

    @property
    def k(self) -> float:
        """The risk coefficient of the batch that is being made: 0 progress at the first, 1 at the last."""
        if K_STATE in self._kept:
            return float(self._kept[K_STATE]["attributes"]["k"])
        last = max(self.state.max_steps - self.num_iterations, 1)
        return k_at(self.recipe.k, self.state.global_step / last)

    def _adapt(self, found: Advantages, k: float) -> None:
        """Move an adaptive k for the next batch. It lies in the trainer's state, so every checkpoint has it."""
        schedule = self.recipe.k
        if isinstance(schedule, Adaptive) and self.recipe.method == "rvpo":
            moved = schedule.after(k, attended_share(found, k))
            self._kept[K_STATE] = {"args": {}, "attributes": {"k": moved}}

    @property
    def _kept(self) -> dict[str, Any]:
        """What the trainer's state keeps for callbacks; a dict, whatever its field says."""
        return cast("dict[str, Any]", self.state.stateful_callbacks)

    @property
    def _mode(self) -> Literal["train", "eval"]:
        return "train" if cast("nn.Module", self.model).training else "eval"

    def _calculate_rewards(
        self,
        inputs: list[dict[str, Any]],
        prompts: list[Any],
        completions: list[Any],
        completion_ids_list: list[Any],
    ) -> Tensor:
        del (
            prompts,
            completions,
        )  # completions may be parsed into messages by now; judges read the text itself
        texts = cast("Any", self.processing_class).batch_decode(completion_ids_list, skip_special_tokens=True)
        step = self.state.global_step if self._mode == "train" else None
        self._submitted = self.rubric_rewards.submit([row["row"] for row in inputs], texts, step)
        placeholder_NC = torch.full(
            (len(texts), len(self.reward_funcs)), torch.nan, device=self.accelerator.device
        )
        return _gathered(placeholder_NC)

    def _generate_and_score_completions(self, inputs: list[dict[str, Any]]) -> dict[str, Any]:
        output: dict[str, Any] = super()._generate_and_score_completions(inputs)
        submitted, self._submitted = self._submitted, None
        if submitted is None:
            raise RuntimeError("TRL did not ask for rewards: this version of trl is not supported")
        if self.overlap and self._mode == "train":
            self._remember_sampler(output)
            ready, self._in_flight = self._in_flight, (output, submitted)
            if ready is None:
                # Nothing to train on yet: TRL's advantages of 0 make this a step without gradient.
                return dict(output)
            output, submitted = ready
        self._put_advantages(output, submitted.result())
        return output

    def _remember_sampler(self, output: dict[str, Any]) -> None:
        """Keep the sampling policy's log-probabilities: the batch is trained on one step later."""
        if "old_per_token_logps" in output:
            return
        completion_ids = output["completion_ids"]
        with torch.no_grad():
            output["old_per_token_logps"], *_ = self._get_per_token_logps_and_entropies(
                self.model,
                torch.cat([output["prompt_ids"], completion_ids], dim=1),
                torch.cat([output["prompt_mask"], output["completion_mask"]], dim=1),
                completion_ids.size(1),
                self.args.per_device_train_batch_size,
            )

    def _put_advantages(self, output: dict[str, Any], local: Rewards) -> None:
        """Replace TRL's placeholder advantages and log what they came from. Groups may span processes."""
        mode = self._mode
        group = self.num_generations if mode == "train" else self.num_generations_eval
        assert group is not None
        device = self.accelerator.device
        rewards_PGC, applicable_PGC, weights_PGC, labels_PGC, policy_PG3 = (
            _by_group(rows.to(device), group)
            for rows in (
                local.rewards_NC,
                local.applicable_NC,
                local.weights_NC,
                local.labels_NC,
                local.policy_N3,
            )
        )
        missing_PG = _by_group(local.missing_N.to(device).unsqueeze(-1), group).squeeze(-1)
        mended = mend_holes(rewards_PGC, applicable_PGC, missing_PG, policy_PG3)
        k = self.k
        lengths_PG = _by_group(_lengths(output).unsqueeze(-1), group).squeeze(-1)
        found = self.recipe.advantages(mended.rewards_PGC, applicable_PGC, weights_PGC, lengths_PG, k)
        advantages_N = found.advantages_PG.reshape(-1).float()
        if not advantages_N.isfinite().all():
            raise FloatingPointError(f"advantages are not finite at step {self.state.global_step}")
        first = self.accelerator.process_index * len(local.rewards_NC)
        output["advantages"] = advantages_N[first : first + len(local.rewards_NC)]
        facts = Facts(*_gathered(local.facts_NF.to(device)).unbind(dim=1))
        causes_NS = _gathered(local.causes_NS.to(device))
        batch = Batch(rewards_PGC, applicable_PGC, labels_PGC, causes_NS, facts, lengths_PG)
        if mode == "train":
            self._note(batch)
            self.missing = float(missing_PG.mean())
            self._adapt(found, k)
        figures = batch_figures(batch, found, self.rubric_rewards.labels, self.recipe.method, k)
        figures["rvpo/filled"] = float(mended.filled_PGC.sum() / applicable_PGC.sum().clamp(min=1))
        figures["rvpo/dropped_rows"] = float(mended.dropped_PG.float().mean())
        figures["rvpo/skipped_groups"] = float(mended.skipped_P.float().mean())
        logged = self._metrics[mode]
        logged.pop(
            "frac_reward_zero_std", None
        )  # the placeholder's; its other figures are NaN: log() drops them
        # log() averages over batches, and the last one of an examination may be smaller: each counts by its prompts.
        counts = len(rewards_PGC) if mode == "eval" else 1
        for name, value in figures.items():
            logged[name].extend([value] * counts)

    def _note(self, batch: Batch) -> None:
        """Keep what the guards ask for."""
        self.unreached = unreached_share(batch)
        pairs_N2 = torch.stack([batch.facts.score, batch.facts.gold], dim=1)
        self.gold_pairs += [(train, gold) for train, gold in pairs_N2[~pairs_N2.isnan().any(dim=1)].tolist()]

    def create_model_card(self, *_: object, **__: object) -> None:
        """Write none: TRL's would cite the paper of GRPO for this method, and name no model."""

    def evaluate(self, *args: Any, **rest: Any) -> dict[str, float]:
        """Examine on held-out prompts: with the same draws each time, and without moving those of training."""
        with torch.random.fork_rng():
            torch.manual_seed(self.args.seed + self.accelerator.process_index)
            metrics: dict[str, float] = super().evaluate(*args, **rest)
        return metrics


def _lengths(output: dict[str, Any]) -> Tensor:
    """Tokens of each completion that the loss counts; those that a tool wrote are not the policy's."""
    mask_NT = output["completion_mask"]
    if output.get("tool_mask") is not None:
        mask_NT = mask_NT * output["tool_mask"]
    return cast("Tensor", mask_NT.sum(dim=1))


def _gathered(rows: Tensor) -> Tensor:
    """The rows of all processes, in the order of the processes."""
    gathered: Any = accelerate.utils.gather(rows)
    return cast("Tensor", gathered)


def _by_group(rows_NC: Tensor, group: int) -> Tensor:
    rows_NC = _gathered(rows_NC)
    return rows_NC.view(-1, group, rows_NC.shape[-1])
