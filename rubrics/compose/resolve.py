"""From files that reuse others to one plain rubric: what ``extends``, ``drop``, ``fragments`` and ``use`` mean.

* ``extends``: all keys of the base but its ``id`` hold, unless the file gives them; ``aggregate``, ``on_invalid`` and
  ``judge`` are merged key by key; ``fields`` are added up; criteria and components are merged by id: one of the same
  id overrides the keys it gives, a new one comes after the base's.
* ``drop`` takes criteria of the base away before that, so that one written anew under the id replaces the whole.
* ``- use: name`` stands for the criteria of a fragment of the same file, ``FILE#name`` for those of another's; the
  fields that their texts name come with them. Fragments are not inherited.

No id may come from two places of one file. Reuse goes at most ``MAX_DEPTH`` deep and never in a circle.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rvpo.rubrics.compose.pieces import Piece
from rvpo.rubrics.compose.sources import RubricFile, named_file
from rvpo.rubrics.fill import named, texts_of
from rvpo.rubrics.reading import yaml_values
from rvpo.rubrics.reading.complaints import written
from rvpo.rubrics.reading.yaml_values import Origin
from rvpo.rubrics.schema.written import REUSE_KEYS
from rvpo.rubrics.wording import hint, shown

MAX_DEPTH = 8
_MERGED = ("aggregate", "on_invalid", "judge")

ById = dict[str, Piece]
Chain = Mapping[str, str]
"""What is being read: key and name of each file or fragment, from the outermost in."""


def reuses(data: Any) -> bool:
    """Whether plain data of a rubric must be composed; most need not, and pay nothing."""
    if not isinstance(data, Mapping):
        return False
    if any(key in data for key in REUSE_KEYS):
        return True
    items = data.get("criteria")
    return isinstance(items, list) and any(isinstance(item, Mapping) and "use" in item for item in items)


def composed(file: RubricFile) -> tuple[dict[str, Any], dict[yaml_values.Path, Origin]]:
    """Work off all reuse of a rubric file.

    Returns:
        Plain data of a rubric without reuse, not validated, and the origin of each path of it.

    Raises:
        SourceError: One line with the place, in whichever file it stands.
    """
    if not {"extends", "criteria"} & file.data.keys() and file.form.fragments:
        use = f"{Path(file.name).name}#{next(iter(file.form.fragments))}"
        raise file.error((), f"holds only fragments and is no rubric; one takes them in by - use: {use}")
    return _Composer().rubric(file, {file.key: file.name}).joined(file.origin(()))


@dataclass(frozen=True)
class _Parts:
    """A rubric in pieces: its keys but for the lists, and those by id or name."""

    head: Piece
    criteria: ById
    components: ById
    fields: dict[str, Origin]

    def joined(self, top: Origin) -> tuple[dict[str, Any], dict[yaml_values.Path, Origin]]:
        data = dict(self.head.data)
        origins = {**self.head.origins, (): top}
        for key, pieces in (("criteria", self.criteria), ("components", self.components)):
            if pieces:
                data[key] = [piece.data for piece in pieces.values()]
            for index, piece in enumerate(pieces.values()):
                origins |= {(key, index, *path): origin for path, origin in piece.origins.items()}
        if self.fields:
            data["fields"] = list(self.fields)
            origins |= {("fields", index): origin for index, origin in enumerate(self.fields.values())}
        return data, origins


@dataclass(frozen=True)
class _Found:
    """What a list holds once its fragments are put in: pieces by id, and the fields that their texts name."""

    pieces: ById
    fields: dict[str, Origin]

    def add(self, file: RubricFile, piece: Piece, at: yaml_values.Path) -> None:
        name = piece.data.get("id")
        if not isinstance(name, str):
            text = "the key id is missing" if name is None else f"got the id {shown(name)}, should be text"
            raise file.error(at, f"{written(at)}: {text}")
        if name in self.pieces:
            there = _where(self.pieces[name].origins[()])
            raise file.error(at, f"{written(at)}: the id {shown(name)} is taken already, at {there}")
        self.pieces[name] = piece
        declared = file.form.fields
        for text in texts_of(piece.data) if declared else ():
            for found in named(declared).finditer(text):
                if found[2]:
                    self.fields.setdefault(found[2], file.origin(("fields", declared.index(found[2]))))


class _Composer:
    """Composes one rubric; a file that is named often is read once."""

    def __init__(self) -> None:
        self.opened: dict[tuple[Path | None, str], RubricFile] = {}

    def rubric(self, file: RubricFile, chain: Chain) -> _Parts:
        """What a file says, on top of what it extends."""
        fields = {name: file.origin(("fields", index)) for index, name in enumerate(file.form.fields)}
        criteria, components = _Found({}, fields), _Found({}, {})
        self.collect(file, ("criteria",), chain, criteria)
        self.collect(file, ("components",), chain, components)
        head = file.head.without(*REUSE_KEYS, "criteria", "components", "fields")
        own = _Parts(head, criteria.pieces, components.pieces, fields)
        if file.form.extends is not None:
            return _on_top(own, self.base(file, file.form.extends, chain))
        if file.form.drop:
            raise file.error(("drop",), "drop: nothing to drop from, as the file extends no other")
        return own

    def base(self, file: RubricFile, source: str, chain: Chain) -> _Parts:
        """What the extended file says, without what is dropped."""
        if "id" not in file.data:
            raise file.error((), "the key id is missing; a rubric that extends another has an id of its own")
        above = self.open(source, file, ("extends",))
        parts = self.rubric(above, _deeper(chain, above.key, above.name, file, ("extends",)))
        for index, dropped in enumerate(file.form.drop):
            if dropped not in parts.criteria:
                text = f"no criterion {shown(dropped)} in {above.name}{hint(dropped, parts.criteria)}"
                raise file.error(("drop", index), f"drop[{index}]: {text}")
        criteria = {key: piece for key, piece in parts.criteria.items() if key not in file.form.drop}
        return replace(parts, head=parts.head.without("id"), criteria=criteria)

    def collect(self, file: RubricFile, place: tuple[str, ...], chain: Chain, found: _Found) -> None:
        """Add the pieces of a list, those of the fragments that it uses, and the fields that they name."""
        for index, piece in enumerate(file.items(*place)):
            at: yaml_values.Path = (*place, index)
            if "use" in piece.data and place != ("components",):
                self.use(str(piece.data["use"]), file, (*at, "use"), chain, found)
            else:
                found.add(file, piece, at)

    def use(self, source: str, file: RubricFile, at: yaml_values.Path, chain: Chain, found: _Found) -> None:
        """Collect a fragment."""
        outside, mark, name = source.rpartition("#")
        there = self.open(outside, file, at) if mark else file
        names = there.form.fragments
        if name not in names:
            listed = f"there are: {', '.join(names)}" if names else "it has none"
            near = hint(name, names)
            if not mark and Path(name).suffix:
                near = "; a fragment of another file is written FILE#NAME"
            text = f"no fragment {shown(name)} in {there.name}; {listed}{near}"
            raise file.error(at, f"{written(at)}: {text}")
        deeper = _deeper(chain, f"{there.key}#{name}", f"{there.name}#{name}", file, at)
        self.collect(there, ("fragments", name), deeper, found)

    def open(self, source: str, by: RubricFile, place: yaml_values.Path) -> RubricFile:
        """Read what a file names, once."""
        known = self.opened.get((by.folder, source))
        if known is None:
            known = self.opened[by.folder, source] = named_file(source, by, place)
        return known


def _on_top(own: _Parts, base: _Parts) -> _Parts:
    return _Parts(
        base.head.overridden(own.head, merging=_MERGED),
        _merged(base.criteria, own.criteria),
        _merged(base.components, own.components),
        {**base.fields, **own.fields},
    )


def _merged(base: ById, own: ById) -> ById:
    return base | {key: base[key].overridden(piece) if key in base else piece for key, piece in own.items()}


def _deeper(chain: Chain, key: str, name: str, file: RubricFile, place: yaml_values.Path) -> Chain:
    """Enter a file or fragment, unless that closes a circle or goes too deep."""
    route = " -> ".join([*chain.values(), name])
    if key in chain:
        raise file.error(place, f"{written(place)}: goes in a circle: {route}")
    if len(chain) > MAX_DEPTH:
        raise file.error(place, f"{written(place)}: reuse goes more than {MAX_DEPTH} deep: {route}")
    return {**chain, key: name}


def _where(origin: Origin) -> str:
    return origin.name if origin.line is None else f"{origin.name}:{origin.line}"
