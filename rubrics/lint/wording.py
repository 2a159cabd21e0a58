"""Words that leave a judge to guess: no yardstick, two negations, points in the text, too much text. Pure.

The lists of words are short on purpose: a word is in one only if it nearly always is the demand itself.
"""

import re
from collections.abc import Iterable

from rvpo.rubrics.lint.finding import Hit
from rvpo.rubrics.lint.texts import judged, spoken, words
from rvpo.rubrics.schema import Rubric

LONGEST = 80
"""Words; of the criteria that HealthBench's physicians wrote for one prompt, 1.3 % have more (of a sample of 1 143)."""

_QUALITY = (
    r"good|nice|great|excellent|appropriate|suitable|proper|adequate|sufficient|reasonable|satisfactory|decent|"
    r"high[- ]quality|effective|helpful|useful|clear|thorough|comprehensive|natural|engaging"
)
_WORK = (
    r"reply|response|answer|explanation|advice|information|detail|details|tone|style|structure|language|manner|way|"
    r"quality|level|understanding|summary|guidance|context|depth|job|format|formatting|communication|content|"
    r"recommendations?|suggestions?|instructions?|terms|wording|overview|reasoning|analysis|description|discussion"
)
_VAGUE = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:is|are|be|being|sounds|looks|seems|remains|stays)\s+(?:\w+ly\s+|very\s+|quite\s+)?(?P<w>{_QUALITY})\b(?!\s+(?!(?:and|or|but)\b)[a-z])",
        rf"\b(?P<w>{_QUALITY})\s+(?:and\s+\w+\s+)?(?:{_WORK})\b",
        r"\b(?P<w>appropriately|adequately|properly|suitably|sufficiently|reasonably|satisfactorily|effectively|nicely|thoroughly)\b",
        r"\b(?P<w>professional)\s+(?:tone|style|manner|language|way)\b",
        r"\b(?P<w>clearly)\s+(?:written|explained|structured|organi[sz]ed|communicat\w+|present\w+|articulat\w+|formatted|worded)\b",
        r"\b(?P<w>well)(?:[- ](?:written|structured|organi[sz]ed|explained|formatted|rounded|presented|worded|done|phrased|crafted))\b",
        r"\b(?:explain|explains|explained|communicates?|answers?|responds?|writes?|performs?|handles?|addresses)\b[^.;,]{0,40}?\s(?P<w>well)\b(?!\s+as\b)",
    )
)
_YARDSTICK = re.compile(
    r"\d|\b(?:such\s+as|for\s+(?:example|instance)|e\.g|i\.e|that\s+is|meaning|namely|includ\w+|so\s+that|in\s+that|which\s+means|by\s+\w+ing|"
    r"without|because|given|than|according|based\s+on|agree\w*|whether|fits?|match\w*|someone\s+who|a\s+reader\s+who|lay(?:person|people)|"
    r"for\s+(?:an?|the)\s+\w+)\b|:\s+\S",
    re.IGNORECASE,
)
_OF_SOMETHING_SAID = re.compile(r"\b(?:that|whether|how|if|when|to\s+ensure)\b[^.;]*$", re.IGNORECASE)
_DOUBLE_NEGATIVE = re.compile(
    r"\b(?:does|do|did|should|must|may|can|will)\s*(?:not|n['’]t)\s+(?:\w+ly\s+)?"
    r"(?:fail|omit|neglect|forget|avoid|lack|refrain|miss|ignore|leave\s+out|overlook|be\s+(?:un\w+|in(?:correct|complete|accurate|appropriate|consistent)\w*|without))\b"
    r"|\bdoesn['’]t\s+(?:\w+ly\s+)?(?:fail|omit|neglect|forget|avoid|lack|refrain|miss|ignore|leave\s+out|overlook)\b"
    r"|\bnever\s+(?:fails?|omits?|neglects?|forgets?|avoids?|lacks?|misses|ignores?)\b"
    r"|\b(?:avoids?|refrains?\s+from|stops?|without)\s+(?:\w+ly\s+)?(?:not\b|failing|omitting|neglecting|forgetting|lacking|missing|refraining|avoiding|leaving\s+out)"
    r"|\bfails?\s+to\s+(?:not|avoid|refrain|omit)\b|\bis\s+not\s+(?:without|missing|lacking|un(?:clear|safe|helpful|true|related|reasonable)|in(?:correct|complete|accurate|appropriate|consistent))\b"
    r"|\bnot\s+without\b|\bno\s+lack\s+of\b",
    re.IGNORECASE,
)
_ABSENCE = re.compile(
    r"^(?:the\s+(?:reply|response|answer|model|assistant)\s+)?(?:does\s+not|doesn['’]t|do\s+not|fails\s+to|omits|neglects\s+to|lacks|forgets\s+to|"
    r"has\s+no|is\s+missing|never)\b",
    re.IGNORECASE,
)
_POINTS = re.compile(
    r"\b(?:worth|award\w*|deduct\w*|subtract\w*|earns?|gains?|loses?|gets?|receives?|scores?)\b[^.]{0,20}?[-+]?\d+(?:\.\d+)?\s*(?:points?|pts?)\b"
    r"|[(\[]\s*[-+]?\d+(?:\.\d+)?\s*(?:points?|pts?)\s*[)\]]|[(\[]\s*[-+]\d+(?:\.\d+)?\s*[)\]]"
    r"|\b(?:weight|points)\s*[:=]\s*[-+]?\d|^\s*\[\s*[-+]?\d+(?:\.\d+)?\s*\]|\b(?:full|half|partial|no)\s+(?:points|credit|marks)\b",
    re.IGNORECASE,
)


def vague(rubric: Rubric) -> Iterable[Hit]:
    """A word of praise as the demand, with nothing in the criterion that says how to tell."""
    for criterion in judged(rubric):
        text = spoken(criterion.criterion)
        if criterion.guidelines or criterion.examples or _YARDSTICK.search(criterion.criterion):
            continue
        found = next(filter(None, (pattern.search(text) for pattern in _VAGUE)), None)
        if found and not _OF_SOMETHING_SAID.search(text[: found.start()]):
            yield Hit(f'"{found["w"]}" has no yardstick', criterion.id)


def double_negative(rubric: Rubric) -> Iterable[Hit]:
    """Two negations in one sentence."""
    for criterion in judged(rubric):
        if found := _DOUBLE_NEGATIVE.search(spoken(criterion.criterion)):
            yield Hit(f'"{found.group()}" negates twice', criterion.id)


def missing_is_met(rubric: Rubric) -> Iterable[Hit]:
    """A fault that is the absence of something good: the judge must say "met" of what is not there."""
    for criterion in judged(rubric):
        found = _ABSENCE.search(spoken(criterion.criterion))
        is_fault = criterion.polarity == "met_is_bad" and criterion.gate is None
        if found and is_fault and not _DOUBLE_NEGATIVE.search(spoken(criterion.criterion)):
            yield Hit(f'a fault that starts with "{found.group()}" is met by what is not there', criterion.id)


def points_in_text(rubric: Rubric) -> Iterable[Hit]:
    """Points, credit or weights mentioned where the judge reads them."""
    for criterion in judged(rubric):
        if found := _POINTS.search(criterion.criterion) or _POINTS.search(criterion.guidelines):
            yield Hit(f'the text speaks of points: "{found.group().strip()}"', criterion.id)


def too_long(rubric: Rubric) -> Iterable[Hit]:
    """A criterion of more than ``LONGEST`` words."""
    for criterion in judged(rubric):
        if (count := len(words(criterion.criterion))) > LONGEST:
            yield Hit(f"{count} words long", criterion.id)
