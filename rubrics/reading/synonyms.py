"""What other people's rubric formats call the keys of this one, so that an unknown key can be answered with its name.

From HealthBench, Rubrics as Rewards, autorubric, rubric, verifiers, NeMo Gym, promptfoo, rewardkit and openevals.
A name counts only where the record at that place has the key it stands for. Pure.
"""

from collections.abc import Collection

_CALLED: dict[str, tuple[str, ...]] = {
    "points": ("weight", "weights", "score", "importance", "value"),
    "criterion": (
        "requirement", "description", "text", "statement", "criteria", "criterion_text", "question", "rubric_item",
        "content", "assertion", "prompt",
    ),
    "id": ("name", "key", "criterion_id", "rubric_id", "identifier", "title", "label", "slug"),
    "kind": ("type", "grader", "scorer", "checker", "method"),
    "rule": ("settings", "config", "params", "parameters", "arguments", "args"),
    "tags": ("axis", "axes", "category", "categories", "dimension", "dimensions", "labels", "tag", "theme"),
    "polarity": ("negative", "is_negative", "direction", "sign", "is_positive", "positive", "undesirable"),
    "options": ("choices", "levels", "grades", "labels", "anchors", "score_rubric"),
    "gate": ("required", "must_have", "required_pass", "hard", "is_required", "mandatory", "veto", "critical"),
    "evidence": ("quote", "requires_evidence", "cite"),
    "examples": ("example", "few_shot", "shots", "calibration"),
    "guidelines": ("instructions", "guideline", "instruction", "rationale", "notes", "note", "system_prompt", "hint"),
    "component": ("group", "section", "parent"),
    "criteria": ("rubrics", "rubric", "items", "criterias", "requirements", "rules", "checks", "questions"),
    "components": ("groups", "sections"),
    "title": ("description", "display_name", "summary"),
    "schema": ("schema_version", "format_version", "spec", "api_version"),
    "licence": ("license", "licenses", "licences", "spdx"),
    "provenance": ("source", "origin", "author", "authors", "attribution"),
    "fields": ("variables", "inputs", "columns", "placeholders"),
    "judge": ("judge_hints", "grader", "model"),
    "aggregate": ("aggregation", "scoring", "reduce"),
    "normalise": ("normalize", "normalisation", "normalization"),
    "extends": ("base", "inherits", "inherit", "parent", "include", "import"),
    "response": ("reply", "answer", "output", "completion"),
    "verdict": ("met", "label", "score", "expected", "criteria_met"),
    "reason": ("explanation", "rationale", "why"),
    "na": ("not_applicable", "n/a"),
    "calls": ("expected", "tool_calls", "reference", "trajectory"),
    "arguments": ("args", "parameters", "params", "input"),
    "texts": ("text", "strings", "values", "substrings", "keywords", "contains", "not_contains"),
    "pattern": ("regex", "regexp", "expression"),
    "expected": ("answer", "reference", "target", "gold", "value"),
    "languages": ("language", "lang", "code"),
    "json_schema": ("schema",),
    "ignore_case": ("case_insensitive", "icase"),
    "unit": ("units", "measure"),
    "min": ("minimum", "min_length", "min_words", "at_least"),
    "max": ("maximum", "max_length", "max_words", "at_most", "limit"),
}  # fmt: skip


def called_here(key: object, allowed: Collection[str]) -> str | None:
    """What a key of another format is called here, of the allowed keys; ``None``: unheard of.

    >>> called_here("Weight", ["id", "points"])
    'points'
    """
    if not isinstance(key, str):
        return None
    word = key.casefold().replace("-", "_")
    return next((name for name, others in _CALLED.items() if name in allowed and word in others), None)
