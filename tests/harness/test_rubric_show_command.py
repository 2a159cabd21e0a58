"""``rvpo rubric show``: a page to read at any width, JSON to use."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from rvpo.harness.commands.rubric import command
from rvpo.harness.rubric_pages.rubric import rubric_page, sections
from rvpo.harness.rubric_pages.rules import rule_in_words
from rvpo.harness.rubric_pages.words import count, signed
from rvpo.rubrics import RubricError, library_names, library_rubric, parse_rubric, rubric_hash
from rvpo.rubrics.schema import Criterion, Rubric

MARKUP = (
    "id: t\ntitle: A [bold]title[/bold]\ncriteria:\n  - {id: a, criterion: 'Is [red]good.', points: 2.5}\n"
)
ALL = r"""
id: everything
title: All that a rubric can say
version: 3
guidelines: Compare with {reference}.
fields: [reference]
tags: ["theme:x"]
components: [{id: content, title: What is said, weight: 2}, {id: safety}]
aggregate: {view: components, weights: points, normalise: plain, gates: vector}
on_invalid: {max_missing: 0.1, scattered: mask}
judge: {mode: whole-rubric, view: reply}
criteria:
  - {id: same, criterion: "Agrees with {reference}.", points: 10, gate: required, component: content, evidence: quote}
  - {id: depth, criterion: How deep is it?, points: 4, options: [none, partial, full, {label: n/a, na: true}], component: content}
  - {id: grade, criterion: Grade it., points: 0, range: {min: 1, max: 5}, tags: [style], guidelines: By the book.}
  - {id: harm, criterion: Is dangerous., points: -8, polarity: met_is_bad, gate: veto, component: safety}
  - {id: short, criterion: Is short., kind: length, rule: {max: 200}, examples: [{response: Yes., verdict: true}]}
