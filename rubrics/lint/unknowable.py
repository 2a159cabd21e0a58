"""What a judge cannot see in a conversation and a reply, and what a rule could see better. Pure."""

import re
from collections.abc import Iterable
from functools import lru_cache

from rvpo.rubrics.lint.finding import Hit
from rvpo.rubrics.lint.texts import judged, spoken
from rvpo.rubrics.schema import Rubric

_STATEMENT = r"(?:information|advice|answer|reply|response|data|figures|facts|guidelines?|sources?|references|numbers|prices?|links?)"
_SUBJECT = r"^(?:(?:the\s+)?(?:reply|response|answer|model|assistant)\s+)?(?:\w+ly\s+)?"
_SECRETS = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (
            "what is up to date today",
            (
                rf"\b{_STATEMENT}\s+(?:(?:is|are|that\s+(?:is|are))\s+)?(?:\w+\s+)?(?:up[- ]to[- ]date|current\b(?!\s+\w+ing)|outdated)"
                rf"|\b(?:up[- ]to[- ]date|most\s+recent|latest|currently\s+valid)\s+(?:\w+\s+){{0,2}}?{_STATEMENT}\b(?!\s+cut)|\bas\s+of\s+today\b|\btoday['’]s\b"
            ),
        ),
        (
            "what the model means or how hard it tries",
            (
                rf"{_SUBJECT}(?:tries|attempts|intends|wants|means|hopes|believes|thinks|knows|cares|understands|reali[sz]es|strives|puts\s+effort|makes\s+an\s+effort|genuinely|sincerely|actively\s+tries)\b"
                r"|\b(?:genuinely|sincerely|in\s+good\s+faith|with\s+good\s+intent\w*)\b|\bthe\s+(?:model|assistant)['’]s\s+(?:intent\w*|effort|knowledge|belief)"
            ),
        ),
        (
            "how the user will feel or what the user will do",
            (
                r"\b(?:the\s+)?(?:user|reader|patient|customer|asker|person)\s+(?:is|are|feels?|will|would|becomes?|ends?\s+up|leaves|gets)\s+(?:be\s+|feel\s+|left\s+|then\s+)?"
                r"(?:\w+ly\s+)?(?:satisfied|happy|pleased|reassured|convinced|comforted|heard|understood|motivated|delighted|confident|empowered|engaged|better|helped|able\s+to)\b"
                r"|\b(?:satisfies|pleases|delights|convinces|impresses)\s+(?:the\s+)?(?:user|reader|patient|customer|asker)\b|\buser\s+satisfaction\b"
            ),
        ),
        (
            "what only a look-up or a run can tell",
            (
                r"\b(?:links?|URLs?|DOIs?)\b[^.;]{0,30}\b(?:work|works|valid|resolve|resolves|exist|exists|reachable|live)\b|\b(?:code|program|script|function|query)\b[^.;]{0,20}"
                r"\b(?:runs|compiles|executes|passes\s+(?:all\s+)?(?:the\s+)?tests|works)\b|\b(?:references|citations|papers|studies|sources)\b[^.;]{0,20}\b(?:really\s+|actually\s+)?exist\b"
                r"|\breal[- ]time\b|\bcan\s+be\s+(?:verified|confirmed)\s+(?:online|on\s+the\s+web)\b"
            ),
        ),
        (
            "an image or a sound",
            (
                r"\b(?:in|of|from|on|matches|describes|shows?)\s+the\s+(?:attached\s+)?(?:image|picture|photo|photograph|screenshot|video|audio|recording|x-ray)\b"
                r"|\btone\s+of\s+voice\b|\bpronounces\b|\brenders?\s+(?:correctly|properly)\b"
            ),
        ),
        (
            "an earlier session",
            r"\b(?:previous|earlier|past|prior|last)\s+(?:sessions?|conversations|chats?|visits?|consultations?)\b|\bremembers\s+(?:the|what|that)\b",
        ),
        (
            "how long the reply took",
            r"\b(?:replies|responds|answers|response\s+time|latency)\b[^.;]{0,30}\b(?:\d+\s*(?:ms|milliseconds|seconds)|quickly|promptly|fast|without\s+delay)\b",
        ),
    )
)
_COUNTED = r"(?:at\s+(?:most|least)|(?:no|not)\s+(?:more|less|fewer)\s+than|(?:more|less|fewer)\s+than|under|over|exactly|up\s+to|between|within|maximum\s+of|limit\s+of|below|above|only)"
_RULES = tuple(
    (kind, re.compile(pattern, re.IGNORECASE), rule)
    for kind, pattern, rule in (
        (
            "counts words or characters",
            rf"\b{_COUNTED}\s+(?:\d[\d,.]*\s*(?:and|to|-|–)\s*)?\d[\d,.]*\s+(?:words?|characters?|chars|tokens)\b|\b\d[\d,.]*\s+(?:words?|characters?|tokens)\s+(?:or\s+(?:less|fewer|more)|long|at\s+most|maximum)\b|\b(?:word|character)\s+(?:count|limit)\b",
            "Write kind: length with rule: {unit: words, max: ...}.",
        ),
        (
            "checks JSON",
            r"\b(?:valid|well[- ]formed|parse?able|syntactically\s+correct)\s+JSON\b|\bJSON\s+(?:is|that\s+is)\s+(?:valid|well[- ]formed|parse?able)\b|\b(?:is|as)\s+(?:an?\s+)?(?:single\s+)?JSON\s+(?:object|array)\b|\bJSON\s+schema\b",
            "Write kind: json, or kind: json_schema with rule: {json_schema: ...}.",
        ),
        (
            "names the language of the reply",
            (
                r"\b(?:is|be|are)\s+(?:entirely\s+|fully\s+|only\s+)?(?:written\s+)?in\s+(?:English|German|French|Spanish|Italian|Portuguese|Dutch|Russian|Chinese|Japanese|Korean|Arabic|Hindi|Turkish|Polish)\b(?!\s+\w)|"
                r"\b(?:replies|responds|answers|writes)\s+(?:only\s+)?in\s+(?:English|German|French|Spanish|Italian|Portuguese|Dutch|Russian|Chinese|Japanese|Korean|Arabic|Hindi|Turkish|Polish)\b"
            ),
            "Write kind: language with rule: {languages: [...]}.",
        ),
        (
            "looks for exact text",
            r"\b(?:contains|includes|uses|ends\s+with|starts\s+with|begins\s+with)\s+(?:the\s+)?(?:exact|literal|verbatim)\b|\b(?:contains|ends\s+with|starts\s+with|begins\s+with)\s+the\s+(?:word|string|phrase|token|tag)s?\b",
            "Write kind: contains with rule: {texts: [...]}, or kind: regex for its place.",
        ),
    )
)


