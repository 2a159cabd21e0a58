"""``rvpo eval gpqa_diamond`` from its arguments to what it prints, on a real model and a real endpoint, killed and resumed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rvpo.harness.cli import main
from rvpo.results import open_run

Resume = Callable[..., Any]


def _command(*arguments: object) -> list[str]:
    return ["eval", "gpqa_diamond", *map(str, arguments)]


def test_a_local_model_killed_and_resumed(
    invented: Path, tiny_model: Path, kill_and_resume: Resume, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    options = ["--draws", 3, "--batch-size", 4, "--max-tokens", 24, "--out", out]
    run = kill_and_resume(_command("--data", invented, "--model", tiny_model, *options), out, 72).after
    assert all(row.meta["oracle"] for row in run.items)
    identity = run.manifest.identity
    assert identity["model"]["temperature"] == 0.7
    assert (identity["draws"], identity["exam"]["shuffle"]) == (3, "v1")


def test_an_endpoint_killed_and_resumed(
    invented: Path, scripted_server: Any, kill_and_resume: Resume, tmp_path: Path
) -> None:
    scripted_server.script(latency_s=0.05, chat="After some thought. Answer: B")
    out = tmp_path / "run"
    options = ["--draws", 4, "--concurrency", 4, "--out", out]
    where = ["--base-url", scripted_server.url, "--model", "policy"]
    run = kill_and_resume(_command("--data", invented, *where, *options), out, 96).after
    assert {row.score for row in run.items if row.meta["reference"] == "B"} == {1.0}
    assert {row.score for row in run.items if row.meta["reference"] != "B"} == {0.0}
    assert scripted_server.counts()["last"]["temperature"] == 0.7


def test_an_endpoint_that_ignores_the_seed_is_told_of(
    invented: Path, scripted_server: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # The server echoes what it is shown, whatever the seed: two draws with one prompt get one reply.
    where = ["--base-url", scripted_server.url, "--model", "policy"]
    assert main(_command("--data", invented, *where, "--out", tmp_path / "run")) == 0
    said = capsys.readouterr().out
    assert "note      the endpoint seems to ignore the seed: of " in said
    assert "note      192 of 192 replies choose no option (0 of them cut)" in said
    assert any("ignore the seed" in note for note in open_run(tmp_path / "run").manifest.notes)


def test_likelihood_of_a_local_model(
    invented: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--likelihood", "--draws", 2, "--limit", 6, "--out", tmp_path / "run", "--json"]
    assert main(_command("--data", invented, "--model", tiny_model, *options)) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["health"]["oracle"] == 1.0
    assert 0 < printed["health"]["letter_mass"] < 1
    assert printed["draws"] == 12


def test_a_template_and_stored_answers(
    invented: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    template, stored = tmp_path / "prompt.txt", tmp_path / "said.jsonl"
    template.write_text("{{question}}\n\n{{options}}\n\nLetter?", encoding="utf-8")
    rows = [
        {"id": f"rec-invented-{item:02d}", "draw": draw, "response": "A"}
        for item in range(24)
        for draw in range(2)
    ]
    stored.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    options = [
        "--responses",
        stored,
        "--prompt",
        template,
        "--draws",
        2,
        "--with-text",
        "--out",
        tmp_path / "run",
    ]
    assert main(_command("--data", invented, *options)) == 0
    lines = capsys.readouterr().out.splitlines()
    run = open_run(tmp_path / "run")
    score = sum(row.score or 0.0 for row in run.items) / 48
    assert lines[1] == f"score     {score:6.3f}  mean of 24 items"
    assert lines[3].startswith(f"oracle     1.000  and a constant letter A {score:.3f}, ")
    assert "note      holds questions and replies as text: not for publication" in lines
    assert any(line.startswith("domain:Chemistry") for line in lines)
    assert run.items[0].prompt.endswith("\n\nLetter?")
    assert run.manifest.identity["exam"]["template"] == "user"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--model", "m"], "gpqa_diamond needs its data, which may not be shipped"),
        (["--data", "no.csv", "--model", "m"], "no.csv: no such file"),
        (
            ["--likelihood", "--base-url", "http://127.0.0.1:9/v1", "--model", "m"],
            "--likelihood needs the weights",
        ),
        (["--prompt", "no.txt", "--model", "m"], "no.txt: no such file"),
        (["--rubric", "tool_calling", "--model", "m"], "marked by its own key"),
    ],
)
def test_bad_arguments_are_one_line(
    arguments: list[str], said: str, invented: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = [] if "--data" in arguments or said.startswith("gpqa_diamond needs") else ["--data", invented]
    assert main(_command(*data, *arguments, "--out", tmp_path / "run")) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_options_of_this_task_are_refused_by_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["eval", "tool_calls", "--model", "m", "--with-text", "--out", str(tmp_path / "run")]) == 2
    assert (
        "--prompt, --likelihood and --with-text are for gpqa_diamond, not tool_calls"
        in capsys.readouterr().err
    )
