"""One criterion as a few lines: id and marks, its sentence, and beneath it what is not the usual. Pure."""

from collections.abc import Iterator

from rich.text import Text

from rvpo.harness.rubric_pages.rules import rule_in_words
from rvpo.harness.rubric_pages.words import count, said
from rvpo.rubrics.schema import Criterion, Rubric
from rvpo.rubrics.wording import clipped, printable

GATES = {
    "required": "gate: unless met, the score is at most 0",
    "veto": "gate: if met, the score is at most 0",
}


def criterion_text(rubric: Rubric, criterion: Criterion, *, grouped_by: str = "") -> Text:
    """The criterion's cell of the page.

    Args:
        rubric: Where it belongs.
        criterion: The criterion.
        grouped_by: The tag that the heading above says already.
    """
    text = Text(criterion.id, "bold")
    if criterion.polarity == "met_is_bad":
        text.append("  fault", "not bold red")
    if criterion.gate is not None:
        text.append(f"  {criterion.gate}", "not bold magenta")
    text.append("\n").append(said(criterion.criterion, "not bold", rubric.fields))
    for line in _lines(rubric, criterion, grouped_by):
        text.append("\n").append(line)
    return text


def _lines(rubric: Rubric, criterion: Criterion, grouped_by: str) -> Iterator[Text]:
    quiet = "not bold dim"
    if criterion.gate is not None:
        yield Text(GATES[criterion.gate], "not bold magenta")
    if criterion.rule is not None:
        yield Text(f"rule {criterion.kind}: {rule_in_words(criterion.rule)}", "not bold cyan")
    if criterion.scale != "binary":
        yield Text(f"{criterion.scale}: {_scale(criterion)}", quiet)
    if criterion.evidence == "quote":
        yield Text("evidence: the judge must quote the reply", quiet)
    if criterion.guidelines:
        yield Text("guidelines: ", quiet).append(said(criterion.guidelines, "", rubric.fields))
    if criterion.examples:
        yield Text(f"{count(len(criterion.examples), 'example')}: {_examples(criterion)}", quiet)
    if tags := [tag for tag in criterion.tags if tag != grouped_by]:
        yield Text(f"tags: {printable(', '.join(tags))}", quiet)


def _scale(criterion: Criterion) -> str:
    if criterion.range is not None:
        return f"{criterion.range.min:g} (not met) to {criterion.range.max:g} (fully met)"
    told = (
        f"{each.label} {'left out' if each.value is None else f'{each.value:g}'}"
        for each in criterion.options or ()
    )
    return printable(" · ".join(told))


def _examples(criterion: Criterion) -> str:
    verdicts = {True: "met", False: "not met"}
    told = (
        f"“{clipped(printable(each.response), 32)}” {verdicts[each.verdict] if isinstance(each.verdict, bool) else each.verdict}"
        for each in criterion.examples
    )
    return printable("; ".join(told))
