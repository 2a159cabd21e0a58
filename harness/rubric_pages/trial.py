"""A judged answer as a page: what was asked and replied, the score, every verdict with its reason. Pure."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from rvpo.harness.rubric_pages.words import MINUS, count, said, signed
from rvpo.harness.trying import Agreement, Mark, Tried
from rvpo.rubrics.schema import Criterion
from rvpo.rubrics.wording import clipped

ASKED_CHARS = 220
REPLIED_CHARS = 420
REASON_CHARS = 300


def trial_pages(results: Sequence[Tried]) -> RenderableType:
    """All answers, those with disagreements first."""
    ordered = sorted(enumerate(results, start=1), key=lambda entry: -entry[1].disagreements)
    return Group(*(block for place, result in ordered for block in _page(place, result)))


def summary_line(agreement: Agreement, answers: int) -> Text:
    """What came of it, in one line."""
    line = Text(count(answers, "answer"))
    if agreement.share is None:
        return line.append(", nothing to compare with" if not agreement.expected else ", nothing was judged")
    line.append(": agreement ").append(f"{agreement.share:.2f}", "bold")
    line.append(f", {agreement.agreed} of {agreement.judged} verdicts as expected")
    if missing := agreement.expected - agreement.judged:
        line.append(f", {missing} not judged", "yellow")
    return line


def verdict_words(mark: Mark) -> Text:
    """What was judged, in the words of the scale."""
    verdict, criterion = mark.verdict, mark.criterion
    if verdict.status == "not_applicable":
        return Text("n/a")
    if verdict.score is None:
        return Text(verdict.status.replace("_", " "), "yellow")
    style = "green" if criterion.goodness(verdict.score) >= 0.5 else "red"
    if verdict.answer is not None:
        return said(_said(verdict.answer, criterion), style)
    words = "met" if verdict.score >= 0.5 else "not met"
    return Text(words if verdict.score in {0.0, 1.0} else f"{words} ({verdict.score:.2f})", style)


def _page(place: int, result: Tried) -> Iterator[RenderableType]:
    answer, vector = result.trial.answer, result.vector
    yield Text()
    yield Rule(said(f"{place}  {answer.row.id}", "bold"), align="left", style="dim", characters="─")
    texts = Table.grid(padding=(0, 2, 0, 0))
    texts.add_column(style="dim", no_wrap=True)
    texts.add_column()
    if asked := answer.row.messages[-1]["content"]:
        texts.add_row("asked", _short(asked, ASKED_CHARS))
    texts.add_row("reply", _short(answer.response, REPLIED_CHARS))
    yield texts
    score = "none" if vector.scalar is None else f"{vector.scalar:.2f}".replace("-", MINUS)
    facts = [f"score {score}", f"judged {vector.coverage:.0%}"]
    compared = [mark.agrees for mark in result.marks if mark.agrees is not None]
    if compared:
        facts.append(f"{sum(compared)} of {len(compared)} as expected")
    yield Text(" · ".join(facts), "bold")
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True, min_width=4)
    table.add_column()
    for mark in sorted(result.marks, key=lambda mark: mark.agrees is not False):
        table.add_row(_sign(mark), Text(_points(mark.earned)), _cell(mark))
    yield table


def _sign(mark: Mark) -> Text:
    if mark.agrees is None:
        return Text(" ")
    return Text("✓", "green") if mark.agrees else Text("✗", "red")


def _cell(mark: Mark) -> Text:
    cell = Text.assemble((mark.criterion.id, "bold"), "  ", verdict_words(mark))
    if mark.agrees is False and mark.expected is not None:
        cell.append(", expected ").append(_expected(mark), "bold")
    cell.append("\n").append_text(_short(mark.criterion.criterion, REASON_CHARS))
    if mark.verdict.explanation:
        cell.append("\n").append_text(_short(mark.verdict.explanation, REASON_CHARS, "dim"))
    if mark.verdict.evidence:
        cell.append("\n").append_text(_short(f"quotes: “{mark.verdict.evidence}”", REASON_CHARS, "dim"))
    return cell


def _points(earned: float | None) -> str:
    if earned is None:
        return ""
    return signed(earned) if earned == round(earned) else f"{earned:+.2f}".replace("-", MINUS)


def _expected(mark: Mark) -> str:
    if isinstance(mark.expected, bool):
        return "met" if mark.expected else "not met"
    return _said(mark.expected if mark.expected is not None else "", mark.criterion)


def _said(answer: float | str, criterion: Criterion) -> str:
    if isinstance(answer, str):
        return answer
    return f"{answer:g} of {criterion.range.max:g}" if criterion.range else f"{answer:g}"


def _short(text: str, limit: int, style: str = "") -> Text:
    return said(clipped(" ".join(text.split()), limit), style)
