"""One question's way to an answer: the store, then the judge, then, if the reply held no verdict, once more.

A stored reply that gives a verdict is served. One that gives none is never served, but its ask is spent: the
question is asked again under the next vote, so that a rerun pays for no failed ask twice. Every reply that comes in
is written down before anything else happens to it.
"""

from collections.abc import Mapping

import msgspec

from rvpo.judges.client import RawReply
from rvpo.judges.errors import CallFailed
from rvpo.judges.flight import SingleFlight
from rvpo.judges.parse import Reading
from rvpo.judges.protocol import Judge, Question
from rvpo.judges.records import Usage
from rvpo.judges.store import Store, StoredReply
from rvpo.judges.tally import Tally, add_usage


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What a question came to."""

    reading: Reading
    key: bytes
    """Of the reply that was read last."""
    from_store: bool
    usage: Usage = Usage()
    """Of all asks made for it now."""
    attempts: int = 0


class Answers:
    """Answers questions through store, single flight and judge."""

    def __init__(self, judge: Judge, store: Store, tally: Tally) -> None:
        self._judge = judge
        self._store = store
        self._tally = tally
        identity = judge.identity
        self._who = " ".join(filter(None, (identity.kind, identity.model, identity.endpoint)))
        self._spent: set[bytes] = set()
        self.flight = SingleFlight[Question, Answer](self._read, self._find)

    async def _read(self, questions: Mapping[bytes, Question]) -> dict[bytes, Answer]:
        known: dict[bytes, Answer] = {}
        for key, body in (await self._store.get_many(list(questions))).items():
            reading = self._final(body)
            if reading is not None:
                known[key] = Answer(reading, key, from_store=True)
            else:
                self._spent.add(key)
        return known

    async def _find(self, key: bytes, question: Question) -> Answer:
        vote = 0
        if key in self._spent:
            vote, answer = await self._pass_spent(question)
            if answer is not None:
                return answer
        usages: list[Usage] = []
        attempts = 0
        while True:
            key = self._judge.key(question, vote) if vote else key
            reply = await self._ask(question, vote, attempts)
            attempts += reply.attempts
            reading = self._judge.read(reply.body)
            usages.append(reading.usage)
            self._tally.called(reply.attempts, reading.usage)
            await self._store.put(
                StoredReply(key, reply.body, reading.status, self._who, reply.latency_s, reply.attempts)
            )
            vote += 1
            again = reading.status in {"unparseable", "truncated"} and len(usages) < self._judge.votes
            if not again:
                return Answer(reading, key, from_store=False, usage=add_usage(usages), attempts=attempts)

    async def _ask(self, question: Question, vote: int, attempts_before: int) -> RawReply:
        try:
            return await self._judge.ask(question, vote)
        except CallFailed as failed:
            self._tally.called(failed.attempts)
            raise CallFailed(
                failed.status, failed.detail, attempts=attempts_before + failed.attempts
            ) from failed

    async def _pass_spent(self, question: Question) -> tuple[int, Answer | None]:
        vote = 1
        while True:
            key = self._judge.key(question, vote)
            body = (await self._store.get_many([key])).get(key)
            if body is None:
                return vote, None
            reading = self._final(body)
            if reading is not None:
                return vote, Answer(reading, key, from_store=True)
            vote += 1

    def _final(self, body: bytes) -> Reading | None:
        """The reading of a stored reply that is served: it gives a verdict, or asking again would change nothing."""
        try:
            reading = self._judge.read(body)
        except ValueError:
            return None
        return reading if reading.status == "ok" or self._judge.votes == 1 else None
