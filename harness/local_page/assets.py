"""Puts a page together from the files beside the code: one HTML file, style, script and data inside. Pure but for reading."""

import json
from importlib.resources import files
from string import Template
from typing import Any


def page_of(folder: str, stem: str, data: Any, *, title: str) -> str:
    """The shared frame around ``folder/page.html``, with the palette, ``stem.css``, ``stem.js`` and the data inside.

    Args:
        folder: Of the harness's room.
        stem: Of the style and the script.
        data: What the page finds in its element ``data``; ``None`` for a page that fetches it.
        title: Of the window.

    Raises:
        ValueError: ``data`` holds a NaN or what JSON cannot.
    """
    room = files("rvpo.harness")

    def text(place: str, name: str) -> str:
        return room.joinpath(place).joinpath(name).read_text(encoding="utf-8")

    # Inside a script tag a "<" could end it; JSON lets it be written otherwise.
    packed = json.dumps(data, allow_nan=False).replace("<", "\\u003c")
    style = text("local_page", "palette.css") + text(folder, f"{stem}.css")
    return Template(text("local_page", "frame.html")).substitute(
        title=title,
        style=style,
        body=text(folder, "page.html"),
        script=text(folder, f"{stem}.js"),
        data=packed,
    )
