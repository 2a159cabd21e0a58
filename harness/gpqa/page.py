"""Exam health in lines, as ``rvpo eval`` prints it under the score, and as a table of a report. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from rvpo.harness.gpqa.extract import STANDARD
from rvpo.harness.gpqa.health import ExamHealth, run_health
from rvpo.results import Run, TablePanel
from rvpo.results.report.words import DASH


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


def health_panel(runs: Sequence[Run]) -> TablePanel | None:
    """The same of several runs side by side; ``None`` where none of them sat an exam of this kind."""
    found = [run_health(run) for run in runs]
    if not any(found):
        return None
    rows = [
        (name, *(DASH if health is None else tell(health) for health in found))
        for name, tell in _PANEL.items()
    ]
    warned = [
        f"{run.name}: {each}"
        for run, health in zip(runs, found, strict=True)
        if health
        for each in health.warnings
    ]
    return TablePanel(
        title="Exam health",
        columns=("", *(run.name for run in runs)),
        rows=tuple(rows),
        note=". ".join(warned) + "."
        if warned
        else "An oracle must score 1, a constant letter about .25; nothing is amiss.",
    )


def _letters(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{letter} {count:,}" for letter, count in counts.items())


_PANEL: Final[Mapping[str, Callable[[ExamHealth], str]]] = {
    "Score of an oracle": lambda h: DASH if h.oracle is None else f"{h.oracle:.3f}",
    "Best constant letter": lambda h: f"{max(h.constant_letter.values(), default=0):.3f}",
    "Right letters even, p": lambda h: f"{h.balance.p_value:.2g}",
    "Letters chosen": lambda h: _letters(h.chosen),
    "Replies without an option": lambda h: f"{h.unparsed:,} of {h.answered:,}",
    "Of these, cut at the limit": lambda h: f"{h.truncated_unparsed:,}",
    "Replies read in two ways": lambda h: f"{h.disagreements:,}",
    "Pairs of draws with one prompt and one reply": lambda h: (
        f"{h.same_reply_pairs:,} of {h.same_prompt_pairs:,}"
    ),
}
