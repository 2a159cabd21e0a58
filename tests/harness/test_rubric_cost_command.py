"""``rvpo rubric cost``: figures that a hand can check, prices that are never made up."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rvpo.harness.commands.rubric import command
from rvpo.judges import JudgeConfigError
from rvpo.rubrics import MissingField, RubricError

RUBRIC = """id: t
criteria:
  - {id: age, criterion: Asks for the age.}
  - {id: dose, criterion: Names a dose.}
  - {id: short, criterion: Is short., kind: length, rule: {max: 100}}
"""
TEMPLATE = "## user\n{{bare_conversation}}{{bare_response}}|{{criterion}}"
JUDGE = "judge: openai-compatible\nmodel: my-model\nbase_url: http://127.0.0.1:9/v1\ntemplate: {}\n"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "t.yaml").write_text(RUBRIC)
    (tmp_path / "short.txt").write_text(TEMPLATE)
    (tmp_path / "judge.yaml").write_text(JUDGE.format(tmp_path / "short.txt"))
    rows = [
        {"id": "a", "prompt": "x" * 400, "response": "y" * 800},
        {"id": "b", "prompt": "x" * 40, "response": "y" * 80},
    ]
    (tmp_path / "answers.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


def run(*args: str | Path) -> Any:
    return CliRunner(env={"COLUMNS": "80"}).invoke(command, ["cost", *map(str, args)], standalone_mode=False)


def plain(*args: str | Path) -> Any:
    result = run(*args, "--json")
    assert result.exception is None
    return json.loads(result.output)


def test_a_rubric_is_counted_and_its_rules_are_free(files: Path) -> None:
    lengths = ("--prompt-tokens", "10", "--response-tokens", "20")
    found = plain(files / "t.yaml", "--judge", files / "judge.yaml", "--responses", "100", *lengths)
    counts = {"responses": 100, "judged_verdicts": 200, "rule_verdicts": 100}
    assert found["rubrics"] == [{"source": str(files / "t.yaml"), **counts}]
    each, few, whole = found["modes"]
    # "User: " + 40 + 80 + "|" + the criterion, at four characters a token: (127 + 17) / 4 = 36 and (127 + 13) / 4 = 35.
    assert (each["calls"], each["input_tokens"], each["output_tokens"]) == (200, 100 * 71, 100 * 2 * 80)
    assert (few["calls"], whole["calls"]) == (100, 100)
    assert [mode["usd"] for mode in found["modes"]] == [None] * 3


def test_prices_come_from_the_table_or_from_the_user(files: Path) -> None:
    known = plain(files / "t.yaml", "--model", "gpt-4.1-mini")
    assert known["prices_per_million"]["as_of"]
    given = plain(files / "t.yaml", "--model", "mine", "--price-in", "1", "--price-out", "2")
    each = given["modes"][0]
    assert each["usd"] == pytest.approx((each["input_tokens"] + 2 * each["output_tokens"]) / 1e6)
    assert each["usd_cached"] is None or each["cached_tokens"] == 0
    assert given["prices_per_million"]["cached"] is None


def test_real_rows_are_measured(files: Path) -> None:
    base = (files / "t.yaml", "--judge", files / "judge.yaml", "--responses", "3")
    each = plain(*base, "--answers", files / "answers.jsonl")["modes"][0]
    # Of three responses two are like the first row: 6 + 400 + 800 + 1 + 17 = 1224 and 1220 characters, 306 + 305
    # tokens; and one like the second: 144 and 140, so 36 + 35.
    assert each["input_tokens"] == 2 * (306 + 305) + 36 + 35
    assert plain(*base, "--data", files / "answers.jsonl")["modes"][0] == each


def test_rows_with_rubrics_of_their_own_are_added_up(tmp_path: Path) -> None:
    criteria = [{"criterion": f"Says {word}.", "points": 1, "tags": []} for word in ("a", "b", "c")]
    rows = [
        {"prompt_id": name, "prompt": [{"role": "user", "content": "hi"}], "rubrics": criteria[:count]}
        for name, count in (("x", 1), ("y", 3))
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = plain(path, "--responses", "4")
    assert found["rubrics"][0] | {"source": ""} == {
        "source": "", "responses": 8, "judged_verdicts": 16, "rule_verdicts": 0,
    }  # fmt: skip
    assert [mode["calls"] for mode in found["modes"]] == [16, 8, 8]
    path.write_text(json.dumps({"id": "z", "prompt": "hi"}) + "\n")
    assert isinstance(run(path).exception, RubricError)
    assert "row 'z' brings no rubric" in str(run(path).exception)


def test_the_page_fits_and_says_what_it_rests_on(files: Path) -> None:
    page = run(files / "t.yaml", "tool_calling", "--model", "gpt-4.1").output
    assert max(map(len, page.splitlines())) <= 80
    for words in (
        "per-criterion",
        "8 criteria a call",
        "whole-rubric",
        "by rules, free",
        "as of 20",
    ):
        assert words in page
    assert "unknown" in run(files / "t.yaml", "--model", "foo").output
    assert "--price-in" in run(files / "t.yaml", "--model", "foo").output
    local = run(files / "t.yaml", "--judge", "embedded").output
    assert "free" in local
    assert "whole-rubric" not in local


def test_another_tokenizer_counts_otherwise(files: Path, tiny_model: Path) -> None:
    base = (files / "t.yaml", "--judge", files / "judge.yaml", "--responses", "1")
    rule_of_thumb = plain(*base)["modes"][0]["input_tokens"]
    counted = plain(*base, "--tokenizer", tiny_model)["modes"][0]["input_tokens"]
    # The tiny tokenizer knows hardly a word: far more tokens than one in four characters.
    assert counted > 1.5 * rule_of_thumb
    assert "is no tokenizer.json" in str(run(*base, "--tokenizer", files / "t.yaml").exception)


def test_a_template_rubric_is_filled_from_the_rows(files: Path) -> None:
    (files / "f.yaml").write_text(
        "id: f\nfields: [city]\ncriteria:\n  - {id: a, criterion: 'Names {city}.'}\n"
    )
    assert plain(files / "f.yaml")["modes"][0]["calls"] == 1000
    error = run(files / "f.yaml", "--data", files / "answers.jsonl").exception
    assert isinstance(error, MissingField)
    assert "row 'a'" in str(error)


def test_bad_input_is_told_in_a_line(files: Path) -> None:
    assert isinstance(run(files / "t.yaml", "--judge", files / "t.yaml").exception, JudgeConfigError)
    both = ("--data", files / "answers.jsonl", "--answers", files / "answers.jsonl")
    assert "not both" in str(run(files / "t.yaml", *both).exception)
    assert CliRunner().invoke(command, ["cost"]).exit_code == 2