"""


def run(*args: str | Path) -> Any:
    return CliRunner().invoke(command, [str(arg) for arg in args], standalone_mode=False)


def page(rubric: Rubric, width: int = 80) -> str:
    console = Console(width=width, file=io.StringIO(), highlight=False)
    console.print(rubric_page(rubric))
    output = console.file
    assert isinstance(output, io.StringIO)
    return output.getvalue()


def one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("name", library_names())
@pytest.mark.parametrize("width", [60, 80, 120])
def test_every_library_rubric_fits(name: str, width: int) -> None:
    rubric = library_rubric(name)
    text = page(rubric, width)
    assert max(map(len, text.splitlines())) <= width
    flat = one_line(text)
    for criterion in rubric.criteria:
        assert criterion.id in text
        assert one_line(criterion.criterion) in flat
    assert rubric_hash(rubric)[:12] in text


def test_show_a_library_rubric() -> None:
    result = run("show", "medical_consultation")
    assert result.exception is None
    assert one_line(result.output) == one_line(page(library_rubric("medical_consultation")))


def test_all_that_a_rubric_says_is_there() -> None:
    text = one_line(page(parse_rubric(ALL)))
    for said in (
        "everything v3 · 5 criteria, 15 points · 1 fault, −8",  # 10 + 4 + 1
        "fields of the row: reference",
        "tags: theme:x",
        "Compare with {reference}.",
        "What is said, weight 2 ━",
        "+10 same required",
        "gate: unless met, the score is at most 0",
        "evidence: the judge must quote the reply",
        "ordinal: none 0 · partial 0.5 · full 1 · n/a left out",
        "0 grade Grade it. numeric: 1 (not met) to 5 (fully met) guidelines: By the book. tags: style",
        "−8 harm fault veto Is dangerous. gate: if met, the score is at most 0",
        "rule length: at most 200 words 1 example: “Yes.” met",
        "reward vector: one entry a component, weighing their points",
        "score: mean of the rewards",
        "gates: one that fails takes the score and every entry of the vector",
        "up to 10% of the points the hole is left out, beyond that the reply leaves the group",
        "judging: all criteria in one call; the judge sees the reply alone",
    ):
        assert said in text


def test_what_is_at_its_default_is_not_said() -> None:
    text = page(parse_rubric(MARKUP))
    for unsaid in ("reward vector", "score", "missing", "judging", "tags", "fields", "fault", "binary"):
        assert unsaid not in text


def test_sections() -> None:
    def names(text: str) -> list[tuple[str, list[str]]]:
        return [(part.name, [each.id for each in part.members]) for part in sections(parse_rubric(text))]

    assert names(ALL) == [
        ("What is said, weight 2", ["same", "depth"]),
        ("Others", ["grade", "short"]),
        ("safety", ["harm"]),
    ]
    axes = "id: t\ncriteria:\n- {id: a, criterion: A, tags: ['axis:to_be']}\n- {id: b, criterion: B}\n- {id: c, criterion: C, tags: [x, 'axis:to_be']}\n"
    assert names(axes) == [("To be", ["a", "c"]), ("Others", ["b"])]
    assert names(MARKUP) == [("", ["a"])]


def test_the_bars_are_to_scale() -> None:
    lines = page(parse_rubric(ALL)).splitlines()
    bars = {line.split("  ")[0]: line.count("━") for line in lines if "━" in line}
    assert bars == {"What is said, weight 2": 24, "Others": 2}  # 14 points, 1 of 14: 24/14 = 1.7


def test_show_takes_no_markup_or_control_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(MARKUP + '  - {id: b, criterion: "red \\e[31m"}\n')
    output = run("show", tmp_path / "good.yaml").output
    assert "A [bold]title[/bold]" in output
    assert "Is [red]good." in output
    assert "+2.5" in output
    assert "red \\x1b[31m" in output
    assert "\x1b" not in output


def test_show_json_has_the_hashes() -> None:
    shown = json.loads(run("show", "tool_calling", "--json").output)
    assert shown["rubric_hash"] == rubric_hash(library_rubric("tool_calling"))
    assert [len(each["criterion_hash"]) for each in shown["criteria"]] == [64] * 6


def test_show_what_is_not_there(tmp_path: Path) -> None:
    error = run("show", "tool_caling").exception
    assert isinstance(error, RubricError)
    assert str(error).endswith("did you mean tool_calling?")
    assert str(run("show", tmp_path / "no.yaml").exception).endswith("no.yaml: no such file")


@pytest.mark.parametrize(
    ("kind", "settings", "words"),
    [
        ("regex", {"pattern": r"\d+", "part": "answer"}, r"after the thinking: matches /\d+/"),
        ("regex", {"pattern": "a", "full": True, "ignore_case": True}, "is all /a/, in any case"),
        ("contains", {"texts": ["a", "b"]}, "contains “a” and “b”"),
        ("contains", {"texts": ["a", "b", "c"], "require": "any"}, "contains “a”, “b” or “c”"),
        ("not_contains", {"texts": ["a"]}, "does not contain “a”"),
        ("length", {"max": 1}, "at most 1 word"),
        ("length", {"min": 2, "unit": "chars"}, "at least 2 characters"),
        ("length", {"min": 2, "max": 3000}, "2 to 3 000 words"),
        ("length", {"max": 9, "unit": "tokens", "tokenizer": "m"}, "at most 9 tokens of m"),
        ("json", {}, "is one JSON value and nothing else"),
        ("json_schema", {"json_schema": {"type": "object", "required": ["a", "b"]}}, "is JSON (object with a, b) that the schema accepts"),
        ("json_schema", {"json_schema": {}}, "is JSON that the schema accepts"),
        ("language", {"languages": ["en", "de"]}, "is written in en or de"),
        ("numeric_answer", {"expected": 42, "tolerance": 0.5}, "the final number is 42 ± 0.5"),
        ("numeric_answer", {"expected_from": "answer"}, "the final number is the row's field answer"),
        ("choice", {"expected": "B"}, "chooses “B” (of ABCD)"),
        ("match", {"expected": "a", "normalise": "none"}, "is “a”"),
        ("match", {"expected_from": "a", "measure": "f1"}, "shares words (token F1) with the row's field a, case, punctuation and articles aside"),
        ("python", {"function": "my.module:check"}, "as far as my.module:check says"),
        ("tool_calls", {"calls": [{"name": "f", "arguments": {"x": 1}}], "match": "superset", "max": 3}, "the calls contain f(x); at most 3 calls; format hermes"),
        ("tool_calls", {"calls_from": "calls", "args": "names"}, "the calls are the row's field calls, in order, with the same argument names; format hermes"),
        ("tool_calls", {"check": "limits", "forbid": ["f"], "min": 1}, "never calls f; at least 1 call; format hermes"),
        ("tool_calls", {"check": "limits", "allow": []}, "calls none but nothing; format hermes"),
        ("tool_calls", {"check": "irrelevance"}, "no call is made; format hermes"),
        ("tool_calls", {"check": "form", "calls": []}, "as many call blocks as expected, and no text beside them, expected are none; format hermes"),
    ],
)  # fmt: skip
def test_rules_in_words(kind: str, settings: dict[str, Any], words: str) -> None:
    criterion = Criterion.model_validate({"id": "a", "criterion": "A.", "kind": kind, "rule": settings})
    assert criterion.rule is not None
    assert rule_in_words(criterion.rule) == words


def test_numbers() -> None:
    assert [signed(points) for points in (5, -2.5, 0, 0.5)] == ["+5", "−2.5", "0", "+0.5"]
    assert [count(number, "reply", "replies") for number in (1, 0, 4800)] == [
        "1 reply",
        "0 replies",
        "4 800 replies",
    ]
