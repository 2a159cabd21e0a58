"""``rvpo train`` and ``python -m rvpo.trainer``."""

import json
from pathlib import Path
from typing import Any

import pytest

from rvpo.harness.cli import main
from rvpo.trainer.__main__ import main as module_main


@pytest.fixture
def config(tiny_config: dict[str, Any], tmp_path: Path) -> Path:
    path = tmp_path / "train.yaml"
    path.write_text(json.dumps({**tiny_config, "steps": 1}))
    return path


def test_trains_and_tells(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "elsewhere"
    assert main(["train", str(config), "--out", str(out), "--watch"]) == 0
    told = capsys.readouterr()
    assert f"{out}/final: trained for 1 steps" in told.out
    assert "http://127.0.0.1:" in told.err
    assert main(["train", str(config), "--out", str(out), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["final"] == str(out / "final")
    assert found["figures"]["step"] == 1
    config.write_text(json.dumps({**json.loads(config.read_text()), "out": str(out)}))
    module_main([str(config)])
    assert capsys.readouterr().out == f"{out}/final\n"


def test_errors_are_one_line(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(tmp_path / "none.yaml")]) == 2
    config.write_text(json.dumps({**json.loads(config.read_text()), "model": "/nowhere"}))
    assert main(["train", str(config)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("error: model /nowhere: no such folder")
    with pytest.raises(SystemExit, match="usage"):
        module_main([])


def test_ctrl_c_says_where_it_will_go_on(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("rvpo.trainer.run.fitting", interrupt)
    assert main(["train", str(config)]) == 130
    assert (
        "stopped after step 0 of 1; the same command continues from the beginning" in capsys.readouterr().err
    )
