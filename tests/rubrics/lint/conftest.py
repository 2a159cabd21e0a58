"""One criterion or one rubric in, the findings out."""

from collections.abc import Callable
from typing import Any

import pytest

from rvpo.rubrics.lint import Finding, lint_rubric
from rvpo.rubrics.schema import Rubric

Lint = Callable[..., tuple[Finding, ...]]
Codes = Callable[..., set[str]]


@pytest.fixture
def lint() -> Lint:
    """Findings of a rubric of these criteria (mappings; id, text and origin are filled in) and rubric keys."""

    def findings(*criteria: dict[str, Any], **rubric: Any) -> tuple[Finding, ...]:
        named = [
            {"id": f"matter_{chr(97 + number)}", "criterion": f"Names the {word}.", **criterion}
            for number, (criterion, word) in enumerate(
                zip(criteria, ("age", "dose", "cause", "risk", "price"), strict=False)
            )
        ]
        data = {"id": "t", "licence": "MIT", "provenance": "me", **rubric, "criteria": named}
        return lint_rubric(Rubric.model_validate(data))

    return findings


@pytest.fixture
def codes(lint: Lint) -> Codes:
    """The codes alone, of one criterion with this text and these keys."""

    def of_text(text: str, **keys: Any) -> set[str]:
        return {finding.code for finding in lint({"criterion": text, **keys})}

    return of_text
