"""Whether meeting a pitfall is good or bad, told from its wording. Pure.

Rubrics as Rewards gives every pitfall negative points, but 80 % of those of RaR-Science are worded so that meeting
them is good ("The response should avoid rounding early") and 88 % of those of RaR-Medicine so that it is bad ("Does
not mention the risk"); no rule on the sign, the category or the data set is right for both. The wording tells in most
cases. Where it does not ("Does not suggest delaying fluids" is good, "Does not suggest a CT scan" is bad), the answer
here is ``None``, and someone must say.
"""

import re
from typing import Literal

Polarity = Literal["met_is_good", "met_is_bad"]

_SUBJECT = (
    r"(?:(?:the|an?|this|that|any|its)\s+)?(?:(?:model|student|assistant|final|overall|given)(?:'s)?\s+)?"
    r"(?:response|answer|explanation|solution|model|assistant|reply|student|author|discussion|derivation|it)\s+"
)
_START = re.compile(rf"\s*(?:{_SUBJECT})?(?=\S)", re.IGNORECASE)

_WRONGLY = (
    r"(?:in(?:correct|accurate|appropriate|advertent)|wrong|false|mistaken|erroneous|improper|unnecessari|needless|"
    r"mis(?:leading|guided)|un(?:due|justifi)|excessive|over)\w*ly"
)
_ADVERB = r"(?:\w+ly\s+|ever\s+|even\s+|just\s+|only\s+|simply\s+)*"
_FAULT = (
    r"(?:mis\w+|confus\w+|conflat\w+|overlook\w*|neglect\w*|ignor\w+|omit\w*|forget\w*|fail\w*|skip\w*|contradict\w*|"
    r"overstat\w+|understat\w+|exaggerat\w+|oversimplif\w+|overcomplicat\w+|overemphasi\w+|overgenerali\w+|"
    r"fabricat\w+|invent\w*|hallucinat\w+|disregard\w*|dismiss\w*|downplay\w*|violat\w+|mix(?:es|ing)?\s+up|"
    r"jump\w*\s+to|leav(?:e|es|ing)\s+out|lack\w*)"
)
_AVOIDING = (
    r"(?:avoid\w*|refrain\w*|steer\w*\s+clear|prevent\w*|guard\w*\s+against|warn\w*|caution\w*|ensur\w+)"
)
_TELLING = (
    r"(?:mention|state|include|identify|address|note|specify|list|provide|discuss|explain|consider|recogni[sz]e|"
    r"acknowledge|clarify|describe|emphasi[sz]e|highlight|differentiate|distinguish|account|give|define|indicate|"
    r"show|convert|check|verify|justify|compare|reference|outline|convey|connect|link|relate|present|report|offer|"
    r"cover|detail|elaborate|draw|follow|conclude|answer|correctly|clearly|properly|adequately|explicitly|accurately|"
    r"sufficiently|fully)"
)
_ADVISING = r"(?:recommend\w*|suggest\w*|advis\w+|propos\w+|claim\w*|assert\w*|assum\w+|impl(?:y|ies|ying)|prescrib\w+)"

_BAD_THING = re.compile(
    rf"\b(?:{_WRONGLY}|incorrect|inaccurate|wrong|false|irrelevant|unrelated|unnecessary|inappropriate|harmful|unsafe|"
    r"misleading|extraneous|superfluous|contraindicated|delay\w*|without|despite|unsupported|outdated|excessive)\b",
    re.IGNORECASE,
)

_GOOD: Polarity = "met_is_good"
_BAD: Polarity = "met_is_bad"
_NOT = r"(?:(?:does|do|did|is|are|has|have|can)\s+not|(?:does|do|did|is|are|has|have|can)n['\N{RIGHT SINGLE QUOTATION MARK}]t)\s+"
_WORDINGS: tuple[tuple[Polarity, str], ...] = (
    (_GOOD, rf"{_NOT}{_ADVERB}(?:{_FAULT})"),  # does not confuse
    (_GOOD, rf"{_NOT}{_WRONGLY}"),  # does not incorrectly ...
    (_BAD, rf"{_NOT}{_ADVERB}{_AVOIDING}"),  # does not avoid
    (_BAD, rf"{_NOT}(?:{_ADVERB}){_TELLING}"),  # does not mention
    (_GOOD, r"(?:must|should|shall|needs?\s+to|ought\s+to|has\s+to|is\s+(?:careful|expected)\s+(?:not\s+)?to)"),
    (_GOOD, _AVOIDING),
    (_GOOD, r"(?:never|be\s+careful|beware|takes?\s+care|makes?\s+sure)"),
    (_BAD, _FAULT),  # confuses, failing to
    (_BAD, _WRONGLY),  # incorrectly states
    (_BAD, rf"{_ADVERB}{_ADVISING}"),  # recommends
    (_BAD, r"(?:incorrect|inaccurate|wrong|missing|failure|confusion|omission|absence|lack)"),
)  # fmt: skip
_RULES: list[tuple[Polarity, re.Pattern[str]]] = [
    (polarity, re.compile(rf"{wording}\b", re.IGNORECASE)) for polarity, wording in _WORDINGS
]
_COMMAND = re.compile(r"(?:do\s+not|don['\N{RIGHT SINGLE QUOTATION MARK}]t)\b", re.IGNORECASE)


def pitfall_polarity(text: str) -> Polarity | None:
    """Tell from a pitfall's wording, its category's prefix taken off, whether meeting it is good.

    Returns:
        ``None`` if the wording may be meant either way.

    >>> pitfall_polarity("Avoids rounding intermediate values.")
    'met_is_good'
    >>> pitfall_polarity("Does not mention the risk of overcorrection.")
    'met_is_bad'
    >>> pitfall_polarity("Does not suggest delaying antibiotics.")
    """
    if _COMMAND.match(text.lstrip()):
        return _GOOD
    subject = _START.match(text)
    start = subject.end() if subject else 0
    for polarity, pattern in _RULES:
        if found := pattern.match(text, start):
            told = polarity == _BAD and found[0].casefold().startswith(("does", "do ", "did", "is ", "can"))
            doubtful = told and _BAD_THING.search(text, found.end())
            return None if doubtful else polarity
    return None
