"""How a rubric is judged and added up, in words; what is at its default is not said. Pure."""

from collections.abc import Iterator

from rvpo.rubrics.schema import Aggregate, JudgeHints, OnInvalid, Rubric

_VIEW = {
    "criteria": "one entry a criterion",
    "components": "one entry a component",
    "axes": "one entry an axis",
}
_WEIGHTS = {"equal": "all weighing the same", "points": "weighing their points"}
_NORMALISE = {
    "healthbench": "points earned over the positive points",
    "rar": "weights of the categories essential, important, optional and pitfall",
    "plain": "mean of the rewards",
}
_GATES = {
    "score": "one that fails takes the score",
    "vector": "one that fails takes the score and every entry of the vector",
}
_SCATTERED = {"group_mean": "the mean of the group's other replies stands in", "mask": "the hole is left out"}
_OTHERWISE = {"drop_sample": "the reply leaves the group", "mask": "its holes are left out"}
_MODES = {
    "per-criterion": "one criterion a call",
    "k-criteria": "some criteria a call",
    "whole-rubric": "all criteria in one call",
}
_SHOWN = {
    "conversation": "the judge sees the whole conversation",
    "last_turn": "the judge sees the last turn and the reply",
    "reply": "the judge sees the reply alone",
}


def settings_lines(rubric: Rubric) -> Iterator[str]:
    """One line for each of aggregate, on_invalid and judge that says something of its own."""
    aggregate, invalid, judge = rubric.aggregate, rubric.on_invalid, rubric.judge
    usual = Aggregate()
    if (aggregate.view, aggregate.weights) != (usual.view, usual.weights):
        yield f"reward vector: {_VIEW[aggregate.view]}, {_WEIGHTS[aggregate.weights]}"
    if aggregate.normalise != usual.normalise:
        yield f"score: {_NORMALISE[aggregate.normalise]}"
    if aggregate.gates != usual.gates:
        yield f"gates: {_GATES[aggregate.gates]}"
    if invalid != OnInvalid():
        yield (
            f"missing verdicts in training: up to {invalid.max_missing:.0%} of the points "
            f"{_SCATTERED[invalid.scattered]}, beyond that {_OTHERWISE[invalid.otherwise]}"
        )
    if judge != JudgeHints():
        said = [_MODES[judge.mode]] if judge.mode else []
        yield f"judging: {'; '.join([*said, _SHOWN[judge.view]])}"
