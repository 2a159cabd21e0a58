"""Runs in inspect's and lm-eval's forms: read back by our own readers, and by inspect itself where it is at hand."""

import json
import os
import subprocess
import zipfile
from pathlib import Path

import pytest

from rvpo.harness.cli import main
from rvpo.harness.exports import export_run
from rvpo.harness.exports.texts import shown
from rvpo.harness.exports.writing import Form
from rvpo.harness.items import prompt_hash
from rvpo.harness.responses.inspect_logs import read_log
from rvpo.harness.responses.lm_eval import read_samples
from rvpo.results import ItemRow, RunWriter, VerdictRow, new_manifest
from rvpo.rubrics import SourceError

SECRET = ("What is asked?", "What was said", "What is right", "Why it was judged so")


def row(item: str, draw: int, score: float | None, *, status: str = "ok", **values: float | None) -> ItemRow:
    return ItemRow(
        item_id=item,
        draw=draw,
        prompt_hash="ab" * 32,
        prompt=SECRET[0],
        response="" if status == "failed" else f"{SECRET[1]} {draw}",
        status=status,
        score=score,
        values=values,
        meta={"reference": SECRET[2]} | ({"error": f"refused: {SECRET[0]}"} if status == "failed" else {}),
    )


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Two draws of three items: one item right half the time, one whose judge failed once, one never answered."""
    folder = tmp_path / "run"
    identity = {"model": {"sampler": "replay", "model": "m/1"}, "exam": {"data": "x"}}
    rows = [
        row("live/a", 0, 1.0, right=1.0),
        row("live/a", 1, 0.0, right=0.0),
        row("b", 0, 0.25, status="truncated", right=None),
        row("b", 1, 0.75, right=0.75),
        row("c", 0, None, status="failed"),
        row("c", 1, None, status="failed"),
    ]
    with RunWriter.open(folder, new_manifest("eval", "bfcl:live", identity, title="T", planned=6)) as writer:
        for each in rows:
            verdict = VerdictRow(
                item_id=each.item_id,
                draw=each.draw,
                criterion_id="right",
                score=each.values.get("right"),
                value=each.values.get("right"),
                status="ok" if each.values.get("right") is not None else "unparsed",
                explanation=SECRET[3],
            )
            writer.append(each, [verdict] if each.values else [])
        writer.seal()
    return folder


def all_text(path: Path) -> str:
    if path.suffix != ".eval":
        return path.read_text(encoding="utf-8")
    with zipfile.ZipFile(path) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist())


@pytest.mark.parametrize("form", ["inspect", "lm-eval"])
def test_text_is_left_out_unless_asked_for(
    form: str, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["export", str(run), "--to", form, "--out"]
    assert main([*command, str(tmp_path / "bare")]) == 0
    assert main([*command, str(tmp_path / "full"), "--with-text"]) == 0
    written = [line.removeprefix("wrote ") for line in capsys.readouterr().out.splitlines()]
    bare = "".join(all_text(Path(path)) for path in written if "bare" in path)
    full = "".join(all_text(Path(path)) for path in written if "full" in path)
    assert not any(secret in bare for secret in SECRET)
    assert "live/a" in bare
    assert "ab" * 32 in bare
    assert all(secret in full for secret in SECRET[:3])


@pytest.mark.parametrize("form", ["inspect", "lm-eval"])
def test_what_was_left_out_is_no_answer(form: Form, run: Path, tmp_path: Path) -> None:
    written = export_run(run, form, tmp_path / "bare")[-1]
    read = read_log if form == "inspect" else read_samples
    with pytest.raises(SourceError, match="its reply was left out when it was written"):
        list(read(written))


def test_a_draw_keeps_its_number_where_another_failed(tmp_path: Path) -> None:
    with RunWriter.open(tmp_path / "run", new_manifest("eval", "e", {"model": "m"})) as writer:
        writer.append(row("a", 0, None, status="failed"))
        writer.append(row("a", 1, 1.0))
        writer.seal()
    samples = export_run(tmp_path / "run", "lm-eval", tmp_path / "out", with_text=True)[-1]
    assert [(found["id"], found["response"]) for _, found in read_samples(samples)] == [
        ("a#2", f"{SECRET[1]} 1")
    ]


def test_text_that_a_run_never_kept_is_no_empty_answer(tmp_path: Path) -> None:
    kept = ItemRow(item_id="a", prompt_hash="h", score=1.0, meta={"reply_sha256": "cd" * 32})
    assert shown(kept, with_text=True).response == f"[response left out: sha256 {'cd' * 32}]"
    empty = ItemRow(item_id="a", prompt="Q", prompt_hash="h", score=0.0, meta={"reply_sha256": "cd" * 32})
    assert shown(empty, with_text=True).response == ""


def test_lm_eval_files(run: Path, tmp_path: Path) -> None:
    results, samples = export_run(run, "lm-eval", tmp_path / "out", with_text=True)
    assert samples.name.startswith("samples_bfcl_live_")
    lines = [json.loads(line) for line in samples.read_text().splitlines()]
    assert [(line["doc"]["id"], line["score"]) for line in lines] == [("live/a", 0.5), ("b", 0.5)]
    assert lines[1]["right"] == 0.75  # of the one draw that was judged
    figures = json.loads(results.read_text())
    assert figures["results"]["bfcl_live"] == {
        "alias": "bfcl_live",
        "score,none": 0.5,
        "score_stderr,none": 0.0,
        "right,none": 0.625,
        "right_stderr,none": pytest.approx(0.125),  # s of .5 and .75 is .1768, / sqrt(2)
    }
    assert figures["n-samples"] == {"bfcl_live": {"original": 3, "effective": 2}}
    read = [found for _, found in read_samples(samples)]
    assert [found["id"] for found in read] == ["live/a", "live/a#2", "b", "b#2"]
    assert read[1]["response"] == f"{SECRET[1]} 1"


def test_an_inspect_log_is_read_back(run: Path, tmp_path: Path) -> None:
    (path,) = export_run(run, "inspect", tmp_path / "logs" / "x.eval", with_text=True)
    assert path == tmp_path / "logs" / "x.eval"
    with zipfile.ZipFile(path) as archive:
        header = json.loads(archive.read("header.json"))
        failed = json.loads(archive.read("samples/c_epoch_2.json"))
        right = json.loads(archive.read("samples/live/a_epoch_1.json"))
    means = {each["name"]: each["metrics"]["mean"]["value"] for each in header["results"]["scores"]}
    assert means == {"score": 0.5, "right": 0.625}
    assert (header["status"], header["eval"]["config"], header["eval"]["model"]) == (
        "success",
        {"epochs": 2},
        "m/1",
    )
    assert failed["error"]["message"].startswith("refused")
    assert "scores" not in failed
    assert right["scores"]["score"]["explanation"] == f"- ✓ met: **right** (1 points)\n  Judge: {SECRET[3]}"
    assert [event["event"] for event in right["events"]] == ["model", "score", "score"]
    assert [event["event"] for event in failed["events"]] == ["error"]
    again = tmp_path / "again.eval"
    assert export_run(run, "inspect", again, with_text=True)[0].read_bytes() == path.read_bytes()
    with pytest.raises(ValueError, match="ended with an error and has no response"):
        list(read_log(path))


def test_inspect_opens_it(run: Path, tmp_path: Path) -> None:
    python = os.environ.get("RVPO_INSPECT_PYTHON")
    if not python:
        pytest.skip("RVPO_INSPECT_PYTHON names no Python that has inspect-ai")
    (path,) = export_run(run, "inspect", tmp_path)
    program = (
        "import json, sys\n"
        "from inspect_ai.log import read_eval_log, read_eval_log_sample_summaries as summaries\n"
        "log = read_eval_log(sys.argv[1])\n"
        "print(json.dumps([log.status, log.eval.task, [[s.id, s.epoch, s.error is None,"
        " s.scores and s.scores['score'].value] for s in log.samples], len(summaries(sys.argv[1])),"
        " log.results.scores[0].metrics['mean'].value]))"
    )
    done = subprocess.run([python, "-c", program, str(path)], capture_output=True, text=True, check=True)
    status, task, samples, summaries, mean = json.loads(done.stdout)
    assert (status, task, summaries, mean) == ("success", "bfcl:live", 6, 0.5)
    assert sorted(samples, key=str) == sorted(
        [
            ["live/a", 1, True, 1.0],
            ["live/a", 2, True, 0.0],
            ["b", 1, True, 0.25],
            ["b", 2, True, 0.75],
            ["c", 1, False, None],
            ["c", 2, False, None],
        ],
        key=str,
    )
    dump = [str(Path(python).with_name("inspect")), "log", "dump", str(path)]
    assert (
        json.loads(subprocess.run(dump, capture_output=True, text=True, check=True).stdout)["status"]
        == "success"
    )


def test_a_conversation_is_told_turn_by_turn() -> None:
    turns = [
        {"role": "system", "content": "Be brief.\n\nWrite name: value."},
        {"role": "user", "content": "Why?"},
        {"role": "assistant", "content": "So."},
        {"role": "user", "content": ""},
    ]
    text = "\n\n".join(f"{turn['role']}: {turn['content']}" for turn in turns)
    asked = ItemRow(item_id="a", prompt_hash=prompt_hash(turns), prompt=text, score=None)
    assert [*shown(asked, with_text=True).turns] == turns
    # One turn that quotes another has the same text; the hash of what was shown tells it from two.
    quoting = [{"role": "user", "content": "Go on:\n\nuser: Why?"}]
    one = ItemRow(
        item_id="a", prompt_hash=prompt_hash(quoting), prompt="user: Go on:\n\nuser: Why?", score=None
    )
    assert [*shown(one, with_text=True).turns] == [{"role": "user", "content": one.prompt}]
    (left_out,) = shown(asked, with_text=False).turns
    assert "brief" not in left_out["content"]


def test_tokens_are_counted_for_the_viewer(tmp_path: Path) -> None:
    with RunWriter.open(tmp_path / "run", new_manifest("eval", "t", {"model": "m"}, planned=2)) as writer:
        for item, asked in (("a", 10), ("b", 20)):
            used = {"prompt_tokens": asked, "completion_tokens": 3}
            writer.append(ItemRow(item_id=item, prompt_hash="h", score=1.0, meta=used), [])
    (path,) = export_run(tmp_path / "run", "inspect", tmp_path)
    with zipfile.ZipFile(path) as archive:
        header = json.loads(archive.read("header.json"))
    assert header["status"] == "cancelled"
    assert header["stats"]["model_usage"] == {
        "m": {"input_tokens": 30, "output_tokens": 6, "total_tokens": 36}
    }
    assert "reducer" not in header["results"]["scores"][0]


def test_refusals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with RunWriter.open(tmp_path / "empty", new_manifest("eval", "t", {"a": 1})):
        pass
    assert main(["export", str(tmp_path / "empty"), "--to", "inspect", "--out", str(tmp_path)]) == 2
    assert "empty: the run has no rows yet, so there is nothing to export" in capsys.readouterr().err
    assert main(["export", str(tmp_path / "no"), "--to", "inspect", "--out", str(tmp_path)]) == 2
    assert "not a run folder" in capsys.readouterr().err
