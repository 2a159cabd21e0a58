"""One question's way to an answer: the store, then the judge, then, if the reply held no verdict, once more.

A stored reply that gives a verdict is served. One that gives none is never served, but its ask is spent: the
question is asked again under the next vote, so that a rerun pays for no failed ask twice. Every reply that comes in
is written down before anything else happens to it.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from rvpo.judges.client import RawReply
from rvpo.judges.errors import CallFailed
from rvpo.judges.flight import SingleFlight
from rvpo.judges.protocol import Judge, Question
from rvpo.judges.reading import Reading
from rvpo.judges.records import Usage
from rvpo.judges.store import Store, StoredReply
from rvpo.judges.tally import Tally, add_usage


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What a question came to."""

    reading: Reading
    question: Question
    """Who asked first: the reading is by this question's criterion."""
    body: bytes
    """The reply that was read last."""
    key: bytes
    """Of that reply."""
    from_store: bool
    usage: Usage = Usage()
    """Of all asks made for it now."""
    attempts: int = 0


_ASK_AGAIN: Final = frozenset({"unparseable", "truncated", "off_menu", "unsupported"})


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
            reading = self._final(body, questions[key])
            if reading is not None:
                known[key] = Answer(reading, questions[key], body, key, from_store=True)
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
            reading = self._judge.read(reply.body, question)
            usages.append(reading.usage)
            self._tally.called(reply.attempts, reading.usage)
            await self._store.put(
                StoredReply(key, reply.body, reading.status, self._who, reply.latency_s, reply.attempts)
            )
            vote += 1
            if reading.status not in _ASK_AGAIN or len(usages) >= self._judge.votes:
                usage = add_usage(usages)
                return Answer(
                    reading, question, reply.body, key, from_store=False, usage=usage, attempts=attempts
                )

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
            reading = self._final(body, question)
            if reading is not None:
                return vote, Answer(reading, question, body, key, from_store=True)
            vote += 1

    def read_for(self, question: Question, answer: Answer) -> Reading:
        """An answer as this question reads it: one reply can serve criteria that value its labels differently."""
        if question.criterion is answer.question.criterion:
            return answer.reading
        return self._judge.read(answer.body, question)

    def _final(self, body: bytes, question: Question) -> Reading | None:
        """The reading of a stored reply that is served: it gives a verdict, or asking again would change nothing."""
        try:
            reading = self._judge.read(body, question)
        except ValueError:
            return None
        served = reading.status in {"ok", "not_applicable"} or self._judge.votes == 1
        return reading if served else None
