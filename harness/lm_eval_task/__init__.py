"""Any task of lm-evaluation-harness, run through it as a library, with its rows in our store.

Prompts, few-shot examples, filters and metrics are lm-eval's own code; what asks, repeats, resumes and records is ours.
"""

from rvpo.harness.lm_eval_task.run import run_lm_eval
from rvpo.harness.lm_eval_task.tasks import Question, TaskExam, load_task_exam

__all__ = ["Question", "TaskExam", "load_task_exam", "run_lm_eval"]
