"""Rule ``match``: a reply against expected texts, as SQuAD does it. Pure, total, linear.

The official evaluation script of SQuAD 2.0 (Rajpurkar et al., 2018): texts are compared in lower case, without ASCII
punctuation, articles and repeated space; token F1 is over multisets of words, and where either side has no words it is
1 if both have none, else 0; of several expected texts the best counts, and a question without answers expects an
empty one. Departs from it in nothing.
"""

import re
import string
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from rvpo.rubrics.rules.outcome import RuleOutcome
from rvpo.rubrics.rules.row_fields import expected_texts
from rvpo.rubrics.schema import MatchRule
from rvpo.rubrics.wording import printable, shown

_ARTICLES = frozenset({"a", "an", "the"})
_ARTICLE = re.compile(r"\b(?:a|an|the)\b")
_PUNCTUATION = string.punctuation.encode()
_ASCII_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]+")
_CONTROLS = bytes({*range(32), 127} - set(b"\t\n\v\f\r"))
_SHOWN = 200

Form = TypeVar("Form", str, list[str], Counter[str])


def check_match(rule: MatchRule, text: str, fields: Mapping[str, Any]) -> RuleOutcome:
    """Compare a reply with the expected texts.

    Raises:
        MissingField: The row lacks the field.
        RubricError: The field holds neither a text nor a list of texts.
    """
    expected = expected_texts(rule, fields)
    wanted = shown(expected[0]) if expected else "nothing"
    if len(expected) > 1:
        wanted += f" (or {len(expected) - 1} more)"
    if rule.measure == "f1":
        squad = rule.normalise == "squad"
        golds = _answerable(expected, squad_counts if squad else _counts)
        words = _without_punctuation(text).split() if squad else text.split()
        met = best_f1(words, golds, _ARTICLES if squad else frozenset())
        return RuleOutcome(met, printable(f"token F1 {met:.3g} with {wanted}"))
    if rule.normalise == "squad":
        golds = _answerable(expected, squad_words)
        same = squad_words(text, at_most=max(map(len, golds))) in golds
    else:
        same = text.strip() in _answerable(expected, str.strip)
    reply = shown(text[: len(text) - len(text.lstrip()) + _SHOWN].strip())
    return RuleOutcome(float(same), printable(f"{reply} {'is' if same else 'is not'} {wanted}"))


def squad_words(text: str, at_most: int | None = None) -> list[str]:
    """The words of SQuAD's normal form of an answer.

    Args:
        text: The answer.
        at_most: Whoever asks need not know which words there are beyond as many, only that there are.

    >>> squad_words("The  U.S.A., an ally")
    ['usa', 'ally']
    """
    bare = _without_punctuation(text)
    if at_most is not None:
        first = bare.split(None, 2 * at_most + 8)[: 2 * at_most + 8]
        words = [word for word in first if word not in _ARTICLES]
        if len(words) > at_most:
            return words
    return [word for word in bare.split() if word not in _ARTICLES]


def squad_counts(text: str) -> Counter[str]:
    """How often each word of SQuAD's normal form occurs."""
    counts = Counter(_without_punctuation(text).split())
    for article in _ARTICLES:
        counts.pop(article, None)
    return counts


def best_f1(
    reply: Sequence[str], golds: Sequence[Counter[str]], passed_over: frozenset[str] = frozenset()
) -> float:
    """Harmonic mean of precision and recall over words, each as often as it occurs; the best over the expected.

    Only words that matter are counted: a reply has hundreds, an expected text a few.

    Args:
        reply: The reply's words.
        golds: Words of each expected text.
        passed_over: Words of the reply that are none.
    """
    telling = passed_over.union(*golds)
    found = [word for word in reply if word in telling]
    counts = Counter(found) if found else {}
    total = len(reply) - sum(counts.get(word, 0) for word in passed_over) if found else len(reply)
    return max([_f1(counts, total, gold) for gold in golds])


def _f1(reply: Mapping[str, int], total: int, gold: Counter[str]) -> float:
    if not total or not gold:
        return float(total == len(gold))
    same = sum([min(count, reply[word]) for word, count in gold.items() if word in reply])
    return 2.0 * same / (total + gold.total())


def _counts(text: str) -> Counter[str]:
    return Counter(text.split())


def _without_punctuation(text: str) -> str:
    """Lower case, without punctuation; and without articles, where white space is not all that may part them."""
    text = text.lower()
    if text.isascii():
        content = text.encode()
        if len(content.translate(None, _CONTROLS)) == len(content):
            return content.translate(None, _PUNCTUATION).decode()
    return _ARTICLE.sub(" ", _ASCII_PUNCTUATION.sub("", text))


@lru_cache(maxsize=4096)
def _answerable(expected: tuple[str, ...], form: Callable[[str], Form]) -> list[Form]:
    """SQuAD drops expected texts of which nothing is left; when all are such, nothing is what it expects.

    Kept for all the replies to a prompt; not to be changed.
    """
    return [left for left in map(form, expected) if left] or [form("")]
