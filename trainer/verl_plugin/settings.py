"""The section ``rvpo:`` of verl's config, and what the rest of that config must say for it to hold. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import field_validator

from rvpo.judges import JudgeConfig
from rvpo.rubrics.reading.complaints import validate
from rvpo.trainer.errors import TrainConfigError
from rvpo.trainer.learning import Learning
from rvpo.trainer.schedule import Adaptive, Course

JUDGES: Final = ("service", "rules")


class VerlSettings(Learning):
    """What verl has no field for."""

    judge: JudgeConfig
    """``service`` (the address of ``rvpo serve``), or ``rules`` where no criterion needs a model."""

    @field_validator("judge")
    @classmethod
    def _is_shared(cls, judge: JudgeConfig) -> JudgeConfig:
        if judge.judge not in JUDGES:
            raise ValueError(
                f"judge {judge.judge!r} would be opened once in each reward worker, each with limits of its own; "
                "serve it (rvpo serve) and write judge: service, or judge: rules"
            )
        return judge

    @field_validator("k")
    @classmethod
    def _is_a_course(cls, k: float | Course) -> float | Course:
        if isinstance(k, Adaptive):
            raise ValueError(  # noqa: TRY004 - bad input
                "an adaptive k is kept in the trainer's checkpoints, and verl's have no place for it; use a number, or "
                "schedule: linear, cosine or piecewise"
            )
        return k


def read_settings(config: Mapping[str, Any]) -> VerlSettings:
    """The section ``rvpo:`` of a verl config.

    Raises:
        TrainConfigError: There is none.
        SourceError: It does not say what it should; one line.
    """
    section = config.get("rvpo")
    if not isinstance(section, Mapping):
        raise TrainConfigError("verl config: there is no section rvpo; see docs/verl.md for what it says")
    return validate(VerlSettings, dict(section), "verl config: rvpo", {})


def check_run(config: Mapping[str, Any]) -> VerlSettings:
    """Read the settings and refuse what verl would run without a word and without effect.

    Raises:
        TrainConfigError: Another setting of verl contradicts the plug-in; one line that names it.
        SourceError: See ``read_settings``.
    """
    settings = read_settings(config)
    for place, wanted, why in _WANTED:
        found = _at(config, place)
        if found != wanted:
            raise TrainConfigError(f"verl config: {place} is {found!r}, should be {wanted!r}: {why}")
    samples = _at(config, "actor_rollout_ref.rollout.n")
    if not isinstance(samples, int) or samples < 2:
        raise TrainConfigError(
            f"verl config: actor_rollout_ref.rollout.n is {samples!r}, should be at least 2: an advantage compares "
            "the samples of one prompt with each other"
        )
    return settings


_WANTED: Final = (
    ("algorithm.adv_estimator", "rvpo", "any other leaves the reward vectors unused"),
    ("reward.reward_manager.name", "rvpo", "it is what asks the judges"),
    ("reward.reward_model.enable", False, "verl would ask that model instead of the judges"),
    (
        "algorithm.use_kl_in_reward",
        False,
        "a penalty in the reward never reaches a reward vector; use actor_rollout_ref.actor.use_kl_loss",
    ),
    (
        "algorithm.filter_groups.enable",
        False,
        "the filter sees one number a reply and drops groups that differ in single criteria",
    ),
)


def _at(config: Mapping[str, Any], place: str) -> Any:
    found: Any = config
    for step in place.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return False if found is None and place.endswith(".enable") else found
