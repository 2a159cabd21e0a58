"""Serves the viewer's page and answers its questions. Nothing is written; see ``answers`` for what may leave."""

import threading
from collections.abc import Mapping
from http.server import ThreadingHTTPServer
from typing import Any

from rvpo.harness.errors import PageError
from rvpo.harness.local_page import Reply, json_reply, local_server, page_of, page_reply
from rvpo.harness.viewer.answers import item_page, item_table, matching, overview
from rvpo.harness.viewer.shelf import Shelf
from rvpo.results import ResultsError, Run


def view_server(shelf: Shelf, port: int, *, with_text: bool = False) -> ThreadingHTTPServer:
    """A server of the viewer on this machine; the caller starts and ends it.

    Args:
        shelf: The runs.
        port: 0 for any that is free.
        with_text: Show prompts, replies, criteria and reasons; without it ids, hashes and figures only.

    Raises:
        PageError: The port is taken.
    """
    answers = _Answers(shelf, with_text=with_text)
    routes = {
        "/": answers.page,
        "/runs.json": answers.names,
        "/run.json": answers.overview,
        "/items.json": answers.items,
        "/item.json": answers.item,
        "/find.json": answers.find,
    }
    return local_server(routes, port)


class _Answers:
    """A method for each route; the page is made once, a run's figures once for each state of its files."""

    def __init__(self, shelf: Shelf, *, with_text: bool) -> None:
        self._shelf, self._with_text = shelf, with_text
        self._page = page_of("viewer", "viewer", {"with_text": with_text}, title="rvpo view")
        self._overviews: dict[str, tuple[Any, dict[str, Any]]] = {}
        self._turn = threading.Lock()

    def page(self, query: Mapping[str, str]) -> Reply:
        del query
        return page_reply(self._page)

    def names(self, query: Mapping[str, str]) -> Reply:
        del query
        return json_reply(list(self._shelf.folders()))

    def overview(self, query: Mapping[str, str]) -> Reply:
        name = _asked(query, "run")
        with self._turn:
            stamp = self._shelf.stamp(name)
            held = self._overviews.get(name)
            if held is None or held[0] != stamp:
                held = self._overviews[name] = (stamp, _overview(self._shelf, name))
        return json_reply(held[1])

    def items(self, query: Mapping[str, str]) -> Reply:
        return json_reply(item_table(self._run(query), self._other(query)))

    def item(self, query: Mapping[str, str]) -> Reply:
        return json_reply(item_page(self._run(query), _asked(query, "id"), with_text=self._with_text))

    def find(self, query: Mapping[str, str]) -> Reply:
        return json_reply(matching(self._run(query), _asked(query, "words"), with_text=self._with_text))

    def _run(self, query: Mapping[str, str]) -> Run:
        return self._shelf.run(_asked(query, "run"))

    def _other(self, query: Mapping[str, str]) -> Run | None:
        return self._shelf.run(query["with"]) if "with" in query else None


def _overview(shelf: Shelf, name: str) -> dict[str, Any]:
    """A run that cannot be read has its place in the list, with the reason."""
    try:
        return overview(name, shelf.run(name))
    except ResultsError as error:
        return {"name": name, "error": " ".join(str(error).split())}


def _asked(query: Mapping[str, str], name: str) -> str:
    if name not in query:
        raise PageError(f"the question lacks {name!r}")
    return query[name]
