"""Configs put together: what goes over what, and that an error names the file and line to mend."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics import SourceError
from rvpo.trainer.config import load_train_config
from rvpo.trainer.errors import TrainConfigError
from rvpo.trainer.layers import flat, layered, place_of, recipe_names

BASE = """model: embedded
data: rows.jsonl
judge: {judge: openai, model: m, concurrency: 3}
out: runs/base
k: {schedule: linear, start: 0.5, end: 2.0}
lora: {rank: 8, alpha: 16}
steps: 10
"""


@pytest.fixture
def base(tmp_path: Path) -> Path:
    path = tmp_path / "base.yaml"
    path.write_text(BASE)
    return path


def over(base: Path, text: str, name: str = "over.yaml") -> Path:
    path = base.parent / name
    path.write_text(f"extends: {base.name}\n{text}")
    return path


def test_mappings_merge_key_by_key_and_places_are_kept(base: Path) -> None:
    path = over(base, "steps: 20\nlora: {rank: 4}\njudge: {concurrency: 5}\n")
    layer = layered(path)
    assert layer.data["lora"] == {"rank": 4, "alpha": 16}
    assert layer.data["judge"] == {"judge": "openai", "model": "m", "concurrency": 5}
    assert layer.data["steps"] == 20
    assert place_of(layer, ("steps",)) == f"{path}:2"
    assert place_of(layer, ("lora", "rank")) == f"{path}:3"
    assert place_of(layer, ("lora", "alpha")) == f"{base}:6"
    assert "extends" not in layer.data


def test_another_kind_replaces_the_whole_mapping(base: Path) -> None:
    path = over(base, "judge: {judge: rules}\nk: {schedule: piecewise, points: [[0, 1]]}\nlora: null\n")
    config = load_train_config(path)
    assert layered(path).data["judge"] == {"judge": "rules"}
    assert config.k == load_train_config(path, ["k.points=[[0, 1]]"]).k
    assert config.lora is None
    assert load_train_config(over(base, "k: 3\n")).k == 3.0


def test_three_files_in_two_folders_and_a_recipe(base: Path) -> None:
    folder = base.parent / "inner"
    folder.mkdir()
    (folder / "leaf.yaml").write_text("extends: ../over.yaml\nseed: 7\n")
    over(base, "steps: 30\n")
    config = load_train_config(folder / "leaf.yaml")
    assert (config.seed, config.steps, config.model) == (7, 30, "embedded")
    own = base.parent / "own.yaml"
    own.write_text("extends: recipe:tool-calls-3b-gdpo\nmodel: embedded\n")
    found = load_train_config(own)
    assert (found.model, found.method, found.group_size) == ("embedded", "gdpo", 4)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("stepz=3", '--set stepz=3: unknown key "stepz"'),
        ("steps=ten", '--set steps=ten: steps: got "ten", should be a whole number'),
        ("lora.rnk=3", '--set lora.rnk=3: lora: unknown key "rnk"; allowed: alpha, dropout, rank'),
        ("lora", "--set lora: should be KEY=VALUE, for instance steps=10 or lora.rank=8"),
        ("=3", "--set =3: should be KEY=VALUE"),
        ("k={schedule: linear", "not YAML"),
        (
            "k={schedule: liner}",
            'k: got kind "liner", allowed linear | cosine | piecewise | adaptive; did you mean',
        ),
        ("group_size=1", "--set group_size=1: group_size: got 1, should be at least 2"),
    ],
)
def test_a_wrong_setting_is_named(base: Path, setting: str, words: str) -> None:
    with pytest.raises(SourceError) as error:
        load_train_config(base, [setting])
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_settings_are_typed_and_the_last_wins(base: Path) -> None:
    settings = [
        "steps=5",
        "steps=6",
        "lora.rank=2",
        "report_to=[wandb]",
        "learning_rate=1e-4",
        "lora.alpha=3",
    ]
    config = load_train_config(base, settings)
    assert (config.steps, config.learning_rate, config.report_to) == (6, 1e-4, ("wandb",))
    assert config.lora is not None
    assert (config.lora.rank, config.lora.alpha) == (2, 3)
    assert load_train_config(base, ["lora=null"]).lora is None


def test_an_error_names_the_file_and_line_of_the_value(base: Path) -> None:
    base.write_text(BASE + "grop_size: 4\n")
    path = over(base, "steps: 20\n")
    with pytest.raises(SourceError, match=rf'^{base}:8: unknown key "grop_size".*did you mean group_size'):
        load_train_config(path)
    base.write_text(BASE)
    with pytest.raises(SourceError, match=rf"^{path}:3: lora.rank: got 0"):
        load_train_config(over(base, "steps: 20\nlora: {rank: 0}\n"))


@pytest.mark.parametrize(
    ("extends", "words"),
    [
        ("over.yaml", r"over\.yaml:1: extends: a circle: .*over\.yaml -> .*over\.yaml$"),
        ("bse.yaml", r"over\.yaml:1: extends: .*bse\.yaml: no such file; did you mean base\.yaml\?"),
        ("recipe:tool-calls-3", r"over\.yaml:1: extends: recipe:tool-calls-3: no such recipe; did you mean"),
        ("[base.yaml]", r"over\.yaml:1: extends: got a list, should be a file or recipe:NAME"),
    ],
)
def test_what_cannot_be_extended(base: Path, extends: str, words: str) -> None:
    path = base.parent / "over.yaml"
    path.write_text(f"extends: {extends}\nsteps: 3\n")
    with pytest.raises(SourceError, match=words):
        layered(path)


def test_a_circle_through_two_files(base: Path) -> None:
    base.write_text("extends: over.yaml\n" + BASE)
    with pytest.raises(SourceError, match=rf"^{base}:1: extends: a circle: .*over\.yaml -> .*base\.yaml -> "):
        layered(over(base, "steps: 3\n"))


def test_what_is_no_config(tmp_path: Path) -> None:
    path = tmp_path / "list.yaml"
    path.write_text("- a\n")
    with pytest.raises(SourceError, match=r"list\.yaml:1: got a list, should be a mapping of keys"):
        layered(path)
    with pytest.raises(TrainConfigError, match="recipe:xyzzy: no such recipe; rvpo recipes lists them"):
        layered("recipe:xyzzy")


plain = st.dictionaries(
    st.sampled_from("abcd"), st.integers() | st.dictionaries(st.sampled_from("xy"), st.integers(), min_size=1)
)


@given(below=plain, above=plain)
def test_over_wins_wherever_it_speaks_and_nothing_else_changes(
    below: dict[str, object], above: dict[str, object]
) -> None:
    from rvpo.rubrics.reading.yaml_values import Origin
    from rvpo.trainer.layers import Layer, _merged

    def layer(data: dict[str, object], name: str) -> Layer:
        places = {(): 1} | {place[:n]: 1 for place, _ in flat(data) for n in range(1, len(place) + 1)}
        return Layer(data, {place: Origin(name, 1) for place in places})

    merged = _merged(layer(below, "below"), layer(above, "above"))
    values, spoken, old = dict(flat(merged.data)), dict(flat(above)), dict(flat(below))
    assert all(values[place] == value for place, value in spoken.items() if place in values)
    for place, value in values.items():
        if place in spoken:
            assert merged.origins[place].name == "above"
        else:
            assert old.get(place, value) == value


def test_every_recipe_is_a_config() -> None:
    for name in recipe_names():
        assert load_train_config(f"recipe:{name}").out == f"runs/{name}"
