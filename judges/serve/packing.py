"""From judge requests to bodies for a judge service: in batches, each rubric once a batch. Pure."""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from rvpo.judges.material import sendable
from rvpo.judges.records import JudgeRequest
from rvpo.judges.serve.wire import WireBatch, WireRequest, encode
from rvpo.rubrics import Rubric
from rvpo.rubrics.formats.plain import plain_rubric

MOST_REQUESTS: Final = 256
MOST_CHARS: Final = 8 << 20
"""Of a batch's texts, unless one request alone has more."""


class Batch(msgspec.Struct, frozen=True):
    """Requests that go together."""

    places: tuple[int, ...]
    """In the caller's list."""
    names: tuple[str, ...]
    """The ids on the wire: the caller's own where they tell the requests apart."""


def in_batches(requests: Sequence[JudgeRequest]) -> Iterator[Batch]:
    """Cut a list of requests into batches of a size that a service takes."""
    ids = [request.id for request in requests]
    own = all(ids) and len(set(ids)) == len(ids)
    places: list[int] = []
    chars = 0
    for place, request in enumerate(requests):
        size = len(request.response) + sum(len(text) for text in _texts(request))
        if places and (len(places) == MOST_REQUESTS or chars + size > MOST_CHARS):
            yield _batch(places, ids, own=own)
            places, chars = [], 0
        places.append(place)
        chars += size
    if places:
        yield _batch(places, ids, own=own)


def _batch(places: Sequence[int], ids: Sequence[str], *, own: bool) -> Batch:
    return Batch(tuple(places), tuple(sendable(ids[place]) if own else str(place) for place in places))


def _texts(request: JudgeRequest) -> list[str]:
    if isinstance(request.prompt, str):
        return [request.prompt]
    return [str(turn.get("content", "")) for turn in request.prompt]


class Packer:
    """Writes bodies; a rubric is written once, however many batches it goes into."""

    def __init__(self) -> None:
        self._written: dict[int, tuple[Rubric, msgspec.Raw]] = {}

    def body(self, requests: Sequence[JudgeRequest], names: Sequence[str]) -> bytes:
        """The body that asks for these requests under these ids."""
        rubrics: dict[str, msgspec.Raw] = {}
        refs: dict[int, str] = {}
        wired = []
        for request, name in zip(requests, names, strict=True):
            ref = refs.get(id(request.rubric))
            if ref is None:
                ref = refs[id(request.rubric)] = f"r{len(refs)}"
                rubrics[ref] = self._json(request.rubric)
            wired.append(
                WireRequest(
                    response=sendable(request.response),
                    prompt=_prompt(request),
                    rubric_ref=ref,
                    id=name,
                    fields=dict(request.fields),
                )
            )
        return encode(WireBatch(wired, rubrics))

    def _json(self, rubric: Rubric) -> msgspec.Raw:
        known = self._written.get(id(rubric))
        if known is None:
            # The rubric is kept beside its text, so that its id stays its own.
            known = self._written[id(rubric)] = rubric, msgspec.Raw(encode(plain_rubric(rubric)))
        return known[1]


def _prompt(request: JudgeRequest) -> str | list[dict[str, str]]:
    if isinstance(request.prompt, str):
        return sendable(request.prompt)
    return [{key: sendable(text) for key, text in turn.items()} for turn in request.prompt]
