"""promptfoo configs: tests become prompt rows with rubrics, and rubrics become tests."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from rvpo.rubrics import SourceError
from rvpo.rubrics.fill import fill_rubric
from rvpo.rubrics.formats.contract import Imported
from rvpo.rubrics.formats.promptfoo import PROMPTFOO
from rvpo.rubrics.formats.source import Source
from rvpo.rubrics.rows import PromptRow
from rvpo.rubrics.schema import Rubric

CONFIG: dict[str, Any] = {
    "prompts": ["Answer in {{language}}: {{question}}"],
    "providers": ["openai:gpt-5"],
    "defaultTest": {"assert": [{"type": "llm-rubric", "value": "Is in {{language}}."}]},
    "tests": [
        {
            "description": "refund",
            "vars": {"language": "French", "question": "Refund?"},
            "assert": [{"type": "contains", "value": "{{language}}", "weight": 2, "metric": "names it"}],
            "metadata": {"source": "x"},
        },
        {"vars": {"language": "German", "question": "Hi"}},
    ],
}


def read(tmp_path: Path, config: object) -> Imported:
    file = tmp_path / "promptfooconfig.yaml"
    file.write_text(json.dumps(config, indent=1))  # is YAML, too
    return PROMPTFOO.read(Source(file), "met_is_bad")


def test_tests_become_rows(tmp_path: Path) -> None:
    imported = read(tmp_path, CONFIG)
    assert [(note.place, note.severity) for note in imported.notes] == [("providers", "note")]
    refund, hi = imported.rows
    assert (refund.id, hi.id) == ("refund", "test-2")
    assert refund.messages == ({"role": "user", "content": "Answer in French: Refund?"},)
    assert refund.fields == {"source": "x", "language": "French", "question": "Refund?"}
    assert refund.rubric is not None
    assert refund.rubric.fields == ("language",)
    judged, contains = refund.rubric.criteria
    assert (judged.id, judged.criterion) == ("c01", "Is in {language}.")
    assert fill_rubric(refund.rubric, refund.fields).criteria[0].criterion == "Is in French."
    assert (contains.id, contains.points, contains.kind) == ("names_it", 2, "contains")
    assert hi.rubric is not None
    assert len(hi.rubric.criteria) == 1


def test_every_prompt_makes_a_row(tmp_path: Path) -> None:
    chat = '[{"role": "system", "content": "Be {{mood}}."}, {"role": "user", "content": "{{q}}"}]'
    config = {
        "prompts": ["{{q}}", {"raw": chat, "label": "chat"}, "file://p.txt"],
        "tests": [{"vars": {"q": 'a "b"', "mood": "kind"}, "assert": [{"type": "is-json"}]}],
    }
    imported = read(tmp_path, config)
    assert [row.id for row in imported.rows] == ["test-1.prompt-1", "test-1.prompt-2"]
    assert [turn["content"] for turn in imported.rows[1].messages] == ["Be kind.", 'a "b"']
    assert [(note.place, note.severity) for note in imported.notes] == [("prompts[2]", "lost")]


def test_a_config_without_prompts_is_a_rubric(tmp_path: Path) -> None:
    asserts = [{"type": "llm-rubric", "value": "Is in {{language}}."}]
    for config in (
        {"defaultTest": {"assert": asserts}},
        {
            "prompts": ["file://p.txt"],
            "tests": [{"vars": {"language": v}, "assert": asserts} for v in ("de", "fr")],
        },
    ):
        rubric = read(tmp_path, config).rubric
        assert rubric is not None
        assert (rubric.id, rubric.fields, rubric.criteria[0].criterion) == (
            "promptfooconfig", ("language",), "Is in {language}.",
        )  # fmt: skip


def test_variables_that_no_row_can_have_are_filled_in_at_once(tmp_path: Path) -> None:
    asserts = [{"type": "llm-rubric", "value": "Answers {{prompt}} and {{gone}}."}]
    config = {"prompts": ["{{prompt}}"], "tests": [{"vars": {"prompt": "Hi"}, "assert": asserts}]}
    imported = read(tmp_path, config)
    assert imported.rows[0].rubric is not None
    assert imported.rows[0].rubric.criteria[0].criterion == "Answers Hi and ."
    assert imported.rows[0].fields == {}
    assert [note.text for note in imported.notes] == ["the variable gone has no value and is left empty"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tests": "file://t.csv"}, 'tests: got "file://t.csv", only tests written in the config are read'),
        ({"tests": [{"vars": ["x"]}]}, "vars: got a list, should be a mapping of keys"),
        ({"tests": [{"assert": "x"}]}, 'tests[0].assert: got "x", should be a list of assertions'),
        (
            {"defaultTest": {"assert": [{"type": "python"}]}, "prompts": []},
            "no assertion in it can be a criterion",
        ),
        (
            {"prompts": ["file://p"], "tests": [{}, {"assert": [{"type": "is-json"}]}]},
            "prompts: none is written in the config, and the tests assert different things; write the prompt out",
        ),
    ],
)
def test_errors_are_one_line(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(tmp_path, {**CONFIG, "tests": [], **change})
    assert str(caught.value) == f"{tmp_path}/promptfooconfig.yaml: {message}"


def test_what_is_left_out_is_noted(tmp_path: Path) -> None:
    config = {
        **CONFIG,
        "outputPath": "x",
        "tests": ["file://t", {"threshold": 1, "assert": [{"type": "python"}]}],
    }
    config["defaultTest"] = "file://d"
    config["tests"] = [*config["tests"], {"assert": [{"type": "is-json"}]}]
    notes = [(note.place, note.text, note.severity) for note in read(tmp_path, config).notes]
    assert ("outputPath", "left out: it says how tests run, not what is good", "note") in notes
    assert ("defaultTest", '"file://d": only tests written in the config are read', "lost") in notes
    assert ("tests[0]", '"file://t": only tests written in the config are read', "lost") in notes
    assert ("tests[1]", "threshold", "lost") in notes
    assert ("tests[1]", "the test: no assertion of it can be a criterion", "lost") in notes


def test_negative_weights_turn_the_polarity(tmp_path: Path) -> None:
    asserts = [
        {"type": kind, "value": "x", "weight": -2} for kind in ("contains", "not-llm-rubric", "not-contains")
    ]
    rubric = read(tmp_path, {"defaultTest": {"assert": asserts}}).rubric
    assert rubric is not None
    assert [(c.kind, c.points, c.polarity) for c in rubric.criteria] == [
        ("contains", -2, "met_is_bad"),
        ("llm", -2, "met_is_good"),
        ("not_contains", -2, "met_is_bad"),
    ]


def test_a_prompt_that_only_looks_like_chat(tmp_path: Path) -> None:
    config = {"prompts": ["[{{q}}"], "tests": [{"vars": {"q": "x"}, "assert": [{"type": "is-json"}]}]}
    assert read(tmp_path, config).rows[0].messages == ({"role": "user", "content": "[x"},)


def test_a_list_in_a_field_is_noted() -> None:
    rubric = Rubric.model_validate(
        {"id": "p", "fields": ["facts"], "criteria": [{"id": "a", "criterion": "{facts}"}]}
    )
    row = PromptRow("p", ({"role": "user", "content": "q"},), None, {"facts": ["x", "y"]}, rubric)
    notes = PROMPTFOO.write(Imported((row,)), ".yaml").notes
    assert [note.text for note in notes if note.severity == "lost"] == [
        "that facts is one value: promptfoo makes a test of each item of a list"
    ]


RULES: list[dict[str, Any]] = [
    {"id": "judged", "criterion": "Agrees with {answer}, not {{answer}}."},
    {"id": "rude", "criterion": "Is rude.", "points": 2, "polarity": "met_is_bad"},
    {"id": "all", "criterion": 'Contains all of "a", "b".', "kind": "contains", "rule": {"texts": ["a", "b"]}},
    {"id": "none", "criterion": 'Does not contain "a", "b".', "kind": "not_contains", "rule": {"texts": ["a", "b"]}},
    {"id": "pattern", "criterion": "Matches the pattern x+", "kind": "regex", "rule": {"pattern": "x+"}},
    {"id": "words", "criterion": "Is at least 2 and at most 9 words long.", "kind": "length", "rule": {"min": 2, "max": 9}},
    {"id": "json", "criterion": "Is JSON and nothing else.", "kind": "json", "rule": {}, "polarity": "met_is_bad"},
    {"id": "exact", "criterion": 'Is exactly "a".', "kind": "match", "rule": {"expected": ["a"], "normalise": "none"}},
    {"id": "field", "criterion": "Is exactly {answer}.", "kind": "match", "rule": {"expected_from": "answer", "normalise": "none"}},
    {"id": "schema", "criterion": "Is JSON that the schema accepts.", "kind": "json_schema", "rule": {"json_schema": {"type": "object"}}},
]  # fmt: skip


def test_there_and_back(tmp_path: Path) -> None:
    rubric = Rubric.model_validate({"id": "p", "fields": ["answer"], "criteria": RULES})
    other = Rubric.model_validate({"id": "q", "criteria": RULES[1:2]})
    turns = ({"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"})
    rows = (
        PromptRow("p", turns, "ref", {"answer": "42", "reference": "ref", "tags": ["x"]}, rubric),
        PromptRow("q", turns[1:], None, {}, other),
    )
    exported = PROMPTFOO.write(Imported(rows), ".yaml")
    assert [note.severity for note in exported.notes] == ["note"]
    again = read(tmp_path, yaml.safe_load(exported.text))
    assert again.rows == rows
    assert again.notes == ()


def test_a_shared_rubric_is_the_default(tmp_path: Path) -> None:
    rubric = Rubric.model_validate({"id": "r", "title": "Kind", "criteria": RULES[1:4]})
    rows = tuple(PromptRow(name, ({"role": "user", "content": name},), rubric=rubric) for name in ("a", "b"))
    config = yaml.safe_load(PROMPTFOO.write(Imported(rows), ".yaml").text)
    assert (config["description"], len(config["defaultTest"]["assert"])) == ("Kind", 3)
    assert all("assert" not in test for test in config["tests"])
    assert [row.rubric and row.rubric.criteria for row in read(tmp_path, config).rows] == [
        rubric.criteria
    ] * 2
    alone = yaml.safe_load(PROMPTFOO.write(Imported(rubric=rubric), ".yaml").text)
    assert alone.keys() == {"description", "defaultTest"}


def test_what_promptfoo_cannot_say_is_noted() -> None:
    criteria = [
        {"id": "a", "criterion": "x {{y}}", "points": -2, "polarity": "met_is_bad", "guidelines": "g"},
        {"id": "b", "criterion": "y", "kind": "numeric_answer", "rule": {"expected": 3}},
        {"id": "c", "criterion": "z", "kind": "contains", "rule": {"texts": ["z"], "part": "answer"}},
    ]
    exported = PROMPTFOO.write(
        Imported(rubric=Rubric.model_validate({"id": "r", "criteria": criteria})), ".yaml"
    )
    assert [(note.place, note.text) for note in exported.notes if note.severity == "lost"] == [
        ("a", "guidelines"),
        ("a", "braces that promptfoo takes for a template"),
        ("a", "-2 points: now 2 for its absence"),
        ("b", "the rule of kind numeric_answer: a model judges its text"),
        ("c", "that only the answer is looked at, not the thinking"),
    ]
    first = yaml.safe_load(exported.text)["defaultTest"]["assert"][0]
    assert first == {"type": "not-llm-rubric", "value": "x {{y}}", "weight": 2, "metric": "a"}
