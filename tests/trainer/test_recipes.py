"""The shipped configs say what the paper says, and mark what it does not."""

import re

import pytest

from rvpo.trainer.config import TrainConfig, load_train_config
from rvpo.trainer.layers import EXTENDS, layered, place_of, recipe_names, recipe_text
from rvpo.trainer.schedule import Linear


def load(name: str) -> TrainConfig:
    return load_train_config(f"recipe:{name}")


@pytest.mark.parametrize("field", ["medicine", "science"])
@pytest.mark.parametrize("size", ["3b", "7b", "14b"])
def test_rubrics_are_trained_as_in_the_paper(field: str, size: str) -> None:
    config = load(f"rar-{field}-{size}")
    assert (config.method, config.group_size) == ("rvpo", 16)
    assert config.k == Linear(schedule="linear", start=0.5, end=2.0)
    assert config.model == f"hf:Qwen/Qwen2.5-{size.upper()}"
    assert config.data == f"hf:ScaleAI/RaR-{field.capitalize()}"
    assert config.completions_per_step == 96


@pytest.mark.parametrize("size", ["1.5b", "3b"])
def test_tool_calls_are_trained_as_in_the_paper(size: str) -> None:
    config = load(f"tool-calls-{size}")
    assert (config.method, config.k, config.group_size) == ("rvpo", 1.0, 4)
    assert config.completions_per_step == 512
    assert config.steps * config.prompts_per_step == 104 * 512  # GDPO's 104 steps of 512 prompts
    assert config.model == f"hf:Qwen/Qwen2.5-{size.upper()}-Instruct"


@pytest.mark.parametrize("name", [name for name in recipe_names() if name.endswith(("-gdpo", "-grpo"))])
def test_a_baseline_differs_in_its_method_alone(name: str) -> None:
    of, _, method = name.rpartition("-")
    ours, theirs = load(of).model_dump(), load(name).model_dump()
    differing = {key for key in ours if ours[key] != theirs[key]}
    assert differing == {"method", "out"}
    assert theirs["method"] == method


def test_ablations_at_7b() -> None:
    assert load("rar-medicine-7b-k5").k == 5.0
    assert load("rar-medicine-7b-hard-min").method == "hard_min"
    assert load("rar-medicine-7b-explicit-variance").method == "explicit_variance"


@pytest.mark.parametrize("name", recipe_names())
def test_every_value_of_a_whole_recipe_says_where_it_comes_from(name: str) -> None:
    text = recipe_text(name)
    assert re.match(r"# \S.*\.\n", text)
    if EXTENDS in text:
        return
    unmarked = [
        line
        for line in text.splitlines()
        if re.match(r"\w+:", line)
        and "#" not in line
        and not line.startswith(("format", "judge", "out", "clip_high", "max_completion", "steps"))
    ]
    assert unmarked == []


def test_values_of_an_overlay_stand_in_the_recipe_they_come_from() -> None:
    layer = layered("recipe:rar-science-14b-grpo")
    assert place_of(layer, ("method",)).startswith("recipe:rar-science-14b-grpo:")
    assert place_of(layer, ("model",)).startswith("recipe:rar-science-14b:")
    assert place_of(layer, ("data",)).startswith("recipe:rar-science-7b:")
    assert place_of(layer, ("k", "end")).startswith("recipe:rar-medicine-7b:")
