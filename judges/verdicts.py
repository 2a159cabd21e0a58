"""The verdict in a judge's text: exactly one JSON object of the form asked for, then what it says on the scale.

Strict on purpose: no repair of broken JSON, no "true" for true, no first match, no fallback to an earlier object
when the last one is wrong, no label that is nearly one, no number moved into its range. A reply that is not clearly a
verdict is a failure of the judge, never a score. Accepted around the verdict: a ``<think>`` block, a code fence, words
before and after. Raw line breaks inside strings are accepted; they leave no doubt about the verdict.

Pure and total.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from rvpo.judges.closing import contradicts
from rvpo.judges.quotes import is_quoted_from
from rvpo.judges.reading import Reading
from rvpo.rubrics import Criterion
from rvpo.rubrics.wording import clipped

_MOST_OBJECTS: Final = 400
"""Opening braces looked at before a reply is given up as noise."""


class MetVerdict(msgspec.Struct, forbid_unknown_fields=True):
    """Met or not."""

    explanation: str
    met: bool


class QuotedMetVerdict(msgspec.Struct, forbid_unknown_fields=True):
    """Met or not, with the words that show it."""

    explanation: str
    evidence: str
    met: bool


class LabelVerdict(msgspec.Struct, forbid_unknown_fields=True):
    """A label."""

    explanation: str
    answer: str


class QuotedLabelVerdict(msgspec.Struct, forbid_unknown_fields=True):
    """A label, with the words that show it."""

    explanation: str
    evidence: str
    answer: str


class NumberVerdict(msgspec.Struct, forbid_unknown_fields=True):
    """A number."""

    explanation: str
    answer: float


class QuotedNumberVerdict(msgspec.Struct, forbid_unknown_fields=True):
    """A number, with the words that show it."""

    explanation: str
    evidence: str
    answer: float


Form = MetVerdict | QuotedMetVerdict | LabelVerdict | QuotedLabelVerdict | NumberVerdict | QuotedNumberVerdict

_FORMS: Final[Mapping[tuple[str, bool], type[Form]]] = {
    ("binary", False): MetVerdict,
    ("binary", True): QuotedMetVerdict,
    ("ordinal", False): LabelVerdict,
    ("ordinal", True): QuotedLabelVerdict,
    ("nominal", False): LabelVerdict,
    ("nominal", True): QuotedLabelVerdict,
    ("numeric", False): NumberVerdict,
    ("numeric", True): QuotedNumberVerdict,
}


def read_answer(text: str, criterion: Criterion, response: str) -> Reading:
    r"""Read a judge's text as its answer to one criterion.

    Args:
        text: What the judge wrote.
        criterion: What it was asked.
        response: What it judged; quotes are looked up in it.

    Returns:
        A reading with status ``ok``, ``not_applicable``, ``off_menu`` (a label or number that is not allowed),
        ``unsupported`` (the quote is not in the response), ``contradicted`` (by its own reason) or ``unparseable``.

    >>> criterion = Criterion(id="age", criterion="Asks for the age.")
    >>> reply = '<think>hm</think>```json\n{"explanation": "It does.", "met": true}\n```'
    >>> read_answer(reply, criterion, "How old?").score
    1.0
    """
    try:
        found = find_verdict(text, form_of(criterion))
    except ValueError as wrong:
        return Reading(status="unparseable", explanation=f"{wrong}: {excerpt(text)}")
    return on_the_scale(found, criterion, response)


def form_of(criterion: Criterion) -> type[Form]:
    """The form that the verdict of a criterion must have."""
    return _FORMS[criterion.scale, criterion.evidence == "quote"]


def on_the_scale(found: Form, criterion: Criterion, response: str) -> Reading:
    """What a verdict of the right form says: a score if its answer is allowed and its quote is in the response."""
    said = found.met if isinstance(found, MetVerdict | QuotedMetVerdict) else found.answer
    quote = getattr(found, "evidence", None)
    answer = None if isinstance(said, bool) else said
    if criterion.is_na(said):
        return Reading(status="not_applicable", answer=answer, explanation=found.explanation)
    score = criterion.met_of(said)
    if score is None:
        wrong_answer = f"the answer {excerpt(str(said))} is none of those allowed: {found.explanation}"
        return Reading(status="off_menu", answer=answer, explanation=wrong_answer)
    if isinstance(said, bool) and contradicts(found.explanation, met=said):
        doubtful = f"the verdict is {'met' if said else 'not met'}, and its reason says the opposite: {found.explanation}"
        return Reading(status="contradicted", explanation=doubtful)
    if quote is None or score <= 0:
        return Reading(status="ok", score=score, answer=answer, explanation=found.explanation)
    if not is_quoted_from(quote, response):
        unfound = f"the quote {excerpt(quote)} is not in the response: {found.explanation}"
        return Reading(status="unsupported", answer=answer, explanation=unfound)
    return Reading(status="ok", score=score, answer=answer, explanation=found.explanation, evidence=quote)


def find_verdict(text: str, form: type[Form]) -> Form:
    """Find the verdict in a judge's text.

    Raises:
        ValueError: There is no verdict of this form, or it is not beyond doubt; the message says why.
    """
    text = spoken(text)
    keys = form.__struct_fields__
    if keys[-1] == "met" and '"met"' not in text:  # HealthBench's official template asks for this key
        text = text.replace('"criteria_met"', '"met"')
    # One spelling of each key and no escaped one: then no key is doubled, which the quick decoder would not see.
    if "\\u" not in text and all(text.count(f'"{key}"') == 1 for key in keys):
        try:
            return msgspec.json.decode(text, type=form)
        except (msgspec.DecodeError, UnicodeEncodeError):
            pass
    found = last_object(text, keys[-1])
    try:
        return msgspec.convert(found, form)
    except (msgspec.ValidationError, OverflowError) as wrong:
        raise ValueError(f"the verdict has not the form {{{', '.join(keys)}}}: {wrong}") from wrong


def spoken(text: str) -> str:
    """What a judge's text says after its thinking.

    Raises:
        ValueError: The thinking does not end, or nothing comes after it.
    """
    _before, thought, after = text.rpartition("</think>")
    if not thought and "<think>" in text.partition("{")[0]:
        raise ValueError("the thinking does not end")
    text = after.strip()
    if not text:
        raise ValueError("empty reply")
    return text


def last_object(text: str, key: str) -> dict[str, Any]:
    """The last JSON object with a key.

    Raises:
        ValueError: There is none, or it is not beyond doubt; the message says why.
    """
    found: dict[str, Any] | None = None
    end = at = 0
    for _ in range(_MOST_OBJECTS):
        at = text.find("{", at)
        if at < 0:
            break
        try:
            candidate, at = _decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            at += 1
        else:
            if candidate is _REPEATED or key in candidate:
                found, end = candidate, at
    else:
        raise ValueError("more braces than a verdict has")
    if f'"{key}"' in text[end:] or found is None:
        raise ValueError("no complete JSON object with a verdict")
    if found is _REPEATED:
        raise ValueError("a key occurs twice in the verdict")
    return found


_REPEATED: Final[dict[str, Any]] = {}


def _pairs(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    inner = any(value is _REPEATED for value in made.values())
    return _REPEATED if inner or len(made) != len(pairs) else made


_decoder: Final = json.JSONDecoder(object_pairs_hook=_pairs, strict=False)


def excerpt(text: str) -> str:
    """The beginning of a text, quoted."""
    return repr(clipped(" ".join(text[:1000].split()), 120))
