"""``rvpo eval`` from its arguments to what it prints."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rvpo.harness.cli import main
from rvpo.results import open_run

WriteRows = Callable[[str, list[dict[str, Any]]], Path]
CALL = '<tool_call>{"name": "set_alarm", "arguments": {"time": "7:00"}}</tool_call>'
CALLS = [{"name": "set_alarm", "arguments": {"time": "7:00"}}]


def test_stored_answers_are_judged_by_rules(
    write_rows: WriteRows, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"id": name, "prompt": "Wake me at 7.", "calls": CALLS} for name in ("right", "wrong", "absent")]
    data = write_rows("items.jsonl", rows)
    said = [{"id": "right", "response": CALL}, {"id": "wrong", "response": CALL.replace("7:00", "8:00")}]
    stored, out = write_rows("said.jsonl", said), tmp_path / "run"
    command = ["eval", "tool_calls", "--data", str(data), "--responses", str(stored), "--out", str(out)]
    assert main(command) == 0
    # Six rules of one point: all met, and all but right_values: mean of 1 and 5/6.
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"Tool calling on items.jsonl: replay  (run {open_run(out).manifest.run_id} in {out})"
    assert lines[1] == "score      0.917  mean of 2 items"
    assert "bounds     0.611 to  0.944  had what is missing come out worst or best" in lines
    assert "draws     3 of 3, 1 failed, 0 truncated" in lines
    assert f"          1 failed: {stored} has no answer to this draw" in lines
    assert any(line.split() == ["right_values", "0.500", "2"] for line in lines)
    assert main([*command, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["score"] == pytest.approx(11 / 12)
    assert printed["by_criterion"]["right_values"] == {"mean": 0.5, "n": 2}


def test_healthbench_on_a_local_model_with_a_scripted_judge(
    shared: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = (shared / "data/healthbench_sample.jsonl").read_text(encoding="utf-8").splitlines()
    rows = sorted(lines, key=lambda line: len(json.dumps(json.loads(line)["prompt"])))[:4]
    data = tmp_path / "rows.jsonl"
    data.write_text("\n".join(rows) + "\n", encoding="utf-8")
    judge = tmp_path / "judge.yaml"
    judge.write_text("judge: scripted\nstore: ':memory:'\nreplies: [{say: [true]}]\n", encoding="utf-8")
    command = ["eval", "healthbench", "--data", str(data), "--model", str(tiny_model), "--max-tokens", "8"]
    assert main([*command, "--judge", str(judge), "--out", str(tmp_path / "run"), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    # Every criterion met: sum of all points over the sum of the positive ones, item by item.
    points = [[each["points"] for each in json.loads(row)["rubrics"]] for row in rows]
    expected = [sum(each) / sum(point for point in each if point > 0) for each in points]
    assert printed["score"] == pytest.approx(sum(expected) / 4)
    assert printed["clipped_per_item"] == pytest.approx(sum(max(each, 0.0) for each in expected) / 4)
    assert "axis:accuracy" in printed["by_tag"]
    assert printed["coverage"] == 1.0


def test_an_endpoint_is_examined_and_judged(
    scripted_server: Any, write_rows: WriteRows, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    criterion = {"id": "echo", "criterion": "The reply holds the word fox."}
    own = {"id": "echoes", "criteria": [criterion]}
    rows = [
        {"id": "a", "prompt": "Say fox", "rubric": own},
        {"id": "b", "prompt": "Say dog", "rubric": own},
    ]
    judge = tmp_path / "judge.yaml"
    judge.write_text(
        f"judge: openai-compatible\nmodel: j\nbase_url: {scripted_server.url}\nstore: ':memory:'\n",
        encoding="utf-8",
    )
    command = ["eval", "healthbench", "--data", str(write_rows("rows.jsonl", rows)), "--judge", str(judge)]
    command += ["--base-url", scripted_server.url, "--model", "policy", "--out", str(tmp_path / "run")]
    assert main([*command, "--draws", "2"]) == 0
    run = open_run(tmp_path / "run")
    # The policy echoes the prompt; the judge looks for the criterion's last word in it.
    assert sorted((row.item_id, row.draw, row.score) for row in run.items) == [
        ("a", 0, 1.0),
        ("a", 1, 1.0),
        ("b", 0, 0.0),
        ("b", 1, 0.0),
    ]
    assert "score      0.500  mean of 2 items" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["tool_calls"], "say which model"),
        (["tool_calls", "--model", ""], "say which model"),
        (["lm-eval"], "bfcl:CATEGORY, lm-eval:TASK; did you mean lm-eval:TASK"),
        (["tool_calls", "--model", "m", "--responses", "r.jsonl"], "say which model"),
        (["healthbench", "--model", "m"], "healthbench needs a data file"),
        (["tool_calls", "--model", "no-such-model"], "no-such-model: no such model folder"),
        (["tool_calls", "--model", "m", "--rubric", "tool_caling"], "did you mean tool_calling"),
        (["tool_calls", "--model", "m", "--judge", "no.yaml"], "no.yaml: no such file"),
        (["tool_calls", "--base-url", "nowhere", "--model", "m"], "'nowhere' is not an http"),
    ],
)
def test_bad_arguments_are_one_line_and_status_2(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["eval", *arguments, "--out", str(tmp_path / "run")]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
