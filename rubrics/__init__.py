"""rubrics: what is good. YAML -> Rubric; rules that need no judge; verdicts -> scores. Small; only files are read.

>>> from rvpo.rubrics import library_rubric, score_rubric
>>> rubric = library_rubric("tool_calling")
>>> score_rubric(rubric, [True, True, True, False, False, None]).score
0.6
"""

from rvpo.rubrics.answers import Answer, library_answers, read_answers
from rvpo.rubrics.errors import MissingField, RubricError, SourceError
from rvpo.rubrics.fill import fill_rubric
from rvpo.rubrics.formats.healthbench import rubric_from_healthbench
from rvpo.rubrics.hashing import criterion_hash, rubric_hash
from rvpo.rubrics.load import find_rubric, library_names, library_rubric, load_rubric, parse_rubric
from rvpo.rubrics.rows import PromptRow, read_prompt_rows
from rvpo.rubrics.rules import RuleOutcome, evaluate_rule
from rvpo.rubrics.schema import Component, Criterion, Rubric
from rvpo.rubrics.score import (
    NOT_APPLICABLE,
    RubricScore,
    TagScore,
    score_dataset,
    score_dataset_tags,
    score_rubric,
)
from rvpo.rubrics.views import View, view_of

__all__ = [
    "NOT_APPLICABLE",
    "Answer",
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
    "View",
    "criterion_hash",
    "evaluate_rule",
    "fill_rubric",
    "find_rubric",
    "library_answers",
    "library_names",
    "library_rubric",
    "load_rubric",
    "parse_rubric",
    "read_answers",
    "read_prompt_rows",
    "rubric_from_healthbench",
    "rubric_hash",
    "score_dataset",
    "score_dataset_tags",
    "score_rubric",
    "view_of",
]
