from typing import Any

import pytest

from rvpo.judges.asking import answer_form, criterion_text, is_plain, letter_form
from rvpo.rubrics import Criterion

OPTIONS: list[Any] = ["none", "full", {"label": "n/a", "na": True}]
FORM = "Answer with one JSON object and nothing else, in this order:\n"
COPIED = 'give as evidence the words of the response that show it, copied letter for letter, "..." for what you leave out'
EVIDENCE = ' "evidence": "<words copied from the response>",'


def asks(**fields: Any) -> Criterion:
    return Criterion.model_validate({"id": "a", "criterion": "Asks.", **fields})


@pytest.mark.parametrize(
    ("fields", "question", "form"),
    [
        (
            {"options": OPTIONS},
            ('How far does the response meet the criterion? Allowed answers, in their order:\n- "none"\n- "full"\n'
            '- "n/a" (only if the criterion does not apply to this response)'),
            '{"explanation": "<your reason>", "answer": "<one of the allowed answers>"}',
        ),
        (
            {"range": {"min": 1, "max": 5}},
            ("How far does the response meet the criterion? "
            "Allowed answers: a number from 1 (not at all) to 5 (fully)."),
            '{"explanation": "<your reason>", "answer": <the number>}',
        ),
        (
            {"evidence": "quote"},
            f'Does the response meet the criterion?\n\nIf it does, {COPIED}; if it does not, leave it empty ("").',
            f'{{"explanation": "<your reason>",{EVIDENCE} "met": true or false}}',
        ),
        (
            {"range": {"max": 5}, "evidence": "quote"},
            ("How far does the response meet the criterion? Allowed answers: a number from 0 (not at all) to 5 (fully)."
            f'\n\nFor a number above 0, {COPIED}; for 0, leave it empty ("").'),
            f'{{"explanation": "<your reason>",{EVIDENCE} "answer": <the number>}}',
        ),
        (
            {"scale": "nominal", "options": [{"label": "x", "value": 1.0}, {"label": "y", "value": 0.5}], "evidence": "quote"},
            f'Which answer fits the response? Allowed answers:\n- "x"\n- "y"\n\nFor every answer, {COPIED}.',
            f'{{"explanation": "<your reason>",{EVIDENCE} "answer": "<one of the allowed answers>"}}',
        ),
    ],
)  # fmt: skip
def test_the_form_names_every_allowed_answer(fields: dict[str, Any], question: str, form: str) -> None:
    assert answer_form(asks(**fields)) == f"{question}\n\n{FORM}{form}"


def test_the_answers_that_need_no_quote_are_named() -> None:
    text = answer_form(asks(options=OPTIONS, evidence="quote"))
    assert 'For every answer but "none", "n/a", give as evidence' in text
    assert 'for "none" or "n/a", leave it empty' in text


def test_letters_stand_for_options_in_their_order() -> None:
    assert letter_form(asks()) == "Is the statement true? Answer Yes or No."
    assert letter_form(asks(options=OPTIONS)) == (
        "Which answer fits the response best?\nA. none\nB. full\nC. n/a\nAnswer with the letter only."
    )


def test_what_a_label_is_worth_is_not_told() -> None:
    worth = [{"label": "x", "value": 0.123}, {"label": "y", "value": 0.987}]
    text = answer_form(asks(options=worth, points=77)) + criterion_text(asks(options=worth, points=77))
    assert not any(figure in text for figure in ("0.123", "0.987", "77"))


def test_a_plain_criterion_is_its_text_and_nothing_else() -> None:
    assert criterion_text(asks()) == "Asks."
    assert [is_plain(asks(**fields)) for fields in ({}, {"guidelines": "x"}, {"evidence": "quote"})] == [
        True,
        True,
        False,
    ]


def test_verdicts_of_examples_are_in_the_words_of_the_scale() -> None:
    told = [
        criterion_text(asks(**scale, examples=[{"response": "ho", "verdict": verdict}]))
        for scale, verdict in (({}, False), ({"options": OPTIONS}, "full"), ({"range": {"max": 5}}, 3))
    ]
    assert [text.rpartition("\n")[2] for text in told] == [
        "Right verdict: not met.",
        'Right verdict: "full".',
        "Right verdict: 3.",
    ]
