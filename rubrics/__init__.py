"""rubrics: what is good. YAML -> Rubric; rules that need no judge; verdicts -> scores. Small; only files are read.

>>> from rvpo.rubrics import library_rubric, score_rubric
>>> rubric = library_rubric("tool_calling")
>>> score_rubric(rubric, [True, True, True, False, False, None]).score
0.6
"""

from rvpo.rubrics.errors import MissingField, RubricError, SourceError
from rvpo.rubrics.hashing import criterion_hash, rubric_hash
from rvpo.rubrics.healthbench import rubric_from_healthbench
from rvpo.rubrics.load import library_names, library_rubric, load_rubric, parse_rubric
from rvpo.rubrics.rows import PromptRow, read_prompt_rows
from rvpo.rubrics.rules import RuleOutcome, evaluate_rule
from rvpo.rubrics.schema import Component, Criterion, Rubric
from rvpo.rubrics.score import RubricScore, TagScore, score_dataset, score_dataset_tags, score_rubric

__all__ = [
    "Component",
    "Criterion",
    "MissingField",
    "PromptRow",
    "Rubric",
    "RubricError",
    "RubricScore",
    "RuleOutcome",
    "SourceError",
    "TagScore",
    "criterion_hash",
    "evaluate_rule",
    "library_names",
    "library_rubric",
    "load_rubric",
    "parse_rubric",
    "read_prompt_rows",
    "rubric_from_healthbench",
    "rubric_hash",
    "score_dataset",
    "score_dataset_tags",
    "score_rubric",
]
