"""``rvpo recipes``."""

import json

import pytest

from rvpo.harness.cli import main
from rvpo.trainer.layers import recipe_names


def test_lists_every_recipe_with_its_title(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recipes"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(recipe_names())
    assert "RVPO on tool calls: Qwen2.5-3B-Instruct on RLLA-4k" in "\n".join(lines)
    assert main(["recipes", "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out)) == list(recipe_names())


def test_shows_one_with_the_place_of_each_value(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recipes", "rar-science-3b"]) == 0
    page = capsys.readouterr().out
    assert 'model: "hf:Qwen/Qwen2.5-3B" ' in page
    assert "  # recipe:rar-science-3b:3" in page
    assert "k.end: 2.0 " in page
    assert main(["recipes", "recipe:rar-science-3b", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["group_size"] == 16
    assert main(["recipes", "rar-sience-3b"]) == 2
    assert "did you mean rar-science-3b?" in capsys.readouterr().err
