"""A reason that takes its own verdict back: "... so the criterion is not met", and then ``"met": true``.

Only an explicit closing statement counts: the last sentence of the reason says of the criterion, in so many words and
without condition, quotation or degree, that it is met or that it is not, and no other sentence says the opposite. All
else is a reason like any other: a false alarm would cost an ask, and twice in a row a verdict. English only.

Pure and total.
"""

import re
from collections.abc import Mapping
from typing import Final

_LOOKED_AT: Final = 2000
"""Characters at the end of a reason."""

_SURE: Final = r"(?:(?:clearly|therefore|thus|hence|definitely|explicitly|indeed|also) )?"
_MET: Final = r"(?:met|satisfied|fulfilled)"
_MEET: Final = r"(?:meet|satisfy|fulfill?)"
_MEETS: Final = r"(?:meets|satisfies|fulfill?s)"
_CRITERION: Final = r"(?:the|this) criterion"
_RESPONSE: Final = r"(?:the|this) (?:assistant's )?(?:response|answer|reply)|it"
_SAID: Final = r"(?:the |my |final )*verdict(?: is)?:? ?|met: ?"

_NO: Final = (
    rf"{_CRITERION} (?:is|was|has) {_SURE}not (?:been )?{_MET}"
    rf"|{_CRITERION} (?:isn't|wasn't) {_MET}"
    rf"|(?:{_RESPONSE}) {_SURE}(?:does not|doesn't|did not|didn't|fails to|failed to) {_MEET} {_CRITERION}"
    rf"|(?:{_SAID})(?:false|no|not met)"
    r"|criterion not met|not met"
)
_YES: Final = (
    rf"{_CRITERION} (?:is|was|has) {_SURE}(?:been )?{_SURE}(?:fully )?{_MET}"
    rf"|(?:{_RESPONSE}) {_SURE}(?:fully )?{_MEETS} {_CRITERION}"
    rf"|(?:{_SAID})(?:true|yes|met)"
    r"|criterion met"
)
_SO: Final = (
    r"(?:and )?(?:so|therefore|thus|hence|consequently|accordingly|as a result|which means(?: that)?|meaning(?: that)?"
    r"|in conclusion|in summary|in short|overall|conclusion),?:? "
)
_CLOSING: Final[Mapping[bool, re.Pattern[str]]] = {
    met: re.compile(rf"(?:(?P<before>.*)(?:, |; |: | [-–—] ))??(?:{_SO})?(?P<said>{said})[.!]?")
    for met, said in ((True, _YES), (False, _NO))
}
_LINKED: Final = re.compile(rf"(?:, |; |: | [-–—] ){_SO}")
_ANYWHERE: Final[Mapping[bool, re.Pattern[str]]] = {
    met: re.compile(rf"\b(?:{said})\b") for met, said in ((True, _YES), (False, _NO))
}
_DOUBT: Final = re.compile(
    r"[\"“”«»?]|\b(?:if|would|could|should|might|may|unless|whether|although|though|argue[sd]?|claim(?:s|ed)?|suggest(?:s|ed)?"
    r"|sa(?:y|ys|id)|think|believe|otherwise|except|partly|partially|mostly|almost|nearly|but|however)\b"
)
_SENTENCES: Final = re.compile(r"(?<=[.!?])\s+|\s*\n\s*")


def contradicts(reason: str, *, met: bool) -> bool:
    """Whether a reason closes with the opposite of its verdict.

    >>> contradicts("It never asks for the age, so the criterion is not met.", met=True)
    True
    >>> contradicts("One could say that the criterion is not met.", met=True)
    False
    """
    text = reason[-_LOOKED_AT:].lower().replace("’", "'").strip(" \t\r\n*_`")
    if not text.rstrip(".!").endswith(
        ("met", "satisfied", "fulfilled", "criterion", "true", "false", "yes", "no")
    ):
        return False
    last = _SENTENCES.split(text)[-1].strip(" *_`")
    closing = _CLOSING[not met].fullmatch(last)
    if closing is None or _DOUBT.search(last):
        return False
    if closing["before"] is not None and not _LINKED.search(last):
        return False
    return not _ANYWHERE[met].search(text)