def unknowable(rubric: Rubric) -> Iterable[Hit]:
    """Something outside the conversation and the reply."""
    for criterion in judged(rubric):
        if secret := _secret(criterion.criterion):
            yield Hit('"{}": a judge cannot know {}'.format(*secret), criterion.id)


def better_a_rule(rubric: Rubric) -> Iterable[Hit]:
    """Something that a rule answers exactly, at once and for nothing."""
    for criterion in judged(rubric):
        if found := _countable(criterion.criterion):
            words, kind, rule = found
            yield Hit(f'"{words}" {kind}, which a rule does exactly', criterion.id, rule)


@lru_cache(maxsize=4096)
def _secret(text: str) -> tuple[str, str] | None:
    """The words that point outside, and to what."""
    said = spoken(text)
    hits = ((pattern.search(said), kind) for kind, pattern in _SECRETS)
    return next(((found.group().strip(), kind) for found, kind in hits if found), None)


@lru_cache(maxsize=4096)
def _countable(text: str) -> tuple[str, str, str] | None:
    """The words that ask for counting or parsing, what they do, and the rule that does it."""
    said = spoken(text)
    hits = ((pattern.search(said), kind, rule) for kind, pattern, rule in _RULES)
    return next(((found.group().strip(), kind, rule) for found, kind, rule in hits if found), None)
