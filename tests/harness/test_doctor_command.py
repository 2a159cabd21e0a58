"""``rvpo doctor`` looks at what is really there."""

import json
from importlib.metadata import version
from pathlib import Path

import pytest
import torch

from rvpo.harness.cli import EXTRAS, main
from rvpo.judges.embedded_model import FOLDER


def test_json_says_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RVPO_CACHE", str(tmp_path / "not" / "yet"))
    assert main(["doctor", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["torch"]["version"] == torch.__version__
    assert found["torch"]["threads"] == torch.get_num_threads()
    assert found["extras"]["train"]["transformers"] == version("transformers")
    assert set(found["extras"]) == set(EXTRAS)
    assert found["embedded_model"] is False
    assert found["cache_free_gb"] > 0
    assert not (tmp_path / "not").exists()
    (tmp_path / "not" / "yet" / FOLDER).mkdir(parents=True)
    assert main(["doctor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["embedded_model"] is True


def test_words_name_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(EXTRAS, "eval", ("surely_not_installed",))
    assert main(["doctor"]) == 0
    assert "extra eval     missing surely_not_installed: pip install 'rvpo[eval]'" in capsys.readouterr().out
