"""A sweep of checkpoints over an lm-eval task: each once, by step, and none loaded that is sealed already."""

import json
import shutil
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from rvpo.harness.cli import main
from rvpo.results import open_run


@pytest.fixture
def training_run(tmp_path: Path, tiny_model: Path) -> Path:
    """Checkpoints 3 and 20 with weights of their own, and 40 with those of 20."""
    for step in (3, 20):
        folder = shutil.copytree(tiny_model, tmp_path / "trained" / f"checkpoint-{step}")
        weights = load_file(folder / "model.safetensors")
        moved = {name: tensor * (1 + step / 20) for name, tensor in weights.items()}
        save_file(moved, folder / "model.safetensors", metadata={"format": "pt"})
    shutil.copytree(tmp_path / "trained/checkpoint-20", tmp_path / "trained/checkpoint-40")
    return tmp_path / "trained"


def test_each_checkpoint_once_and_a_sealed_one_not_even_loaded(
    training_run: Path,
    tasks: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    loaded: list[str] = []
    hflm = pytest.importorskip("lm_eval.models.huggingface").HFLM
    make = hflm._create_model

    def counted(self: object, pretrained: str, **settings: object) -> None:
        loaded.append(Path(pretrained).name)
        make(self, pretrained, **settings)

    monkeypatch.setattr(hflm, "_create_model", counted)
    out = tmp_path / "swept"
    model = ["--model", f"{training_run}/checkpoint-*", "--out", str(out)]
    arguments = ["eval", "lm-eval:fox", "--data", str(tasks), *model, "--json"]
    assert main(arguments) == 0
    assert loaded == ["checkpoint-3", "checkpoint-20"]
    first = capsys.readouterr().out
    checkpoints = json.loads(first)["checkpoints"]
    assert [(each["step"], each["same_as"]) for each in checkpoints] == [
        (3.0, ""),
        (20.0, ""),
        (40.0, "checkpoint-20"),
    ]
    for each in checkpoints:
        run = open_run(each["folder"])
        assert run.sealed
        assert each["summary"]["score"] == sum(row.score or 0 for row in run.items) / 24
    assert open_run(out / "checkpoint-40").items == open_run(out / "checkpoint-20").items

    shutil.rmtree(out / "checkpoint-20")
    assert main(arguments) == 0
    assert capsys.readouterr().out == first
    assert loaded == ["checkpoint-3", "checkpoint-20", "checkpoint-20"]

    # Other questions are another run: the sealed one is not taken for it.
    assert main([*arguments, "--limit", "5"]) == 2
    assert "checkpoint-3: holds another run" in capsys.readouterr().err
