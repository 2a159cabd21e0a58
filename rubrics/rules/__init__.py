"""Rules: criteria that need no judge. Pure functions, total on any reply, each verdict with a reason."""

from rvpo.rubrics.rules.evaluate import evaluate_rule
from rvpo.rubrics.rules.outcome import RuleOutcome
from rvpo.rubrics.rules.row_fields import rule_fields

__all__ = ["RuleOutcome", "evaluate_rule", "rule_fields"]
