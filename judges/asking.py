"""How a criterion is put to a judge: its text with guidelines and examples, and the answers that are allowed. Pure.

The judge is told everything that decides whether an answer counts: labels, ends of a range, which answers need a
quote. It is told neither points (but by ``pointed_criterion_text``, which a template must ask for) nor polarity nor what
a label is worth. A plain criterion (met or not, no guidelines, examples or evidence of its own) is its text and nothing
else.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from string import ascii_uppercase
from typing import Final

from rvpo.judges.material import fenced, sendable
from rvpo.rubrics import Criterion
from rvpo.rubrics.schema import Option

MOST_LETTERS: Final = len(ascii_uppercase)


def is_plain(criterion: Criterion) -> bool:
    """Whether the answer is "met" or "not met" and needs no quote."""
    return criterion.scale == "binary" and criterion.evidence == "none"


def all_plain(criteria: Iterable[Criterion]) -> bool:
    """Whether all are plain and for a judge."""
    return all(map(_PLAIN.__eq__, map(_form, criteria)))


_form: Final = attrgetter("kind", "scale", "evidence")
_PLAIN: Final = ("llm", "binary", "none")


def criterion_text(criterion: Criterion) -> str:
    """The criterion's sentence, then its own guidelines and examples."""
    if not (criterion.guidelines or criterion.examples):
        return sendable(criterion.criterion)
    parts = [criterion.criterion]
    if note := criterion.guidelines.strip():
        parts.append(f"How to apply it:\n{note}")
    if criterion.examples:
        parts.append("Other responses, with the right verdict (examples, not to be judged):")
    for example in criterion.examples:
        reason = f" Reason: {example.reason.strip()}" if example.reason.strip() else ""
        verdict = f"Right verdict: {_said(example.verdict)}.{reason}"
        parts.append(f"{fenced('example', example.response)}\n{verdict}")
    return sendable("\n\n".join(parts))


def pointed_criterion_text(criterion: Criterion) -> str:
    """The criterion behind its points, ``[7] Asks for the age.``: HealthBench's official way to show it."""
    return f"[{criterion.points:g}] {criterion_text(criterion)}"


def answer_form(criterion: Criterion) -> str:
    """The closing question, the allowed answers, and the JSON object to answer with."""
    question, form = _asked(criterion)
    return sendable(f"{question}\n\nAnswer with one JSON object and nothing else, in this order:\n{form}")


def names_on_sheet(count: int) -> tuple[str, ...]:
    """The ids that criteria have in a call that asks several: by their place there, never the author's own."""
    return tuple(f"c{place}" for place in range(1, count + 1))


def sheet_text(criteria: Sequence[Criterion]) -> str:
    """Several criteria, each with its id, its text, its question and the JSON object of its verdict."""
    return "\n\n".join(
        _on_sheet(name, criterion)
        for name, criterion in zip(names_on_sheet(len(criteria)), criteria, strict=True)
    )


def _on_sheet(name: str, criterion: Criterion) -> str:
    question, form = _asked(criterion, f'"id": "{name}", ')
    text = f"{criterion_text(criterion)}\n\n{sendable(question)}\n\nIts verdict, with the keys in this order:\n{form}"
    return f"<<criterion {name}>>\n{text}\n<<end of criterion {name}>>"


def _asked(criterion: Criterion, first: str = "") -> tuple[str, str]:
    """The question with the allowed answers, and the JSON object to answer with; ``first`` are its first keys."""
    question, key, value = _QUESTIONS[criterion.scale](criterion)
    quote = ""
    if criterion.evidence == "quote":
        question += f"\n\n{_evidence(criterion)}"
        quote = ' "evidence": "<words copied from the response>",'
    return question, f'{{{first}"explanation": "<your reason>",{quote} "{key}": {value}}}'


def letter_form(criterion: Criterion) -> str:
    """The closing question for a judge whose next token is the answer: yes or no, or the letter of an option."""
    if criterion.options is None:
        return "Is the statement true? Answer Yes or No."
    options = "\n".join(
        f"{letter}. {option.label}"
        for letter, option in zip(ascii_uppercase, criterion.options, strict=False)
    )
    return sendable(f"Which answer fits the response best?\n{options}\nAnswer with the letter only.")


def _met_or_not(_criterion: Criterion) -> tuple[str, str, str]:
    return "Does the response meet the criterion?", "met", "true or false"


def _a_number(criterion: Criterion) -> tuple[str, str, str]:
    assert criterion.range is not None
    low, high = criterion.range.min, criterion.range.max
    question = f"How far does the response meet the criterion? Allowed answers: a number from {low:g} (not at all) to {high:g} (fully)."
    return question, "answer", "<the number>"


def _a_step(criterion: Criterion) -> tuple[str, str, str]:
    question = "How far does the response meet the criterion? Allowed answers, in their order:"
    return f"{question}\n{_labels(criterion)}", "answer", '"<one of the allowed answers>"'


def _a_kind(criterion: Criterion) -> tuple[str, str, str]:
    question = "Which answer fits the response? Allowed answers:"
    return f"{question}\n{_labels(criterion)}", "answer", '"<one of the allowed answers>"'


_QUESTIONS: Final[Mapping[str, Callable[[Criterion], tuple[str, str, str]]]] = {
    "binary": _met_or_not,
    "numeric": _a_number,
    "ordinal": _a_step,
    "nominal": _a_kind,
}
"""By scale: the question, the key of the answer, and what stands in its place."""


def _labels(criterion: Criterion) -> str:
    return "\n".join(f"- {_labelled(option)}" for option in criterion.options or ())


def _labelled(option: Option) -> str:
    return f'"{option.label}"' + (
        " (only if the criterion does not apply to this response)" if option.na else ""
    )


def _evidence(criterion: Criterion) -> str:
    """Which answers need a quote; read back in ``verdicts.py``."""
    if criterion.scale == "binary":
        which, without = "If it does", "if it does not"
    elif criterion.range is not None:
        which, without = f"For a number above {criterion.range.min:g}", f"for {criterion.range.min:g}"
    else:
        labels = [f'"{each.label}"' for each in criterion.options or () if each.na or not each.value]
        which = f"For every answer but {', '.join(labels)}" if labels else "For every answer"
        without = f"for {' or '.join(labels)}" if labels else ""
    rest = f'; {without}, leave it empty ("")' if without else ""
    return (
        f"{which}, give as evidence the words of the response that show it, copied letter for letter, "
        f'"..." for what you leave out{rest}.'
    )


def _said(verdict: bool | float | str) -> str:
    match verdict:
        case bool():
            return "met" if verdict else "not met"
        case str():
            return f'"{verdict.strip()}"'
        case _:
            return f"{verdict:g}"
