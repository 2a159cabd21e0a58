"""The type of ``--out``: a folder that has a name. An empty one would be the folder one stands in."""

from pathlib import Path
from typing import Any

import click


class OutFolder(click.Path):
    """A folder to write into; a variable of the shell that is not set gives an empty name, which is refused."""

    name = "folder"

    def __init__(self) -> None:
        super().__init__(file_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The folder's path."""
        if not str(value).strip():
            self.fail("the name is empty; name a folder (. is the one you are in)", param, ctx)
        return super().convert(value, param, ctx)
