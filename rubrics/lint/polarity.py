"""Whether polarity, points and wording tell the same story. Pure.

A wrong polarity turns a reward around, so what reads like the opposite is a warning; what reads right either way
("Does not mention ...") is a note.
"""

import re
from collections.abc import Iterable

from rvpo.rubrics.lint.finding import Hit
from rvpo.rubrics.lint.texts import spoken
from rvpo.rubrics.schema import Criterion, Rubric

_SUBJECT = r"^(?:(?:the\s+)?(?:reply|response|answer|completion|model|assistant|text)\s+)?(?:also\s+)?"
_AVOIDANCE = re.compile(
    rf"{_SUBJECT}(?:carefully\s+|correctly\s+)?(?:avoids?|refrains?\s+from|abstains?\s+from|stays?\s+clear\s+of|steers?\s+clear\s+of|is\s+free\s+(?:of|from)|"
    r"contains?\s+no|makes?\s+no|gives?\s+no|shows?\s+no|never|(?:should|must|do)\s+not|don['’]t|shouldn['’]t)\b",
    re.IGNORECASE,
)
_FAULT = re.compile(
    rf"{_SUBJECT}(?:fails?\s+to|neglects?|omits?|forgets?|lacks?|ignores?|overlooks?|misses\b|misstates?|misinterprets?|misrepresents?|misleads?|"
    r"overstates?|understates?|exaggerates?|invents?|fabricates?|hallucinates?|insults?|contradicts?\s+itself|"
    r"incorrectly|inaccurately|wrongly|falsely|unnecessarily|inappropriately|mistakenly|misleadingly|unjustifiably|"
    r"is\s+(?:rude|wrong|incorrect|inaccurate|misleading|dangerous|harmful|unsafe|padded|condescending|dismissive|incomplete))\b",
    re.IGNORECASE,
)
_NEGATION = re.compile(
    rf"{_SUBJECT}(?:does\s+not|doesn['’]t|do\s+not|don['’]t|should\s+not|must\s+not|is\s+not|isn['’]t|has\s+no|"
    r"no\s|without\s|not\s)",
    re.IGNORECASE,
)
_OMISSION = re.compile(
    rf"{_SUBJECT}(?:does\s+not|doesn['’]t)\s+(?:\w+ly\s+)?(?:mention|include|provide|explain|address|acknowledge|clarify|cite|list|"
    r"describe|warn|answer|follow|specify|discuss|emphasi[sz]e)\b",
    re.IGNORECASE,
)


def against_wording(rubric: Rubric) -> Iterable[Hit]:
    """Words of a fault under ``met_is_good``, words of avoiding one under ``met_is_bad``."""
    for criterion in rubric.criteria:
        pattern = _FAULT if criterion.polarity == "met_is_good" else _AVOIDANCE
        if found := pattern.search(spoken(criterion.criterion)):
            words = f'"{found.group().strip()} …" reads like '
            yield (
                Hit(f"{words}a fault, and the polarity is met_is_good", criterion.id, _turn(criterion))
                if criterion.polarity == "met_is_good"
                else Hit(
                    f"{words}something good, and the polarity is met_is_bad", criterion.id, _turn(criterion)
                )
            )


def against_sign(rubric: Rubric) -> Iterable[Hit]:
    """Points of one sign and a polarity that goes with the other."""
    for criterion in rubric.criteria:
        text = spoken(criterion.criterion)
        if criterion.points > 0 and criterion.polarity == "met_is_bad":
            yield Hit(
                f"met_is_bad with {criterion.points:+g}: a reply earns them by not having the fault, an empty one too",
                criterion.id,
                f"Write points: {-criterion.points:g} where the fault is to cost.",
            )
        elif criterion.points < 0 and criterion.polarity == "met_is_good" and not _reads_like_avoiding(text):
            yield Hit(
                f"met_is_good with {criterion.points:+g}: only a reply that does not meet it pays",
                criterion.id,
                'Write polarity: met_is_bad if the text names a fault, or "Avoids ..." if meeting it is what is wanted.',
            )


def wanted_absence(rubric: Rubric) -> Iterable[Hit]:
    """Words such as "Does not mention ..." with ``met_is_good``: a missed omission, unless silence is what is wanted."""
    for criterion in rubric.criteria:
        if criterion.polarity == "met_is_good" and (found := _OMISSION.search(spoken(criterion.criterion))):
            yield Hit(
                f'"{found.group().strip()} …" is good when met: silence earns {criterion.points:+g}',
                criterion.id,
            )


def _reads_like_avoiding(text: str) -> bool:
    return bool(_AVOIDANCE.search(text) or _NEGATION.search(text) or _FAULT.search(text))


def _turn(criterion: Criterion) -> str:
    other = "met_is_bad" if criterion.polarity == "met_is_good" else "met_is_good"
    return f"Write polarity: {other}, or say in the text what a good reply does."
