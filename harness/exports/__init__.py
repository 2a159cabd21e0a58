"""Our runs in other programs' forms: lm-eval's samples and results, inspect's ``.eval`` logs."""

from rvpo.harness.exports.inspect_log import inspect_log
from rvpo.harness.exports.lm_eval_files import lm_eval_files
from rvpo.harness.exports.writing import FORMS, export_run

__all__ = ["FORMS", "export_run", "inspect_log", "lm_eval_files"]
