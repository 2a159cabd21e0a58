"""Plain mappings that know where each of their keys was written, and how one overrides another. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rvpo.rubrics.reading.yaml_values import Origin, Path


@dataclass(frozen=True, slots=True)
class Piece:
    """A mapping, for instance one criterion, and the origin of what stands in it."""

    data: Mapping[str, object]
    origins: Mapping[Path, Origin]
    """By path within the piece; ``()`` is the piece itself."""

    def overridden(self, by: "Piece", *, merging: Iterable[str] = ()) -> "Piece":
        """Take over the keys that another piece gives.

        Args:
            by: The piece whose keys win.
            merging: Keys whose values, where both are mappings, are merged key by key and not replaced.
        """
        both = [key for key in merging if self._holds_mapping(key) and by._holds_mapping(key)]  # noqa: SLF001
        replaced = by.data.keys() - set(both)
        data = {**self.data, **by.data}
        origins = {path: origin for path, origin in self.origins.items() if path[:1] not in _heads(replaced)}
        origins |= by.origins
        for key in both:
            merged = self.within(key).overridden(by.within(key))
            data[key] = merged.data
            origins |= {(key, *path): origin for path, origin in merged.origins.items()}
        return Piece(data, origins)

    def without(self, *keys: str) -> "Piece":
        """Leave keys out."""
        heads = _heads(keys)
        return Piece(
            {key: value for key, value in self.data.items() if key not in keys},
            {path: origin for path, origin in self.origins.items() if path[:1] not in heads},
        )

    def within(self, key: str) -> "Piece":
        """The mapping under a key, as a piece."""
        inner = self.data[key]
        assert isinstance(inner, Mapping)
        return Piece(inner, {path[1:]: origin for path, origin in self.origins.items() if path[:1] == (key,)})

    def _holds_mapping(self, key: str) -> bool:
        return isinstance(self.data.get(key), Mapping)


def _heads(keys: Iterable[str]) -> set[Path]:
    return {(key,) for key in keys}
