"""Prompts: what is shown, and templates that are refused."""

from pathlib import Path

import pytest

from rvpo.harness.errors import ExamError
from rvpo.harness.gpqa.prompt import DIRECT, REASONED, load_template

OPTIONS = ("w", "x", "y", "z")


def _template(folder: Path, text: str) -> Path:
    path = folder / "prompt.txt"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("template", [REASONED, DIRECT])
def test_ours_show_question_and_options(template: object) -> None:
    assert template in {REASONED, DIRECT}
    shown = REASONED.render("Why?", OPTIONS)
    assert "\n\nWhy?\n\nA) w\nB) x\nC) y\nD) z\n\n" in shown
    assert "{{" not in shown


def test_what_a_question_brings_in_is_not_filled(tmp_path: Path) -> None:
    template = load_template(_template(tmp_path, "{{question}} $\\frac{1}{2}$ {{ options }}\n"))
    assert template.render("{{A}}", OPTIONS) == "{{A}} $\\frac{1}{2}$ A) w\nB) x\nC) y\nD) z"


def test_letters_may_be_placed_one_by_one(tmp_path: Path) -> None:
    template = load_template(
        _template(tmp_path, "{{question}}\n(A) {{A}}\n(B) {{B}}\n(C) {{C}}\n(D) {{D}}\n")
    )
    assert template.render("Q", OPTIONS) == "Q\n(A) w\n(B) x\n(C) y\n(D) z"
    assert template.name == "user"
    assert template.sha256 != REASONED.sha256


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{options}}", r"prompt.txt: no \{\{question\}\} in the template"),
        ("{{question}}", r"got none of them, should be \{\{options\}\} or all of"),
        ("{{question}} {{A}} {{B}}", r"got \{\{A\}\}, \{\{B\}\}, should be"),
        ("{{question}} {{options}} {{A}} {{B}} {{C}} {{D}}", r"should be \{\{options\}\} or all of"),
        ("{{question}} {{option}}", r"unknown place \{\{option\}\}; .*did you mean options"),
        ("{{question}} {{options}} {{options}}", r"\{\{options\}\} stands there 2 times"),
        ("", r"no \{\{question\}\}"),
    ],
)
def test_wrong_templates(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ExamError, match=said):
        load_template(_template(tmp_path, text))
