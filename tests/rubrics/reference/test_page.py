"""The reference page is the committed one, names every key, and its examples do what it says."""

import re
from pathlib import Path

import pytest

from rvpo.rubrics import evaluate_rule, load_rubric, parse_rubric
from rvpo.rubrics.lint import lint_rubric
from rvpo.rubrics.reading.yaml_values import read_yaml
from rvpo.rubrics.reference.json_schema import rubric_file_schema
from rvpo.rubrics.reference.page import reference_page
from rvpo.rubrics.reference.samples import FILE, PYTHON_RULE, REUSE, RULES, SCALES
from rvpo.rubrics.schema import KINDS, Criterion

PAGE = reference_page()


def only(text: str) -> Criterion:
    (criterion,) = parse_rubric(f"id: s\ncriteria:\n{text}").criteria
    return criterion


def test_it_is_the_committed_page() -> None:
    committed = Path(__file__).parents[3] / "docs" / "rubric-reference.md"
    assert committed.read_text(encoding="utf-8") == PAGE, (
        "run: rvpo rubric schema --page --out docs/rubric-reference.md --force"
    )


def test_every_key_has_a_row_with_a_meaning() -> None:
    schema = rubric_file_schema()
    for name, node in [("", schema), *schema["definitions"].items()]:
        for key in node.get("properties", {}):
            if key != "kind" or name == "Criterion":
                assert re.search(
                    rf"^\| `{re.escape(key)}` \| [^|]+ \| [^|]+ \| .*\w.* \|$", PAGE, re.MULTILINE
                ), key


def test_tables_are_whole() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {5}


def test_links_within_the_page_lead_somewhere() -> None:
    headings = re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= anchors


def test_every_example_block_is_yaml() -> None:
    blocks = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 1 + len(REUSE) + len(RULES) + len(SCALES)
    for block in blocks:
        read_yaml(block, "page")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "llm"])
def test_every_kind_of_rule_has_a_sample_that_is_true(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_rules.py").write_text(PYTHON_RULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    sample = RULES[kind]
    criterion = only(sample.yaml)
    assert criterion.kind == kind
    outcomes = [
        evaluate_rule(criterion, reply, sample.fields, allow_python=kind == "python")
        for reply in (sample.met, sample.unmet)
    ]
    assert [outcome.met for outcome in outcomes] == [1.0, 0.0], outcomes


@pytest.mark.parametrize("scale", list(SCALES))
def test_every_scale_has_a_sample_that_is_true(scale: str) -> None:
    text, answers = SCALES[scale]
    criterion = only(text)
    assert criterion.scale == scale
    for answer, met in answers.items():
        assert criterion.met_of(answer) == met
        assert criterion.is_na(answer) == (met is None)


def test_the_files_of_the_page_load_and_say_what_it_tells(tmp_path: Path) -> None:
    (tmp_path / "headache.yaml").write_text(FILE)
    for name, text in REUSE.items():
        (tmp_path / name).write_text(text)
    child = load_rubric(tmp_path / "headache_child.yaml")
    assert [c.id for c in child.criteria] == ["asks_duration", "no_dangerous_dose", "kind", "fits_reader"]
    assert (child.criteria[0].points, child.fields) == (8, ("reader",))
    assert [finding.message for finding in lint_rubric(load_rubric(tmp_path / "headache.yaml"))] == []
