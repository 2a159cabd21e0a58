"""RVPO on TRL's experimental ``AsyncGRPOTrainer``: the one method of its rollout loop that scores a group.

TRL scores a group as soon as its last reply is there, while others are generated, and trains on whatever is ready. So
there is no batch to whiten over when an advantage is made: of the whitenings, ``group`` and ``none`` are left. TRL's own
method still builds the rows; only their advantages, and figures of their own, are ours. Imports TRL when a class is made.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

from rvpo.trainer.errors import TrainConfigError
from rvpo.trainer.learning import Learning
from rvpo.trainer.rewards import Submits
from rvpo.trainer.verl_plugin.judging import Earned, judge_reply
from rvpo.trainer.verl_plugin.step import Sample, step_of
from rvpo.trainer.verl_plugin.task import read_task

WHITENINGS: Final = ("group", "none")


class ScoresByVectors:
    """The rollout loop but for TRL's base class.

    The dataset needs the columns ``prompt`` and ``extra_info`` (``verl_plugin/export.py`` writes them).

    Args:
        service: Opens the judges, in the process that samples; must be picklable.
        learning: The method.
        steps: Weight updates of the run, over which a schedule of k goes.
        rest: What TRL's loop takes, except ``reward_funcs``.

    Raises:
        TrainConfigError: The whitening needs a batch.
    """

    def __init__(
        self, *, service: Callable[[], Submits], learning: Learning, steps: int, **rest: Any
    ) -> None:
        check_whitening(learning)
        super().__init__(**{**rest, "reward_funcs": [rubric_score]})
        self.prepare(service(), learning, steps)

    def prepare(self, service: Submits, learning: Learning, steps: int) -> None:
        """What scoring needs of us."""
        self._service, self._learning, self._steps = service, learning, steps

    async def _score_group(self, group: Any) -> list[Any]:
        task = read_task(group.reward_kwargs["extra_info"][0])
        earned: list[Earned] = await asyncio.gather(
            *[
                judge_reply(self._service, task, prompt, text_of(completion))
                for prompt, completion in zip(group.prompts, group.completions, strict=True)
            ]
        )
        progress = min(group.model_version / max(self._steps - 1, 1), 1.0)
        samples = [
            Sample(task.id, each.reply, len(ids))
            for each, ids in zip(earned, group.completions_ids, strict=True)
        ]
        step = step_of(samples, self._learning, progress)
        group.reward_kwargs["rvpo_score"] = [each.score for each in earned]
        rows: list[Any] = await super()._score_group(group)  # type: ignore[misc]
        owners = [place for place, rows_of in enumerate(group.completions_sequences) for _ in rows_of]
        for row, owner in zip(rows, owners, strict=True):
            row.advantage = float(step.advantages_N[owner])
            row.metrics.update(step.figures)
        return rows


def rubric_score(*, rvpo_score: Sequence[float], **_: Any) -> list[float | None]:
    """TRL's reward of each reply, for its log: the rubric's score, ``None`` where nothing was judged."""
    return [None if score != score else score for score in rvpo_score]  # noqa: PLR0124 - NaN


def text_of(completion: Any) -> str:
    """What the judges read of a reply: the text of its assistant turns."""
    if isinstance(completion, str):
        return completion
    return "\n".join(turn["content"] or "" for turn in completion if turn["role"] == "assistant")


def check_whitening(learning: Learning) -> None:
    """Refuse a whitening that no single group has the numbers for.

    Raises:
        TrainConfigError: It is neither ``group`` nor ``none``, and the method whitens.
    """
    whiten = learning.conventions.whiten
    if whiten not in WHITENINGS and learning.method not in {"grpo", "dr_grpo"}:
        raise TrainConfigError(
            f"whiten is {whiten!r}; asynchronous training makes advantages group by group: {' | '.join(WHITENINGS)}"
        )


def __getattr__(name: str) -> Any:
    """``RVPORolloutLoop``, and ``RVPORolloutWorker``, which ``AsyncGRPOTrainer(rollout_worker=...)`` takes."""
    return _made(name)


@cache
def _made(name: str) -> type:
    if name not in {"RVPORolloutLoop", "RVPORolloutWorker"}:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    from trl.experimental.async_grpo import async_rollout_worker as theirs

    said: dict[str, Any] = {"__doc__": __doc__, "__module__": __name__}
    if name == "RVPORolloutLoop":
        return type(name, (ScoresByVectors, theirs._AsyncRolloutLoop), said)  # noqa: SLF001 - TRL's only seam
    # The sampling process finds the loop by its name here.
    return type(name, (theirs.AsyncRolloutWorker,), said | {"_loop_cls": _made("RVPORolloutLoop")})
