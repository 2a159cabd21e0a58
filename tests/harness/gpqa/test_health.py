"""Health of runs that are ill in known ways."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from rvpo.harness.gpqa.exam import ChoiceExam
from rvpo.harness.gpqa.health import ExamHealth, health_of
from rvpo.harness.gpqa.page import health_lines
from rvpo.harness.run import run_exam
from rvpo.harness.samplers import Ask, draw_seed
from rvpo.harness.summary import summarise
from rvpo.judges import JudgeConfig
from rvpo.results import ItemRow

Reply = Callable[[Ask], str]
Examine = Callable[..., ExamHealth]
PADDING = "Let us go through the options one after the other. "


@pytest.fixture
def examine(exam: ChoiceExam, speaker: Callable[..., Any], tmp_path: Path) -> Examine:
    """The health of a run of 24 items and 8 draws by a reply function."""

    def sit(reply: Reply, temperature: float = 0.7) -> ExamHealth:
        sampler = speaker(reply, temperature=temperature)
        run = run_exam(exam, sampler, JudgeConfig(judge="rules"), tmp_path / "run", draws=8)
        health = summarise(run).health
        assert health is not None
        assert run.manifest.notes == health.warnings
        return health

    return sit


def _own_words(ask: Ask) -> str:
    """A reply that depends on the draw's seed, as an honest sampler's does, with the right letter."""
    return f"{PADDING}{draw_seed(0, ask.item.id, ask.draw)}. Answer: {ask.item.reference}"


def _seed_ignored(ask: Ask) -> str:
    """A reply that depends on the prompt alone."""
    return f"{PADDING}{ask.item.messages[0]['content'][-40:]} Answer: {ask.item.reference}"


def test_a_healthy_run_has_no_warnings(examine: Examine) -> None:
    health = examine(_own_words)
    assert health.warnings == ()
    assert health.oracle == 1.0
    assert sum(health.constant_letter.values()) == pytest.approx(1.0)
    assert health.answered == 192
    assert (health.unparsed, health.empty, health.truncated, health.disagreements, health.duplicates) == (
        0,
    ) * 5
    assert health.readings == {"standard": 1.0, "last": 1.0, "first": 1.0, "boxed": 0.0, "paren": 0.0}
    assert health.chosen["none"] == 0
    # 24 items, 28 pairs of draws each, of which 1 in 24 share an order: 28 expected, sd about 5.2.
    assert 12 <= health.same_prompt_pairs <= 44
    assert health.same_reply_pairs == 0


def test_an_endpoint_that_ignores_the_seed_is_said(examine: Examine) -> None:
    health = examine(_seed_ignored)
    assert health.same_reply_pairs == health.same_prompt_pairs
    (warning,) = health.warnings
    assert warning.startswith("the endpoint seems to ignore the seed: of ")
    assert warning.endswith("at temperature 0.7; such draws are one")


def test_greedy_answers_may_be_equal(examine: Examine) -> None:
    assert examine(_seed_ignored, 0.0).warnings == ()


def test_short_replies_say_nothing_of_the_seed(examine: Examine) -> None:
    health = examine(lambda ask: f"Answer: {ask.item.reference}")
    assert (health.warnings, health.same_prompt_pairs) == ((), 0)
    assert health.duplicates > 0


def test_unread_empty_and_doubtful_replies_are_counted(examine: Examine) -> None:
    replies = {0: "", 1: "I cannot tell.", 2: "The answer is A. No, the answer is B."}
    health = examine(lambda ask: replies.get(ask.draw, _own_words(ask)))
    assert (health.unparsed, health.empty, health.disagreements) == (48, 24, 24)
    assert health.chosen["none"] == 48
    assert "48 of 192 replies choose no option (0 of them cut)" in health.warnings


def test_a_favourite_letter_is_named(examine: Examine) -> None:
    health = examine(lambda ask: f"{PADDING}{ask.draw} Answer: {'D' if ask.draw else 'B'}")
    assert "the model favours a letter: 88% of its answers are D" in health.warnings
    assert health.chosen == {"A": 0, "B": 24, "C": 0, "D": 168, "none": 0}


def _row(**meta: Any) -> ItemRow:
    letters = dict.fromkeys(("standard", "last", "first", "boxed", "paren"), "A")
    usual: Mapping[str, Any] = {
        "reference": "A", "oracle": True, "letters": letters, "reply_sha256": "x", "reply_chars": 9,
    }  # fmt: skip
    return ItemRow(item_id="a", prompt_hash="p", score=1.0, meta={**usual, **meta})


def test_a_broken_exam_says_so() -> None:
    health = health_of([_row(), _row(oracle=False)], {})
    assert health.oracle == 0.5
    assert health.warnings[0] == "the exam is broken: an oracle scores 0.500 on it"
    uneven = health_of([_row()] * 50, {})
    assert any(warning.startswith("the right letters are uneven (p = ") for warning in uneven.warnings)


def test_letters_that_hold_little_probability_are_said() -> None:
    health = health_of([_row(letter_mass=0.2), _row(letter_mass=0.4)], {})
    assert health.letter_mass == pytest.approx(0.3)
    assert "the four letters hold only 30% of the next token's probability" in health.warnings
    assert "which hold 30.0% of" in "\n".join(health_lines(health))


def test_no_rows_no_figures() -> None:
    health = health_of([], {})
    assert (health.oracle, health.readings, health.warnings) == (None, {}, ())
    assert next(health_lines(health)).startswith("oracle      none")
