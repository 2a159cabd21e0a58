"""A program for ``torchrun``: train by a config, with rewards told by place, and write what each process saw.

A completion's rewards depend on its step, prompt and sample alone, not on its words, so that runs on different numbers
of processes have the same rewards although they draw other samples.

    torchrun --nproc_per_node 2 sharded_run.py CONFIG.json
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import torch

from rvpo.trainer import TrainConfig, engine, train
from rvpo.trainer.engine import RVPOTrainer
from rvpo.trainer.leaving import leave_together
from rvpo.trainer.rewards import PendingRewards, Rewards

RANK, WORLD = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
SEEN: list[list[float]] = []
WRAPPERS: set[str] = set()


class ToldByPlace(PendingRewards):
    """Rewards of this process's part of a batch: uniform numbers and holes, seeded by the number of the batch."""

    def __init__(self, judged: PendingRewards, batch: int) -> None:
        self.judged, self.batch = judged, batch

    def result(self) -> Rewards:
        judged = self.judged.result()
        count, columns = judged.rewards_NC.shape
        dice = torch.Generator().manual_seed(self.batch)
        all_NC = torch.rand(count * WORLD, columns, generator=dice)
        all_NC[torch.rand(all_NC.shape, generator=dice) < 0.1] = torch.nan
        mine_NC = all_NC[RANK * count : (RANK + 1) * count]
        return judged._replace(rewards_NC=mine_NC, missing_N=mine_NC.isnan().float().mean(dim=1))


class Watched(RVPOTrainer):
    """Notes the advantages and the kind of model that it trains."""

    def _calculate_rewards(
        self, inputs: Any, prompts: Any, completions: Any, completion_ids_list: Any
    ) -> torch.Tensor:
        placeholder_NC = super()._calculate_rewards(inputs, prompts, completions, completion_ids_list)
        assert self._submitted is not None
        self._submitted = ToldByPlace(self._submitted, self.state.global_step)
        return placeholder_NC

    def _put_advantages(self, output: dict[str, Any], local: Rewards) -> None:
        super()._put_advantages(output, local)
        SEEN.append(output["advantages"].tolist())
        WRAPPERS.add(type(self.model_wrapped).__name__)


if __name__ == "__main__":
    path = Path(sys.argv[1])
    engine.RVPOTrainer = Watched  # type: ignore[misc]
    result = train(TrainConfig.model_validate(json.loads(path.read_text())))
    told = {"world": WORLD, "wrappers": sorted(WRAPPERS), "advantages": SEEN, "from": result.continued_from}
    path.with_suffix(f".{RANK}.json").write_text(json.dumps(told))
    leave_together()
