"""``rvpo rubric diff``: what is to be judged again, word by word, and what it costs."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rvpo.harness.commands.rubric import command

OLD = """
id: t
criteria:
  - {id: age, criterion: Asks for the age of the child., points: 3}
  - {id: dose, criterion: Names the dose., points: 5}
  - {id: short, criterion: Is short., kind: length, rule: {max: 9}}
  - {id: price, criterion: Names the price.}
  - {id: tone, criterion: Is rude., points: -2, polarity: met_is_bad}
"""
NEW = """
id: t
version: 2
components: [{id: form}]
criteria:
  - {id: age, criterion: Asks for the exact age of the child., points: 4}
  - {id: amount, criterion: Names the dose., points: 5}
  - {id: short, criterion: Is short., kind: length, rule: {max: 12}}
  - {id: tone, criterion: Is rude., points: -3, polarity: met_is_bad, tags: [a, b], component: form}
  - {id: cause, criterion: "Names the [red]cause.", points: 2}
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.yaml").write_text(OLD)
    (tmp_path / "new.yaml").write_text(NEW)


def run(*args: str) -> Any:
    return CliRunner().invoke(command, ["diff", *args], standalone_mode=False)


def test_the_page() -> None:
    result = run("old.yaml", "new.yaml", "--responses", "1000")
    assert [line.rstrip() for line in result.output.splitlines()] == [
        "t  v1 → v2",
        "",
        "Judge again (1)",
        "  age",
        "    criterion: Asks for the {+exact+} age of the child.",
        "    points: +3 → +4",
        "",
        "Added: judge for the first time (1)",
        "  cause  +2",
        "    Names the [red]cause.",
        "",
        "Run the rule again, no judge (1)",
        "  short",
        "    rule.max: 9 → 12",
        "",
        "Only add up again (1)",
        "  tone",
        "    points: −2 → −3",
        "    tags: none → a, b",
        "    component: none → form",
        "",
        "Changed, with nothing to do (1)",
        "  dose → amount  renamed",
        "",
        "Removed (1)",
        "  price  +1",
        "    Names the price.",
        "",
        "The rubric itself",
        "  version: 1 → 2",
        '  components: none → [{"id": "form", "title": "", "weight": null}]',
        "    verdicts hold and are added up again",
        "",
        "2 of 5 criteria to judge: 2 calls a reply, 2 000 calls for 1 000 replies",
        "1 by rule, free, 1 added up again, 1 as before, 1 removed",
    ]
    assert result.return_value == 0


def test_a_text_written_anew_is_shown_old_above_new(tmp_path: Path) -> None:
    (tmp_path / "new.yaml").write_text(OLD.replace("Names the price.", "Says what it costs"))
    told = [line.rstrip() for line in run("old.yaml", "new.yaml").output.splitlines()]
    at = told.index("    criterion: [-Names the price.-]")
    assert told[at + 1] == "    {+Says what it costs+}"
    assert told[-2] == "1 of 5 criteria to judge: 1 call a reply"


def test_order_and_guidelines(tmp_path: Path) -> None:
    (tmp_path / "new.yaml").write_text(
        "id: u\nguidelines: Be strict.\ncriteria:\n- {id: b, criterion: B.}\n- {id: a, criterion: A.}\n"
    )
    (tmp_path / "old.yaml").write_text(
        "id: t\ncriteria:\n- {id: a, criterion: A.}\n- {id: b, criterion: B.}\n"
    )
    told = run("old.yaml", "new.yaml").output
    assert told.startswith("t → u  v1\n")
    assert "  b  the rubric's guidelines, fields or judge.view are others" in told
    assert "guidelines: {+Be strict.+}" in told
    assert "criteria in another order: so are the entries of the reward vector" in told


def test_no_difference() -> None:
    result = run("old.yaml", "old.yaml", "--exit-code")
    assert (result.return_value, result.output) == (0, "t  v1\n\nno difference\n")


def test_exit_code() -> None:
    assert run("old.yaml", "new.yaml").return_value == 0
    assert run("old.yaml", "new.yaml", "--exit-code").return_value == 1


def test_json() -> None:
    plain = json.loads(run("old.yaml", "new.yaml", "--json", "--responses", "10").output)
    assert (plain["same"], plain["to_judge"], plain["calls"], plain["reordered"]) == (False, 2, 20, False)
    assert [(each["id"], each["state"], each["effect"]) for each in plain["criteria"]] == [
        ("age", "kept", "judge"),
        ("amount", "kept", "none"),
        ("short", "kept", "rule"),
        ("tone", "kept", "add_up"),
        ("cause", "added", "judge"),
        ("price", "removed", "add_up"),
    ]
    assert plain["criteria"][1]["renamed_from"] == "dose"
    assert {"key": "points", "old": 3.0, "new": 4.0, "effect": "add_up"} in plain["criteria"][0]["keys"]
    assert "calls" not in json.loads(run("old.yaml", "new.yaml", "--json").output)


def test_nothing_of_a_file_is_read_as_markup_or_control(tmp_path: Path) -> None:
    (tmp_path / "new.yaml").write_text(OLD.replace("Names the price.", '"Names the \\e[31m [bold]price."'))
    told = run("old.yaml", "new.yaml").output
    assert "\x1b" not in told
    assert "\\x1b[31m [bold]" in told
