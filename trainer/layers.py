"""A train config put together: a file, what it ``extends``, and settings from the command line on top.

Layers are merged key by key, mappings inside them too. A mapping that says another kind (``judge``, ``schedule``)
than the one below replaces it whole, since the keys of one kind mean nothing to another; so do lists and plain
values. Every part keeps the file and line it came from, so that an error names the file to mend.

``recipe:NAME`` is a config that ships with the package; other names are paths, in ``extends`` from the folder of the
file that says it. Reads files; validates nothing but ``extends``.
"""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, NamedTuple

from rvpo.rubrics import SourceError
from rvpo.rubrics.reading.source import read_text
from rvpo.rubrics.reading.yaml_values import Origin, read_yaml
from rvpo.rubrics.reading.yaml_values import Path as Place
from rvpo.rubrics.wording import hint, shown
from rvpo.trainer.errors import TrainConfigError

RECIPE: Final = "recipe:"
EXTENDS: Final = "extends"
_KINDS: Final = ("judge", "schedule")
"""Keys that say what kind of mapping theirs is."""


class Layer(NamedTuple):
    """Plain data of a config, and where each part of it was written."""

    data: dict[str, Any]
    origins: dict[Place, Origin]


class _File(NamedTuple):
    name: str
    """What errors call it."""
    text: str
    folder: Path | None
    """Where the paths begin that it names; ``None`` for a recipe, which names recipes only."""


def recipe_names() -> tuple[str, ...]:
    """The names of the configs that ship with the package, sorted."""
    found = (entry.name for entry in files("rvpo.trainer").joinpath("recipes").iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in found if name.endswith(".yaml")))


def recipe_text(name: str) -> str:
    """The YAML text of a config that ships with the package.

    Raises:
        TrainConfigError: There is none of that name.
    """
    names = recipe_names()
    if name not in names:
        listed = "; rvpo recipes lists them"
        raise TrainConfigError(f"{RECIPE}{name}: no such recipe{hint(name, names) or listed}")
    return files("rvpo.trainer").joinpath("recipes", f"{name}.yaml").read_text(encoding="utf-8")


def layered(source: str | Path, settings: Sequence[str] = ()) -> Layer:
    """Read a config and put all its layers together.

    Args:
        source: A file, or ``recipe:NAME``.
        settings: ``KEY=VALUE`` each, the key with dots for mappings inside (``lora.rank=8``), the value in YAML.

    Raises:
        SourceError: A file cannot be read, extends what it cannot, or extends itself; a setting is none.
        TrainConfigError: There is no such recipe.
    """
    layer = _read(_opened(str(source)), ())
    for setting in settings:
        layer = _merged(layer, _setting(setting))
    return layer


def _opened(source: str) -> _File:
    if source.startswith(RECIPE):
        return _File(source, recipe_text(source.removeprefix(RECIPE)), None)
    return _File(source, read_text(source), Path(source).parent)


def _read(file: _File, above: tuple[str, ...]) -> Layer:
    """The layer of a file on top of those that it extends; ``above``: the files that extend it."""
    value, lines = read_yaml(file.text, file.name)
    if not isinstance(value, dict):
        raise SourceError.at(file.name, 1, f"got {shown(value)}, should be a mapping of keys")
    origins = {place: Origin(file.name, line) for place, line in lines.items()}
    base = value.pop(EXTENDS, None)
    place = origins.pop((EXTENDS,), Origin(file.name, None))
    own = Layer(value, origins)
    if base is None:
        return own
    below = _named(base, file, place)
    chain = (*above, file.name)
    if _key(below.name) in map(_key, chain):
        raise SourceError.at(*place, f"{EXTENDS}: a circle: {' -> '.join((*chain, below.name))}")
    return _merged(_read(below, chain), own)


def _key(name: str) -> str:
    """Tells files apart, however they are named."""
    return name if name.startswith(RECIPE) else str(Path(name).resolve())


def _named(base: object, by: _File, place: Origin) -> _File:
    """Open what a file extends; whatever is wrong with it is an error at the line that says so."""
    if not isinstance(base, str) or not base:
        raise SourceError.at(*place, f"{EXTENDS}: got {shown(base)}, should be a file or {RECIPE}NAME")
    try:
        if by.folder is None or base.startswith(RECIPE):
            return _opened(base if base.startswith(RECIPE) else RECIPE + base)
        return _opened(str(by.folder / base))
    except (SourceError, TrainConfigError) as error:
        raise SourceError.at(*place, f"{EXTENDS}: {error}") from None


def _setting(text: str) -> Layer:
    """The layer of one ``KEY=VALUE``."""
    name = f"--set {text}"
    key, equals, value = text.partition("=")
    path = key.strip().split(".")
    if not equals or not all(path):
        raise SourceError.at(name, None, "should be KEY=VALUE, for instance steps=10 or lora.rank=8")
    read, _ = read_yaml(f"value: {value}\n", name)
    data: Any = read["value"] if isinstance(read, dict) else None
    for step in reversed(path):
        data = {step: data}
    places = [tuple(path[:length]) for length in range(len(path) + 1)]
    return Layer(data, {place: Origin(name, None) for place in places})


def _merged(base: Layer, over: Layer) -> Layer:
    origins = dict(base.origins)
    data = _laid(base.data, over.data, (), origins, over.origins)
    origins[()] = over.origins.get((), base.origins[()])
    return Layer(data, origins)


def _laid(
    base: Mapping[str, Any],
    over: Mapping[str, Any],
    at: Place,
    origins: dict[Place, Origin],
    over_origins: Mapping[Place, Origin],
) -> dict[str, Any]:
    """One mapping over another; ``origins`` is brought up to date on the way."""
    result = dict(base)
    for key, value in over.items():
        place = (*at, key)
        below = base.get(key)
        if isinstance(below, dict) and isinstance(value, dict) and _same_kind(below, value):
            result[key] = _laid(below, value, place, origins, over_origins)
            continue
        result[key] = value
        for inner in [each for each in origins if each[: len(place)] == place]:
            del origins[inner]
        origins |= {each: found for each, found in over_origins.items() if each[: len(place)] == place}
    return result


def _same_kind(below: Mapping[str, Any], over: Mapping[str, Any]) -> bool:
    return all(over.get(key, below.get(key)) == below.get(key) for key in _KINDS)


def place_of(layer: Layer, place: Place) -> str:
    """Where a value was written, as ``file:line``, for whoever shows a config put together."""
    origin = layer.origins.get(place, layer.origins[()])
    return origin.name if origin.line is None else f"{origin.name}:{origin.line}"


def flat(data: Mapping[str, Any], at: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    """The values of a config, each with the keys that lead to it; mappings are opened up, lists are values."""
    found: list[tuple[tuple[str, ...], Any]] = []
    for key, value in data.items():
        inside = isinstance(value, dict) and value
        found += flat(value, (*at, key)) if inside else [((*at, key), value)]
    return found
