"""Names for run folders: the ends of their paths that tell them apart. Touches the disk only to resolve links."""

from collections.abc import Iterable
from pathlib import Path


def tell_apart(folders: Iterable[Path]) -> dict[str, Path]:
    """Name folders by the shortest ends of their paths, all of one depth, that differ; a folder given twice is one.

    >>> list(tell_apart([Path("/x/a/run"), Path("/x/b/run")]))
    ['a/run', 'b/run']
    """
    unique = list(dict.fromkeys(folder.resolve() for folder in folders))
    if not unique:
        return {}
    depth = next(
        depth
        for depth in range(1, max(len(path.parts) for path in unique) + 1)
        if len({path.parts[-depth:] for path in unique}) == len(unique)
    )
    return {str(Path(*path.parts[-depth:])): path for path in unique}
