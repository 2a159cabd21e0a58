"""Exam health in lines, as ``rvpo eval`` prints it under the score. Pure."""

from collections.abc import Iterator

from rvpo.harness.gpqa.extract import STANDARD
from rvpo.harness.gpqa.health import ExamHealth


def health_lines(health: ExamHealth) -> Iterator[str]:
    """The figures of a run's health; its warnings are among the run's notes."""
    oracle = "none" if health.oracle is None else f"{health.oracle:.3f}"
    constants = ", ".join(f"{letter} {share:.3f}" for letter, share in health.constant_letter.items())
    yield f"oracle    {oracle:>6}  and a constant letter {constants}, on these very prompts"
    yield f"letters   right ones even: p = {health.balance.p_value:.2g} ({health.balance.method})"
    chosen = ", ".join(f"{letter} {count}" for letter, count in health.chosen.items())
    yield f"          the model chose {chosen}"
    others = ", ".join(f"{name} {share:.3f}" for name, share in health.readings.items() if name != STANDARD)
    if health.letter_mass is None:
        yield f"replies   {health.unparsed} without an option, {health.empty} empty, {health.truncated} cut"
        yield f"          {health.disagreements} read differently; right by reading: {others}"
        yield (
            f"          {health.duplicates} repeat another draw of their item; of {health.same_prompt_pairs} pairs of "
            f"draws with one prompt {health.same_reply_pairs} have one reply"
        )
    else:
        yield f"          which hold {health.letter_mass:.1%} of the next token's probability"
