"""What a judge cannot be asked, said before anything is. Pure."""

from collections.abc import Iterable

from rvpo.judges.asking import MOST_LETTERS, is_plain
from rvpo.judges.config import JudgeConfig
from rvpo.judges.errors import JudgeConfigError
from rvpo.judges.prompts import Templates
from rvpo.judges.records import JudgeRequest
from rvpo.judges.vectors import RubricPlan
from rvpo.rubrics import Criterion
from rvpo.rubrics.schema import PythonRule


def refuse_unaskable(
    asked: Iterable[tuple[JudgeRequest, RubricPlan]], config: JudgeConfig, templates: Templates
) -> None:
    """Look at every rubric once.

    Raises:
        JudgeConfigError: A criterion cannot be put to this judge; the message names it and says what to do.
    """
    seen: set[int] = set()
    for request, plan in asked:
        if (plan.all_plain and config.judge != "rules") or id(request.rubric) in seen:
            continue
        seen.add(id(request.rubric))
        for criterion in request.rubric.criteria:
            if reason := _reason(criterion, config, templates):
                raise JudgeConfigError(
                    f"request {request.id!r}: criterion {criterion.id!r} of rubric {request.rubric.id!r} {reason}"
                )


def _reason(criterion: Criterion, config: JudgeConfig, templates: Templates) -> str | None:
    if isinstance(criterion.rule, PythonRule) and not config.allow_python:
        return (
            f"calls the function {criterion.rule.function}, and this judge runs none: put allow_python: true into "
            "the judge file if you trust the rubric"
        )
    if criterion.kind == "llm" and config.judge == "rules":
        return "needs a model to judge it, and judge: rules has none"
    if criterion.kind != "llm" or is_plain(criterion):
        return None
    what = "evidence: quote" if criterion.evidence == "quote" else f"scale {criterion.scale}"
    if templates.letters and (advice := _beyond_letters(criterion)):
        return f"has {what}, and judge: {config.judge} writes nothing but one letter: {advice}"
    if templates.graded is None:
        return (
            f"has {what}, and the template {templates.plain.name!r} does not say which answers are allowed: "
            "put the slot {{answer_form}} into it"
        )
    return None


def _beyond_letters(criterion: Criterion) -> str | None:
    """What to do about a criterion that one letter cannot answer."""
    if criterion.evidence == "quote":
        return "leave evidence out, or take another judge"
    if criterion.options is None:
        return "give it options instead of a range, or take another judge"
    if len(criterion.options) > MOST_LETTERS:
        return f"give it at most {MOST_LETTERS} options, or take another judge"
    return None
