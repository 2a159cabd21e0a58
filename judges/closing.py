"""A reason that takes its own verdict back: "... so the criterion is not met", and then ``"met": true``.

Only an explicit closing statement counts: the last sentence of the reason says of the criterion or of the verdict's
own field, in so many words and without condition, quotation or degree, that it is met or that it is not, and no other
sentence says the opposite. "The answer is false" may be of the response's answer: it counts as a conclusion only,
behind "so", "therefore" and the like, in a reason that speaks of no other answer. All else is a reason like any other: a false alarm would cost an ask, and twice
in a row a verdict. English only.

Pure and total.
"""

import re
from collections.abc import Mapping
from typing import Final

_LOOKED_AT: Final = 2000
"""Characters at the end of a reason."""

_SURE: Final = r"(?:(?:clearly|therefore|thus|hence|definitely|explicitly|indeed|also|consequently) ){0,2}"
_MET: Final = r"(?:met|satisfied|fulfilled)"
_MEET: Final = r"(?:meet|satisfy|fulfill?)"
_MEETS: Final = r"(?:meets|satisfies|fulfill?s)"
_CRITERION: Final = r"(?:(?:the|this) )?(?:criterion|criteria item|rubric item)"
_RESPONSE: Final = (
    r"(?:the|this) (?:(?:assistant|model)(?:'s (?:response|answer|reply))?|response|answer|reply)|it"
)
_SAID: Final = r"(?:the |my |final )*verdict(?: is)?:? ?|(?:criteria_)?met: ?"
_IS: Final = (
    rf"(?: (?:(?:is|was) {_SURE}|(?:must|should|has to) {_SURE}be |equals |evaluates to )(?:set to )?| ?= ?)"
)
_FIELD: Final = r"(?:the value of )?(?:criteria_)?met"
_COUNTED: Final = r"(?:considered|counted as|deemed|judged|marked(?: as)?|regarded as)"

_NO: Final = (
    rf"{_CRITERION} {_SURE}(?:is|was|has) {_SURE}not (?:been )?{_SURE}(?:{_COUNTED} )?{_MET}"
    rf"|{_CRITERION} (?:isn't|wasn't|hasn't been|(?:cannot|can't) be {_COUNTED}) {_MET}"
    rf"|{_CRITERION} (?:is|was|remains|goes) {_SURE}(?:{_COUNTED} )?(?:un{_MET}|not {_MET})"
    rf"|(?:{_RESPONSE}) {_SURE}(?:does not|doesn't|did not|didn't|fails to|failed to) {_MEET} {_CRITERION}"
    rf"|(?:{_SAID})(?:false|no|not met)"
    rf"|{_FIELD}{_IS}(?:false|no|not true)"
    rf"|i {_SURE}(?:set|mark) {_FIELD} (?:to|as) (?:false|no)"
    r"|criterion not met|not met"
)
_YES: Final = (
    rf"{_CRITERION} {_SURE}(?:is|was|has) {_SURE}(?:been )?{_SURE}(?:fully )?(?:{_COUNTED} )?{_MET}"
    rf"|(?:{_RESPONSE}) {_SURE}(?:fully )?{_MEETS} {_CRITERION}"
    rf"|(?:{_SAID})(?:true|yes|met)"
    rf"|{_FIELD}{_IS}(?:true|yes)"
    rf"|i {_SURE}(?:set|mark) {_FIELD} (?:to|as) (?:true|yes)"
    r"|criterion met"
)
_ANSWER: Final[Mapping[bool, str]] = {
    met: rf"(?:the|my) (?:final )?answer (?:is|must be|should be):? {_SURE}(?:{words})"
    for met, words in ((True, "true|yes|met"), (False, "false|no|not met"))
}
_SO: Final = (
    r"(?:and )?(?:so|therefore|thus|hence|consequently|accordingly|as a result|which means(?: that)?|meaning(?: that)?"
    r"|for (?:this|that) reason|in conclusion|in summary|in short|in sum|overall|conclusion),?:? "
)
_BREAK: Final = r"(?:, |; |: | [-–—] )"
_CLOSING: Final[Mapping[bool, re.Pattern[str]]] = {
    met: re.compile(
        rf"(?:(?P<before>.*){_BREAK})??(?:{_SO})?(?P<said>{said})[.!]?"
        rf"|(?:.*{_BREAK})?{_SO}(?P<answered>{_ANSWER[met]})[.!]?"
    )
    for met, said in ((True, _YES), (False, _NO))
}
_LINKED: Final = re.compile(rf"{_BREAK}{_SO}")
_ANYWHERE: Final[Mapping[bool, re.Pattern[str]]] = {
    met: re.compile(rf"\b(?:{said}|{_ANSWER[met]})\b") for met, said in ((True, _YES), (False, _NO))
}
_DOUBT: Final = re.compile(
    r"[\"“”«»?]|\b(?:if|would|could|should|might|may|unless|whether|although|though|argue[sd]?|claim(?:s|ed)?|suggest(?:s|ed)?"
    r"|sa(?:y|ys|id)|think|believe|otherwise|except|partly|partially|mostly|almost|nearly|but|however)\b"
)
_OTHER_ANSWER: Final = re.compile(r"\b(?:answer\w*|true|false)\b")
_FIELD_QUOTED: Final = re.compile(r"[\"'`“”*]+((?:criteria_)?met)[\"'`“”*]+")
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
        ("met", "satisfied", "fulfilled", "criterion", "item", "true", "false", "yes", "no")
    ):
        return False
    text = _FIELD_QUOTED.sub(r"\1", text)
    last = _SENTENCES.split(text)[-1].strip(" *_`")
    closing = _CLOSING[not met].fullmatch(last)
    if closing is None:
        return False
    start, end = closing.span("answered" if closing["said"] is None else "said")
    if closing["said"] is None and _OTHER_ANSWER.search(text[: text.rindex(last[start:end])]):
        return False
    if _DOUBT.search(last[:start] + last[end:]):
        return False
    if closing["before"] is not None and not _LINKED.search(last):
        return False
    return not _ANYWHERE[met].search(text)
