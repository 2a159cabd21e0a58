"""Rule ``language``: which language a reply is written in. Pure, and the same on every machine.

Asks py3langid (BSD-3, a Naive Bayes model over byte n-grams, 4.6 MB in the wheel), loaded at the first question: of
the candidates looked at it is the only one that is small, maintained, permissive and as good on short text as any.
Departs from it in three ways: only languages with an ISO 639-1 code are candidates, code and formulas are left out,
and a language counts when it is at least a third as likely as the likeliest, because a short Spanish reply may as
well be Catalan.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from rvpo.rubrics.rules.language_names import LANGUAGES
from rvpo.rubrics.rules.outcome import RuleOutcome
from rvpo.rubrics.schema import LanguageRule
from rvpo.rubrics.wording import nearest, shown

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

LOOKED_AT = 20_000
"""Characters, from the start, that decide."""
NO_LANGUAGE = "zxx"
"""What ISO 639 calls text that is in no language; the model knows it from code and tables."""

_OFTEN_MEANT = {
    "nb": "no",
    "cn": "zh",
    "jp": "ja",
    "kr": "ko",
    "cz": "cs",
    "gr": "el",
    "dk": "da",
    "ua": "uk",
}
_READ = 4 * LOOKED_AT
_CLOSE = 3.0
_UNSURE = 0.15
_SHORT = 40
_NOT_PROSE = re.compile(
    r"```.*?(?:```|\Z)|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]*\$|\\boxed\b|https?://\S+|<[^<>\n]*>", re.DOTALL
)


def check_languages(codes: Sequence[str]) -> None:
    """Refuse codes that no reply could be found to be in.

    Raises:
        ValueError: The first such code, with the nearest one.
    """
    for code in codes:
        if code not in LANGUAGES:
            raise ValueError(
                f"language {shown(code)} is not an ISO 639-1 code that can be told{_advice(code)}"
            )


def check_language(rule: LanguageRule, text: str) -> RuleOutcome:
    """Check which language a text is written in.

    Returns:
        Without words not met; ``met=None`` for a word or two that could be in many languages.
    """
    prose = _NOT_PROSE.sub(" ", text[:_READ])[:LOOKED_AT]
    letters = sum(map(str.isalpha, prose))
    if not letters:
        return RuleOutcome(0.0, "no words, so no language")
    shares = dict(_model().rank(prose))
    found = max(shares, key=shares.__getitem__)
    if letters < _SHORT and shares[found] < _UNSURE:
        return RuleOutcome(None, f"too short to tell its language: {letters} letters")
    wanted = max(rule.languages, key=shares.__getitem__)
    if shares[wanted] * _CLOSE < shares[found]:
        return RuleOutcome(0.0, f"written in {_named(found)}, wanted {_listed(rule.languages)}")
    close = "" if wanted == found else f", though {_named(found)} is likelier"
    return RuleOutcome(1.0, f"written in {_named(wanted)}{close}")


@lru_cache(maxsize=1)
def _model() -> "LanguageIdentifier":
    """A model of our own: the library's is one for the whole process, and anyone may restrict it."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    model.set_languages([*LANGUAGES, NO_LANGUAGE])
    return model


def _advice(code: str) -> str:
    by_name = {name.casefold(): name_code for name_code, name in LANGUAGES.items()}
    language = re.split("[-_]", code.casefold())[0]
    if len(language) > 3:
        near = by_name.get(nearest(language, by_name) or "")
    else:
        guess = _OFTEN_MEANT.get(language, language[:2])  # most codes of three letters start like that of two
        near = guess if guess in LANGUAGES else nearest(language, LANGUAGES)
    return f"; did you mean {near} ({LANGUAGES[near]})?" if near else ""


def _named(code: str) -> str:
    return f"{LANGUAGES[code]} ({code})" if code in LANGUAGES else "no language"


def _listed(codes: Sequence[str]) -> str:
    return " or ".join(codes[:8]) + (" ..." if len(codes) > 8 else "")
