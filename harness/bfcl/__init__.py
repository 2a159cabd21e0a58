"""BFCL's single-turn categories as exams: the package's own rows, scored by our rules, summed up as BFCL does."""

from rvpo.harness.bfcl.accuracy import bfcl_accuracies
from rvpo.harness.bfcl.categories import CATEGORIES, GROUPS
from rvpo.harness.bfcl.exam import bfcl_exam

__all__ = ["CATEGORIES", "GROUPS", "bfcl_accuracies", "bfcl_exam"]
