"""Judging frozen replies again, past every store of ours. The decision what their scores mean is ``drift.py``'s."""

from collections.abc import Sequence
from pathlib import Path

from rvpo.judges import JudgeConfig, JudgeRequest, JudgeService, load_judge_config
from rvpo.trainer.data import read_prompts
from rvpo.trainer.errors import TrainConfigError
from rvpo.trainer.guards.settings import Sentinels

RESPONSE = "response"


class SentinelJudge:
    """Scores the same replies whenever it is asked.

    Args:
        settings: Where the replies are.
        judge: The judge of the run.
        rubric: The run's rubric, for rows that carry none.

    Raises:
        TrainConfigError: A row has no ``response``, or the judge is a service, whose store cannot be passed by.
        SourceError: The file cannot be read.
    """

    def __init__(self, settings: Sentinels, judge: JudgeConfig | str, rubric: str | None) -> None:
        config = judge if isinstance(judge, JudgeConfig) else load_judge_config(Path(judge))
        if config.judge == "service":
            raise TrainConfigError(
                "guards.sentinels: judge service answers from its own store, so nothing would be judged again; "
                "name the judge itself"
            )
        self._judge = config.model_copy(update={"store": ":memory:"})
        prompts = read_prompts(settings.data, rubric)
        self._requests = []
        for row, each in zip(prompts.rows, prompts.rubrics, strict=True):
            response = row.fields.get(RESPONSE)
            if not isinstance(response, str):
                raise TrainConfigError(
                    f"guards.sentinels: {settings.data}: row {row.id!r} has no text {RESPONSE!r}"
                )
            self._requests.append(
                JudgeRequest(
                    rubric=each, prompt=row.messages, response=response, id=row.id, fields=row.fields
                )
            )

    def scores(self) -> Sequence[float | None]:
        """The rubric's score of every reply; ``None`` where the judge failed."""
        with JudgeService.open_sync(self._judge) as service:
            return [vector.scalar for vector in service.judge_sync(self._requests)]
