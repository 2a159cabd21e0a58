"""The same thing said twice in one rubric. Pure.

Criteria are compared as sets of word stems; n criteria cost n²/2 comparisons of small sets, a few milliseconds for a
hundred. A difference in a number or a negation is a difference, whatever else agrees.
"""

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from itertools import combinations

from rvpo.rubrics.lint.finding import Hit
from rvpo.rubrics.lint.texts import judged, sentences, words
from rvpo.rubrics.schema import Criterion, Rubric
from rvpo.rubrics.wording import clipped

ALIKE = 0.85
"""Share of all stems of two texts that both have; below it two criteria on one matter are apart."""
_LIGHT = frozenset({
    "a", "an", "and", "any", "as", "at", "be", "by", "does", "for", "from", "has", "have", "in", "is",
    "it", "its", "of", "on", "or", "reply", "response", "answer", "model", "assistant", "that", "the",
    "their", "this", "to", "user", "was", "which", "who", "with", "should", "must", "also",
})  # fmt: skip
_NEGATIONS = frozenset({
    "no", "not", "never", "without", "avoid", "fail", "omit", "lack", "doesn't", "refrain",
})  # fmt: skip
_ENDING = re.compile(r"(?:ing|ies|ied|es|ed|ly|s|e)$")


def near_duplicates(rubric: Rubric) -> Iterable[Hit]:
    """Two criteria that ask for the same."""
    stems = [(criterion, _stems(criterion.criterion)) for criterion in rubric.criteria]
    for (one, mine), (other, yours) in combinations(stems, 2):
        if one.rule != other.rule:
            continue
        if one.rule is not None:
            yield Hit(f"has the very rule of {one.id}", other.id)
        elif mine == yours or alike(mine, yours):
            how = "asks the same as" if one.criterion == other.criterion else "asks nearly the same as"
            yield Hit(f"{how} {one.id}", other.id)


def repeated_guidelines(rubric: Rubric) -> Iterable[Hit]:
    """A sentence that most criteria repeat."""
    criteria = list(judged(rubric))
    said = Counter(sentence for criterion in criteria for sentence in _long_sentences(criterion))
    for sentence, count in said.items():
        if count >= 3 and count * 2 > len(criteria):
            yield Hit(f'{count} of {len(criteria)} criteria say "{clipped(sentence)}"')


def same_text(one: str, other: str) -> bool:
    """Whether two texts ask for the same, as far as ``near_duplicates`` can tell."""
    mine, yours = _stems(one), _stems(other)
    return mine == yours or alike(mine, yours)


def alike(mine: frozenset[str], yours: frozenset[str]) -> bool:
    """Whether two sets of stems are one matter."""
    if min(len(mine), len(yours)) < ALIKE * max(len(mine), len(yours)):
        return False
    apart = mine ^ yours
    if len(apart) > 2 or any(stem in _NEGATIONS or any(c.isdigit() for c in stem) for stem in apart):
        return False
    return len(mine & yours) >= ALIKE * len(mine | yours)


def _long_sentences(criterion: Criterion) -> set[str]:
    text = f"{criterion.criterion}\n{criterion.guidelines}"
    return {sentence for sentence in sentences(text) if len(words(sentence)) >= 5}


@lru_cache(maxsize=4096)
def _stems(text: str) -> frozenset[str]:
    found = (word.casefold().replace("’", "'") for word in words(text))
    return frozenset(_stem(word) for word in found if word not in _LIGHT) or frozenset({text})


def _stem(word: str) -> str:
    return _ENDING.sub("", word) if len(word) > 3 else word
