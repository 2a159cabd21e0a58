"""A function of the author's: what it returns counts, what goes wrong in it is a hole, what cannot be called an error."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rvpo.rubrics import Criterion, RubricError, RuleOutcome, evaluate_rule

SOURCE = """
import math

def of_row(response, fields):
    return fields["score"](response)

def long_enough(response, fields, *, words=3):
    fields["mine"] = "changed"
    return len(response.split()) >= words

def leaves(response, fields):
    raise SystemExit(3)

class Odd(Exception):
    def __str__(self):
        raise ValueError("no text either")

def odd(response, fields):
    raise Odd

async def later(response, fields):
    return True

number = 3
"""


@pytest.fixture(autouse=True)
def _module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "authors_rules.py").write_text(SOURCE)
    (tmp_path / "authors_broken.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("authors_rules", None)


def outcome(
    name: str, reply: str = "reply", fields: dict[str, Any] | None = None, **settings: Any
) -> RuleOutcome:
    rule = {"function": name, "settings": settings}
    criterion = Criterion.model_validate({"id": "mine", "criterion": "x", "kind": "python", "rule": rule})
    return evaluate_rule(criterion, reply, {} if fields is None else fields, allow_python=True)


@pytest.mark.parametrize(
    ("answer", "met"),
    [
        (True, 1.0),
        (False, 0.0),
        (0.25, 0.25),
        (1, 1.0),
        (np.float32(0.5), 0.5),
        (RuleOutcome(0.5, "half"), 0.5),
    ],
)
def test_what_it_returns_counts(answer: Any, met: float) -> None:
    found = outcome("authors_rules:of_row", fields={"score": lambda _: answer})
    assert found.met == met
    assert found.reason == ("half" if isinstance(answer, RuleOutcome) else "authors_rules:of_row says so")


def test_settings_are_given_and_the_row_is_not_changed() -> None:
    fields: dict[str, Any] = {}
    assert outcome("authors_rules:long_enough", "a b c", fields).met == 1.0
    assert outcome("authors_rules:long_enough", "a b c", fields, words=4).met == 0.0
    assert fields == {}


@pytest.mark.parametrize(
    "answer", [1.5, -0.1, float("nan"), float("inf"), None, "yes", [1], RuleOutcome(2.0, "two")]
)
def test_what_is_off_range_is_no_verdict(answer: Any) -> None:
    found = outcome("authors_rules:of_row", fields={"score": lambda _: answer})
    assert found.met is None
    assert "should be a bool, a number in [0, 1] or a RuleOutcome" in found.reason


def test_its_own_hole_keeps_its_reason_on_one_line() -> None:
    found = outcome(
        "authors_rules:of_row", fields={"score": lambda _: RuleOutcome(None, "the\nservice\x1b[1m")}
    )
    assert found == (None, "the\\nservice\\x1b[1m")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("authors_rules:of_row", "authors_rules:of_row raised KeyError: 'score'"),
        ("authors_rules:leaves", "authors_rules:leaves raised SystemExit: 3"),
        ("authors_rules:odd", "authors_rules:odd raised Odd: (no text)"),
        ("math:sin", "math:sin raised TypeError: math.sin() takes exactly one argument (2 given)"),
    ],
)
def test_an_exception_in_it_is_no_verdict(name: str, reason: str) -> None:
    assert outcome(name) == (None, reason)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        (
            "authors_rule:f",
            r"ModuleNotFoundError: No module named 'authors_rule'; is it installed, or its folder",
        ),
        ("authors_broken:f", r"cannot be imported: ZeroDivisionError: division by zero$"),
        ("authors_rules:absent", r"module 'authors_rules' has no plain function 'absent'$"),
        ("authors_rules:number", r"has no plain function 'number'$"),
        ("authors_rules:later", r"has no plain function 'later'$"),
    ],
)
def test_what_cannot_be_called_names_the_criterion(name: str, problem: str) -> None:
    with pytest.raises(RubricError, match=rf"^criterion 'mine': function '{name}'.*{problem}") as caught:
        outcome(name)
    assert str(caught.value).isprintable()
