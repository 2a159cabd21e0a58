"""From a body to judge requests. Rubrics are parsed once, however many requests and batches bring them."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from rvpo.judges.records import JudgeRequest
from rvpo.judges.serve.problems import UNREADABLE, Refused, malformed
from rvpo.judges.serve.wire import WireBatch, WireRequest, decode_batch
from rvpo.rubrics import Rubric, RubricError, library_names, library_rubric
from rvpo.rubrics.load import resolved
from rvpo.rubrics.wording import hint, shown

MOST_RUBRICS: Final = 4096


class Incoming:
    """Reads batches and remembers their rubrics."""

    def __init__(self) -> None:
        self._rubrics: OrderedDict[bytes | str, Rubric] = OrderedDict()

    def read(self, body: bytes) -> list[JudgeRequest]:
        """Read a batch.

        Raises:
            Refused: It is no JSON (400), or says something wrong (422); the place is named.
        """
        try:
            batch: WireBatch = decode_batch(body)
        except UNREADABLE as wrong:
            raise malformed(wrong) from wrong
        _refuse_repeated(batch.requests)
        # All of them: one that nobody refers to is a misspelt name as often as not, and its faults are said.
        named = {name: self._parsed(bytes(raw), f"rubrics.{name}") for name, raw in batch.rubrics.items()}
        return [
            JudgeRequest(
                id=request.id or str(place),
                rubric=self._rubric_of(request, named, f"requests[{place}]"),
                prompt=request.prompt,
                response=request.response,
                fields=request.fields,
            )
            for place, request in enumerate(batch.requests)
        ]

    def _rubric_of(self, request: WireRequest, named: Mapping[str, Rubric], place: str) -> Rubric:
        inline = b"" if request.rubric is msgspec.UNSET else bytes(request.rubric)
        if bool(inline) == bool(request.rubric_ref):
            raise Refused(422, f"{place}: give exactly one of rubric and rubric_ref", place=place)
        if inline:
            return self._parsed(inline, f"{place}.rubric")
        name = request.rubric_ref
        if name in named:
            return named[name]
        return self._from_library(name, [*named, *library_names()], f"{place}.rubric_ref")

    def _parsed(self, source: bytes, place: str) -> Rubric:
        known = self._known(source)
        if known is not None:
            return known
        try:
            return self._remember(source, resolved(msgspec.json.decode(source), place, {}))
        except UNREADABLE as wrong:
            raise malformed(wrong) from wrong
        except RubricError as wrong:
            raise Refused(422, str(wrong), place=place) from wrong

    def _from_library(self, name: str, names: Sequence[str], place: str) -> Rubric:
        bare = name.removeprefix("library:")
        if bare not in library_names():
            text = f"{place}: {shown(name)} is neither in rubrics nor in the library{hint(name, names)}"
            raise Refused(422, text, place=place)
        return self._known(bare) or self._remember(bare, library_rubric(bare))

    def _known(self, source: bytes | str) -> Rubric | None:
        rubric = self._rubrics.get(source)
        if rubric is not None:
            self._rubrics.move_to_end(source)
        return rubric

    def _remember(self, source: bytes | str, rubric: Rubric) -> Rubric:
        self._rubrics[source] = rubric
        if len(self._rubrics) > MOST_RUBRICS:
            self._rubrics.popitem(last=False)
        return rubric


def _refuse_repeated(requests: Sequence[WireRequest]) -> None:
    seen: dict[str, int] = {}
    for place, request in enumerate(requests):
        name = request.id or str(place)
        first = seen.setdefault(name, place)
        if first != place:
            where = f"requests[{place}].id"
            raise Refused(422, f"{where}: {shown(name)} is the id of requests[{first}] too", place=where)
