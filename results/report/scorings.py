"""The scores by each rule that is in use for an exam, as a table and a verdict. Pure."""

from collections.abc import Sequence

from rvpo.results.records import Comparison, Scoring
from rvpo.results.report import words
from rvpo.results.report.content import TablePanel

TITLE = "The same grades under other scoring rules"


def scoring_panel(c: Comparison) -> TablePanel | None:
    """Both scores by each rule; ``None`` where there is only one."""
    if not c.by_scoring:
        return None
    return TablePanel(
        title=TITLE,
        columns=("rule", c.a, c.b, "difference"),
        rows=tuple((each.name, *scoring_cells(each)) for each in c.by_scoring),
        note=winner_sentence([each.difference for each in c.by_scoring]),
    )


def scoring_cells(each: Scoring) -> tuple[str, str, str]:
    """A, B and the difference, in points of 100."""
    return words.points(each.a), words.points(each.b), words.signed(each.difference)


def winner_sentence(differences: Sequence[float]) -> str:
    """Whether the rule decides who wins."""
    if len({(difference > 0) - (difference < 0) for difference in differences}) == 1:
        return "The winner is the same under every rule."
    return "The winner depends on the rule: say which one a figure comes from."
