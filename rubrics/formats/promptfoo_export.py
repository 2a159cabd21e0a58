"""Rubrics as promptfoo configs: a criterion is an assertion, named by its ``metric``. Pure.

Source: as ``promptfoo_asserts.py``. A rule without an assertion of its kind is written as ``llm-rubric`` with the
criterion's text, which a model then judges; that is noted. The config needs ``providers`` before it can run.
"""

import json
from typing import Any

from rvpo.rubrics.formats.contract import Exported, Imported, Notebook
from rvpo.rubrics.formats.exporting import note_losses, number, of_criterion, of_row, other_fields
from rvpo.rubrics.formats.promptfoo_templates import as_template, is_beyond_names, names_in
from rvpo.rubrics.formats.yaml_writer import write_yaml
from rvpo.rubrics.rows import PromptRow
from rvpo.rubrics.schema import (
    ContainsRule,
    Criterion,
    JsonRule,
    JsonSchemaRule,
    LengthRule,
    MatchRule,
    NotContainsRule,
    RegexRule,
    Rubric,
)

PROMPT = "{{prompt}}"


def write(imported: Imported, _suffix: str) -> Exported:
    """Write a config: a test for each row; assertions that all rows share, or a rubric's, under ``defaultTest``.

    Raises:
        RubricError: Never; what cannot be said is noted.
    """
    book = Notebook()
    first = imported.rubrics[0] if imported.rubrics else None
    shared = first if all(row.rubric == first for row in imported.rows) else None
    config: dict[str, Any] = {}
    if shared is not None and shared.title:
        config["description"] = shared.title
    if imported.rows:
        config["prompts"] = [PROMPT]
    if shared is not None:
        config["defaultTest"] = {"assert": _assertions(shared, "", book)}
    if imported.rows:
        config["tests"] = [_test(row, None if shared else row.rubric, shared, book) for row in imported.rows]
    missing = "providers" if imported.rows else "prompts, providers and tests"
    book.add("config", f"add {missing} before promptfoo can run it")
    return Exported(write_yaml(config), book.done())


def _test(row: PromptRow, own: Rubric | None, shared: Rubric | None, book: Notebook) -> dict[str, Any]:
    alone = len(row.messages) == 1 and row.messages[0]["role"] == "user"
    prompt = row.messages[0]["content"] if alone else json.dumps([dict(turn) for turn in row.messages])
    rubric = row.rubric or shared
    asked = set(rubric.fields) | {_source(c) for c in rubric.criteria} if rubric else set()
    variables = {
        "prompt": prompt,
        **{key: row.fields[key] for key in sorted(asked - {""}) if key in row.fields},
    }
    for key, value in variables.items():
        if isinstance(value, list):
            book.lost(of_row(row), f"that {key} is one value: promptfoo makes a test of each item of a list")
    rest = other_fields(row, asked)
    if row.reference is not None and "reference" not in asked:
        rest["reference"] = row.reference
    test: dict[str, Any] = {"description": row.id, "vars": variables}
    if own is not None:
        test["assert"] = _assertions(own, of_row(row), book)
    return {**test, "metadata": rest} if rest else test


def _source(criterion: Criterion) -> str:
    return getattr(criterion.rule, "expected_from", None) or ""


def _assertions(rubric: Rubric, place: str, book: Notebook) -> list[dict[str, Any]]:
    kept = {"points", "polarity", "kind", "rule"}
    note_losses(rubric, {"title", "fields"}, kept, book, place)
    return [_assertion(criterion, rubric, place, book) for criterion in rubric.criteria]


def _assertion(criterion: Criterion, rubric: Rubric, place: str, book: Notebook) -> dict[str, Any]:
    here = of_criterion(place, criterion)
    kind, value = _of_rule(criterion)
    if kind == "llm-rubric":
        if criterion.kind != "llm":
            book.lost(here, f"the rule of kind {criterion.kind}: a model judges its text")
        value = as_template(criterion.criterion, rubric.fields)
        if is_beyond_names(value) or not names_in(value) <= set(rubric.fields):
            book.lost(here, "braces that promptfoo takes for a template")
    elif getattr(criterion.rule, "part", "all") != "all":
        book.lost(here, "that only the answer is looked at, not the thinking")
    if criterion.polarity == "met_is_bad":
        kind = kind.removeprefix("not-") if kind.startswith("not-") else f"not-{kind}"
    if criterion.points < 0:
        book.lost(here, f"{criterion.points:g} points: now {-criterion.points:g} for {_other_way(criterion)}")
    made: dict[str, Any] = {"type": kind}
    if value is not None:
        made["value"] = value
    if abs(criterion.points) != 1.0:
        made["weight"] = number(abs(criterion.points))
    return {**made, "metric": criterion.id}


def _other_way(criterion: Criterion) -> str:
    return "its absence" if criterion.polarity == "met_is_bad" else "meeting it"


def _of_rule(criterion: Criterion) -> tuple[str, Any]:
    """An assertion's type and value; ``llm-rubric`` where the rule has none of its own."""
    found: tuple[str, Any] = ("llm-rubric", None)
    match criterion.rule:
        case ContainsRule() as rule:
            found = _contains(rule.texts, rule.require, ignore_case=rule.ignore_case)
        case NotContainsRule() as rule:
            kind, value = _contains(rule.texts, "any", ignore_case=rule.ignore_case)
            found = (f"not-{kind}", value)
        case RegexRule() as rule if not rule.ignore_case:
            found = ("regex", f"^(?:{rule.pattern})$" if rule.full else rule.pattern)
        case LengthRule() as rule if rule.unit == "words":
            bounds = {"min": rule.min or None, "max": rule.max}
            found = ("word-count", {key: bound for key, bound in bounds.items() if bound is not None})
        case JsonRule() as rule if rule.type == "any":
            found = ("is-json", None)
        case JsonSchemaRule() as rule:
            found = ("is-json", dict(rule.json_schema))
        case MatchRule() as rule if rule.measure == "exact" and rule.normalise == "none":
            if rule.expected_from is not None:
                found = ("equals", f"{{{{{rule.expected_from}}}}}")
            elif rule.expected is not None and len(rule.expected) == 1:
                found = ("equals", rule.expected[0])
    return found


def _contains(texts: tuple[str, ...], require: str, *, ignore_case: bool) -> tuple[str, Any]:
    kind = "icontains" if ignore_case else "contains"
    return (kind, texts[0]) if len(texts) == 1 else (f"{kind}-{require}", list(texts))
