"""Reading a train config: what it defaults to, what it refuses and in which words."""

from pathlib import Path

import pytest

from rvpo.rubrics import SourceError
from rvpo.trainer.config import load_train_config
from rvpo.trainer.schedule import Linear

LEAST = "model: embedded\ndata: rows.jsonl\njudge: {judge: rules}\nout: runs/x\n"


def write(folder: Path, text: str) -> Path:
    path = folder / "train.yaml"
    path.write_text(text)
    return path


def test_defaults_are_the_rubric_recipe(tmp_path: Path) -> None:
    config = load_train_config(write(tmp_path, LEAST))
    assert (config.method, config.group_size, config.conventions.whiten, config.conventions.eps) == (
        "rvpo",
        16,
        "batch",
        1e-6,
    )
    assert config.k == Linear(schedule="linear", start=0.5, end=2.0)
    assert config.conventions.keep_constant
    assert config.kl_beta == 0.001
    assert config.weights == "float32"
    assert config.completions_per_step == 96


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("k: 2", 2.0),
        ("k: {schedule: linear, start: 1, end: 3}", Linear(schedule="linear", start=1, end=3)),
    ],
)
def test_k_is_a_number_or_a_schedule(tmp_path: Path, line: str, found: object) -> None:
    assert load_train_config(write(tmp_path, f"{LEAST}{line}\n")).k == found


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("grop_size: 8", "did you mean group_size"),
        ("method: rpvo", "rvpo"),
        ("k: -1", "k"),
        ("k: {start: 1, end: 2}", "k: the key schedule is missing"),
        ("method: entropic\nk: {schedule: adaptive}", "an adaptive schedule goes by what rvpo attends to"),
        ("group_size: 1", "group_size: got 1, should be at least 2: an advantage compares the samples"),
        ("micro_batch: 7", "micro_batch 7 does not divide prompts_per_step * group_size = 96"),
        ("iterations: 3", "save_every_steps 50 must be a multiple of iterations 3"),
        ("warm_start: {epoch: 1}", "did you mean epochs"),
    ],
)
def test_refusals_are_one_line_with_the_file(tmp_path: Path, line: str, words: str) -> None:
    path = write(tmp_path, f"{LEAST}{line}\n")
    with pytest.raises(SourceError) as error:
        load_train_config(path)
    message = str(error.value)
    assert words in message
    assert message.startswith(str(path))
    assert "\n" not in message
