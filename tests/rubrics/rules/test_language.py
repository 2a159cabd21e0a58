"""Languages: short real sentences in many, near relatives, code and formulas left out, codes checked."""

import pytest
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from rvpo.rubrics.rules.language import check_language, check_languages
from rvpo.rubrics.rules.language_names import LANGUAGES
from rvpo.rubrics.schema import LanguageRule

SENTENCES = {
    "en": "Take one tablet twice a day.",
    "de": "Nehmen Sie zweimal täglich eine Tablette.",
    "fr": "Prenez un comprimé deux fois par jour.",
    "es": "Tome una tableta dos veces al día.",
    "pt": "Tome um comprimido duas vezes por dia.",
    "it": "Prenda una compressa due volte al giorno.",
    "nl": "Neem tweemaal per dag één tablet.",
    "pl": "Proszę przyjmować jedną tabletkę dwa razy dziennie.",
    "ru": "Принимайте по одной таблетке два раза в день.",
    "uk": "Приймайте по одній таблетці двічі на день.",
    "zh": "每天服用两次，每次一片。",
    "ja": "一日二回、一錠ずつ飲んでください。",
    "ko": "하루에 두 번 한 알씩 드세요.",
    "ar": "تناول قرصًا واحدًا مرتين يوميًا.",
    "hi": "दिन में दो बार एक गोली लें।",
    "vi": "Uống một viên hai lần mỗi ngày.",
    "el": "Πάρτε ένα δισκίο δύο φορές την ημέρα.",
}


def outcome(reply: str, *languages: str) -> tuple[float | None, str]:
    return check_language(LanguageRule(languages=languages), reply)


@pytest.mark.parametrize("language", SENTENCES)
def test_short_sentences(language: str) -> None:
    assert outcome(SENTENCES[language], language) == (1.0, f"written in {LANGUAGES[language]} ({language})")
    other = "en" if language != "en" else "de"
    named = f"written in {LANGUAGES[language]} ({language}), wanted {other}"
    assert outcome(SENTENCES[language], other) == (0.0, named)
    assert outcome(SENTENCES[language], other, language)[0] == 1.0


def test_a_close_relative_does_not_spoil_a_short_reply() -> None:
    assert outcome("Sí, es correcto.", "es") == (
        1.0,
        "written in Spanish (es), though Catalan (ca) is likelier",
    )


@pytest.mark.parametrize(
    "reply", ["", " \n", "42", "!?", "\ud800\x00", "```python\nprint(x)\n```", "$x + y$", "`the`"]
)
def test_without_words_there_is_no_language(reply: str) -> None:
    assert outcome(reply, "en") == (0.0, "no words, so no language")


@pytest.mark.parametrize(("reply", "letters"), [("Yes", 3), ("No.", 2), ("B", 1)])
def test_a_word_that_many_languages_have_is_no_verdict(reply: str, letters: int) -> None:
    assert outcome(reply, "en") == (None, f"too short to tell its language: {letters} letters")


def test_code_and_the_far_end_do_not_count() -> None:
    code = "```\n" + "for the value in the list of the things: return it\n" * 20 + "```\n"
    assert outcome(code + SENTENCES["de"], "de")[0] == 1.0
    assert outcome(SENTENCES["de"] * 500 + SENTENCES["en"] * 5000, "de")[0] == 1.0


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("english", "en (English)"),
        ("spanich", "es (Spanish)"),
        ("EN", "en (English)"),
        ("en-US", "en (English)"),
        ("zh_Hant", "zh (Chinese)"),
        ("nb", "no (Norwegian)"),
        ("jp", "ja (Japanese)"),
        ("deu", "de (German)"),
    ],
)
def test_an_unknown_code_is_refused_with_the_nearest(code: str, advice: str) -> None:
    with pytest.raises(ValueError) as caught:
        check_languages(["fr", code])
    wanted = f'language "{code}" is not an ISO 639-1 code that can be told; did you mean {advice}?'
    assert str(caught.value) == wanted


def test_the_table_is_the_models() -> None:
    model = LanguageIdentifier.from_model_file(MODEL_FILE)
    assert set(LANGUAGES) == {label for label in model.labels if len(label) == 2}
    assert len(set(LANGUAGES.values())) == len(LANGUAGES)
    check_languages(tuple(LANGUAGES))
