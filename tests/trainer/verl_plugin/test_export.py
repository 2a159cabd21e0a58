"""Prompt rows -> verl's Parquet -> the judges; and what is hung behind verl's imports."""

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rvpo.harness.cli import main
from rvpo.judges import JudgeConfig, JudgeService
from rvpo.trainer.errors import TrainConfigError
from rvpo.trainer.verl_plugin.judging import judge_reply
from rvpo.trainer.verl_plugin.plugin import AfterImport
from rvpo.trainer.verl_plugin.task import Task, entries_of, read_task

pq = pytest.importorskip("pyarrow.parquet")
WriteRows = Callable[..., Path]
MakeRubric = Callable[..., dict[str, Any]]


def exported(rows: Path, out: Path, *options: str) -> list[dict[str, Any]]:
    assert main(["verl", "export", str(rows), "--out", str(out), *options]) == 0
    read: list[dict[str, Any]] = pq.read_table(out).to_pylist()
    return read


def test_each_row_carries_its_task(tmp_path: Path, write_rows: WriteRows, rubric: MakeRubric) -> None:
    rows = [
        {"id": "a", "prompt": "x", "reference": "ref", "rubric": rubric("has_e", "has_o"), "calls": [{"n": 1}]},
        {"id": "b", "prompt": [{"role": "system", "content": "s"}, {"role": "user", "content": "y"}],
         "rubric": rubric("has_t")},
    ]  # fmt: skip
    first, second = exported(write_rows(rows), tmp_path / "train.parquet", "--source", "mine")
    assert first["data_source"] == "mine"
    assert first["prompt"] == [{"role": "user", "content": "x"}]
    assert first["reward_model"] == {"style": "rubric", "ground_truth": "ref"}
    assert [turn["role"] for turn in second["prompt"]] == ["system", "user"]
    assert second["extra_info"]["index"] == 1
    task = read_task(first["extra_info"])
    assert task.fields["calls"] == [{"n": 1}]
    assert task.labels == ("has_e", "has_o")
    read = entries_of(task.rubric, task.view).rubric
    assert [criterion.id for criterion in read.criteria] == ["has_e", "has_o"]
    assert entries_of(task.rubric, task.view).rubric is read
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


def test_an_exported_row_is_judged_by_rules(
    tmp_path: Path, write_rows: WriteRows, rubric: MakeRubric
) -> None:
    rows = [{"id": "a", "prompt": "x", "rubric": rubric("has_e", "has_o")}]
    (row,) = exported(write_rows(rows), tmp_path / "train.parquet")
    with JudgeService.open_sync(JudgeConfig.model_validate({"judge": "rules"})) as service:
        earned = asyncio.run(judge_reply(service, read_task(row["extra_info"]), row["prompt"], "hello"))
        other = asyncio.run(judge_reply(service, read_task(row["extra_info"]), row["prompt"], "the end"))
    assert (earned.reply.rewards, earned.score, earned.coverage) == ((1.0, 1.0), 1.0, 1.0)
    assert (other.reply.rewards, other.score) == ((1.0, 0.0), 0.5)


def test_bad_input_is_one_line(
    tmp_path: Path, write_rows: WriteRows, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = write_rows([{"id": "a", "prompt": "x"}])
    assert main(["verl", "export", str(rows), "--out", str(tmp_path / "t.parquet")]) == 2
    assert "row 'a' has no rubric" in capsys.readouterr().err
    assert main(["verl", "export", str(rows), "--out", str(tmp_path / "t.jsonl")]) == 2
    assert "should be .parquet" in capsys.readouterr().err
    assert not (tmp_path / "t.parquet").exists()


@pytest.mark.parametrize("extra", [None, {}, {"rvpo": 3}, {"rvpo": json.dumps({"id": "a"})}])
def test_a_row_of_another_origin_is_refused(extra: Any) -> None:
    with pytest.raises(TrainConfigError, match="rvpo verl export"):
        read_task(extra)


def test_a_task_keeps_its_view(rubric: MakeRubric) -> None:
    two = {**rubric("has_e", "has_o"), "components": [{"id": "whole"}]}
    two["criteria"] = [{**each, "component": "whole"} for each in two["criteria"]]
    task = Task(id="t", rubric=json.dumps(two), view="components", labels=("whole",))
    with JudgeService.open_sync(JudgeConfig.model_validate({"judge": "rules"})) as service:
        earned = asyncio.run(judge_reply(service, task, [{"role": "user", "content": "q"}], "the end"))
    assert earned.reply.rewards == (0.5,)


def test_registering_follows_the_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "imported_late.py").write_text("value = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    seen: list[int] = []
    finder = AfterImport({"imported_late": lambda: seen.append(sys.modules["imported_late"].value)})
    monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])
    import imported_late  # type: ignore[import-not-found]  # pyright: ignore[reportMissingImports]

    assert (seen, imported_late.value) == ([1], 1)
    monkeypatch.delitem(sys.modules, "imported_late")
