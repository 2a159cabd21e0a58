"""Which checkpoints a name stands for; what is torn or mixed is refused in one line before anything is asked."""

import json
import shutil
from pathlib import Path

import pytest

from rvpo.harness.checkpoints import check_whole, find_checkpoints, is_sweep
from rvpo.harness.errors import SamplerError
from rvpo.results import ResultsError


@pytest.fixture
def run(tmp_path: Path, tiny_model: Path) -> Path:
    """Checkpoints whose names do not sort as their steps do, and what else a training run leaves behind."""
    for name in ("checkpoint-100", "checkpoint-20", "checkpoint-3", "final"):
        shutil.copytree(tiny_model, tmp_path / "run" / name)
    (tmp_path / "run" / "log.jsonl").touch()
    return tmp_path / "run"


@pytest.mark.parametrize("form", ["{run}", "{run}/checkpoint-*", "{run}/checkpoint-[0-9]*"])
def test_checkpoints_come_by_step(run: Path, form: str) -> None:
    place = form.format(run=run)
    assert is_sweep(place)
    found = find_checkpoints(place)
    assert [(each.step, each.folder.name) for each in found] == [
        (3.0, "checkpoint-3"),
        (20.0, "checkpoint-20"),
        (100.0, "checkpoint-100"),
    ]


def test_one_model_is_no_sweep(run: Path, tiny_model: Path) -> None:
    shutil.copytree(tiny_model, run, dirs_exist_ok=True)  # a final model that lies beside its checkpoints
    assert not any(map(is_sweep, [str(run), str(run / "final"), "embedded", "owner/model", "no/such"]))


def test_a_pattern_that_matches_nothing(run: Path) -> None:
    with pytest.raises(SamplerError, match=r"run/ckpt-\*: matches no folder$"):
        find_checkpoints(f"{run}/ckpt-*")
    with pytest.raises(SamplerError, match=r"matches no folder.*did you mean run"):
        find_checkpoints(f"{run.parent}/rum/checkpoint-*")


def test_a_mix_is_refused(run: Path) -> None:
    with pytest.raises(ResultsError, match=r"final: its name has no step"):
        find_checkpoints(f"{run}/*")
    shutil.copytree(run / "checkpoint-3", run / "copy-of-checkpoint-3")
    with pytest.raises(SamplerError, match=r"both are step 3; a curve has one a step"):
        find_checkpoints(f"{run}/*checkpoint-*")
    shutil.copytree(run / "checkpoint-3", run.parent / "other/checkpoint-4")
    with pytest.raises(SamplerError, match=r"checkpoints of 2 training runs \(.*other, .*run\): sweep one"):
        find_checkpoints(f"{run.parent}/*/checkpoint-*")
    (run / "checkpoint-50").mkdir()
    with pytest.raises(SamplerError, match=r"checkpoint-50: not a checkpoint \(no config.json"):
        find_checkpoints(str(run))


def test_torn_weights_are_found_by_their_own_header(tiny_model: Path, tmp_path: Path) -> None:
    check_whole(tiny_model)
    torn = shutil.copytree(tiny_model, tmp_path / "torn")
    weights, content = torn / "model.safetensors", (torn / "model.safetensors").read_bytes()
    header = 8 + int.from_bytes(content[:8], "little")
    for kept in (len(content) - 1, header, header - 1, 8, 3, 0):
        weights.write_bytes(content[:kept])
        with pytest.raises(SamplerError, match=rf"model.safetensors: torn: {kept} bytes of \d+;"):
            check_whole(torn)
    weights.write_bytes(content[:8] + b"x" * (len(content) - 8))
    with pytest.raises(SamplerError, match=r"torn: its header cannot be read"):
        check_whole(torn)
    weights.unlink()
    with pytest.raises(SamplerError, match=r"torn: it holds no weights"):
        check_whole(torn)
    (torn / "pytorch_model.bin").touch()
    with pytest.raises(SamplerError, match=r"pytorch_model.bin: torn: 0 bytes of 1"):
        check_whole(torn)


def test_a_missing_part_is_torn_and_an_index_of_a_form_not_used_is_not_asked(
    tiny_model: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(tiny_model, tmp_path / "parts")
    (folder / "pytorch_model.bin.index.json").write_text('{"weight_map": {"a": "pytorch_model-1.bin"}}')
    check_whole(folder)
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "model.safetensors", "b": "model-2.safetensors"}}))
    with pytest.raises(SamplerError, match=r"parts: torn: its index names model-2.safetensors"):
        check_whole(folder)
    index.write_text('{"weight_map": ')
    with pytest.raises(SamplerError, match=r"index.json: torn: not an index of weights"):
        check_whole(folder)
