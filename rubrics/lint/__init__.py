"""lint: what an author should look at before a rubric is judged or trained on. Pure; see ``table.py`` for the checks."""

from rvpo.rubrics.lint.finding import Check, Finding, Severity
from rvpo.rubrics.lint.run import lint_rubric
from rvpo.rubrics.lint.table import CHECKS, CODES, checks_table

__all__ = ["CHECKS", "CODES", "Check", "Finding", "Severity", "checks_table", "lint_rubric"]
