"""What lm-eval makes of an answer: its filters, then its metrics, question by question. Runs lm-eval's own code.

Kept are the metrics whose figure over a task is the mean over questions; others (a corpus's BLEU, a perplexity, Matthews'
correlation) say nothing of a single question, so they cannot be paired, and a task that has no other is refused.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any, NamedTuple

from rvpo.harness.errors import ExamError


class Measure(NamedTuple):
    """One metric under one filter."""

    metric: str
    filter: str

    @property
    def name(self) -> str:
        """``acc``, or ``exact_match[strict-match]`` where a task has filters."""
        return self.metric if self.filter == "none" else f"{self.metric}[{self.filter}]"


def measures_of(task: Any) -> tuple[Measure, ...]:
    """The measures of a task in its own order; the first is its score.

    Raises:
        ExamError: None of them is a mean over questions.
    """
    from lm_eval.api.metrics import mean

    means = [metric for metric, how in task.aggregation().items() if how is mean]
    if not means:
        others = ", ".join(task.aggregation())
        raise ExamError(
            f"lm-eval:{task.task_name}: none of its metrics ({others}) is a mean over questions: nothing to pair"
        )
    return tuple(Measure(metric, each.name) for each in task._filters for metric in means)  # noqa: SLF001


def graded(
    task: Any, doc: Any, requests: Sequence[Any], replies: Sequence[Sequence[Any]]
) -> dict[str, float]:
    """Grade the answer to one question.

    Args:
        task: lm-eval's task.
        doc: The question's document.
        requests: Its requests.
        replies: For each request what the model gave: texts, or (log-likelihood, is greedy); several where the
            task itself asks several times.

    Returns:
        The value of each measure that is a number for this question.
    """
    filled = [copy(request) for request in requests]
    for request, given in zip(filled, replies, strict=True):
        request.resps, request.filtered_resps = list(given), {}
    found: dict[str, float] = {}
    wanted = measures_of(task)
    for each in task._filters:  # noqa: SLF001
        each.apply(filled)
        values: Mapping[str, Any] = task.process_results(
            doc, [one.filtered_resps[each.name] for one in filled]
        )
        for measure in wanted:
            value = values.get(measure.metric)
            if measure.filter == each.name and isinstance(value, int | float):
                found[measure.name] = float(value)
    return found
