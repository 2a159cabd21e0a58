"""verl's reward manager ``rvpo``: asks the judges about each sample as soon as it is there. Needs verl when it is made.

A manager and not a reward function, because verl shows the prompt only to managers. A judge's failure is a hole in the
vector; a reply of which nothing could be judged has the score NaN, in verl's own figures too, and advantage 0. What no
retry can mend (a refused request, a torn store) is raised: verl then drops the prompt's group and logs the error.
"""

# pyright: reportMissingImports=false

import atexit
from functools import cache
from typing import Any

from rvpo.judges import JudgeService
from rvpo.trainer.verl_plugin.judging import judge_reply
from rvpo.trainer.verl_plugin.reply import KEY
from rvpo.trainer.verl_plugin.settings import read_settings
from rvpo.trainer.verl_plugin.task import read_task


class AsksTheJudges:
    """The manager but for verl's base class."""

    tokenizer: Any
    loop: Any

    def __init__(self, config: Any, tokenizer: Any, compute_score: Any, **rest: Any) -> None:
        from omegaconf import OmegaConf

        del rest  # the address of a reward model, which check_run refuses
        super().__init__(config, tokenizer, compute_score)  # type: ignore[call-arg]
        settings = read_settings(OmegaConf.to_container(config, resolve=True))
        opened = JudgeService.open_sync(settings.judge)
        self.service = opened.__enter__()
        atexit.register(opened.__exit__, None, None, None)

    async def run_single(self, data: Any) -> dict[str, Any]:
        """Judge one sample; of several outputs of one session, the last."""
        item = data[-1:][0]
        response_ids = item.batch["responses"]
        length = int(item.batch["attention_mask"][-response_ids.shape[-1] :].sum())
        response = await self.loop.run_in_executor(
            None, lambda: self.tokenizer.decode(response_ids[:length], skip_special_tokens=True)
        )
        task = read_task(item.non_tensor_batch.get("extra_info"))
        earned = await judge_reply(self.service, task, list(item.non_tensor_batch["raw_prompt"]), response)
        figures = {"score": earned.score, "coverage": earned.coverage, "holes": earned.reply.holes}
        return {"reward_score": earned.score, "reward_extra_info": {**figures, KEY: earned.reply.text()}}


@cache
def manager_class() -> type:
    """The manager that verl takes."""
    from verl.experimental.reward_loop.reward_manager.base import RewardManagerBase

    return type(
        "RVPORewardManager", (AsksTheJudges, RewardManagerBase), {"__doc__": __doc__, "__module__": __name__}
    )
