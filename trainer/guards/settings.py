"""``guards:`` in a train config: what is watched while a run goes on, and what is done when it goes wrong.

What costs nothing is on by default; what costs judge calls, samples or a part of the reward is off.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from rvpo.judges import JudgeConfig
from rvpo.rubrics.schema import Record

Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Text = Annotated[str, Field(min_length=1)]
OnJudgeDown = Literal["wait", "skip", "stop"]


class Limit(Record):
    """A figure of the log and where it should stay."""

    figure: Text
    """Its name in ``log.jsonl``."""
    above: float | None = None
    """Alarm when its mean over ``window`` steps is above this..."""
    below: float | None = None
    """...or below this."""
    of_start: bool = False
    """The bounds are multiples of its mean over the first ``window`` steps."""
    window: Count = 5
    """Steps."""
    back: Share = 0.1
    """How far inside the bound, as a share of it, the mean must come back before the alarm is over."""

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.above is None and self.below is None:
            raise ValueError(f"limit of {self.figure!r}: give above, below or both")
        if self.above is not None and self.below is not None and self.above <= self.below:
            raise ValueError(
                f"limit of {self.figure!r}: above {self.above:g} must be more than below {self.below:g}"
            )
        return self


class Gold(Record):
    """A better judge that sees a share of the samples and teaches nothing."""

    judge: JudgeConfig | Text
    """The gold judge, inline or as the path of a judge file."""
    share: Annotated[float, Field(gt=0, le=1)] = 0.02
    """Of the samples of a step."""
    window: Annotated[int, Field(ge=4)] = 64
    """Samples in a window; the first such window is what later ones are compared with (our choice)."""
    rank_drop: Positive = 0.3
    """Alarm when the rank correlation with the training judge has fallen by this much (our choice)..."""
    gap_growth: Positive = 0.1
    """...or the training judge's mean score has grown by this much more than the gold judge's (our choice)."""


class Sentinels(Record):
    """Replies that stay the same, judged again and again past the store: what changes is the judge."""

    data: Text
    """JSONL of prompt rows that also carry a ``response``."""
    every_steps: Count = 25
    drift: Positive = 0.05
    """Alarm when the scores differ from the first ones by this much on average (our choice)."""


class HeldOut(Record):
    """Prompts that are never trained on, sampled and judged whenever a checkpoint is written."""

    data: Text
    """JSONL of prompt rows."""
    prompts: Count | None = None
    """The first so many; all by default."""
    samples: Count = 1
    """Of each prompt."""
    drop: Positive = 0.1
    """A collapse is a held-out score this much below the best one (our choice)..."""
    patience: Count = 2
    """...so many times in a row."""
    on_collapse: Literal["alarm", "stop", "roll_back"] = "alarm"
    """``stop`` ends the run with an error; ``roll_back`` ends it with the best checkpoint as its final model."""


DEFAULT_LIMITS = (
    Limit(figure="kl", above=1.0),
    Limit(figure="entropy", below=0.02),
    Limit(figure="completions/mean_length", above=2.0, below=0.4, of_start=True),
)
"""Our choices: a policy far from where it began, one that says always the same, replies that swell or shrink."""


class Guards(Record):
    """What a run is guarded against."""

    limits: tuple[Limit, ...] = DEFAULT_LIMITS
    """Figures that raise an alarm outside their bounds; they stop nothing."""
    refuse_nonfinite: bool = True
    """Whether an update with a NaN or an infinity in its gradient is left out."""
    nonfinite_in_a_row: Count = 3
    """So many updates left out in a row end the run."""
    on_judge_down: OnJudgeDown = "wait"
    """What to do while the judge cannot be reached: ask again until it answers, leave the update out, or end the run."""
    judge_down_share: Annotated[float, Field(gt=0, le=1)] = 0.5
    """The judge is down if this share of what it was asked came back without an answer (time-out, no connection, 429)."""
    max_missing: Share = 0.1
    """An update is left out, with an alarm, if more than this share of its batch's points was not judged."""
    judge_retry_s: Positive = 10.0
    """First pause before asking again; it doubles up to a minute."""
    judge_wait_at_most_s: Positive = 3600.0
    """Waiting longer than this ends the run."""
    rubric_dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of the criteria that a prompt's samples are not judged by, drawn anew each step (gates always are)."""
    gold: Gold | None = None
    sentinels: Sentinels | None = None
    held_out: HeldOut | None = None
