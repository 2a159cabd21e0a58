"""One call's way to its answers: the store, then the judge, then, if the reply held no verdict, once more.

A stored reply that gives a verdict is served. One that gives none is never served, but its ask is spent: the
question is asked again under the next vote, so that a rerun pays for no failed ask twice. Every reply that comes in
is written down before anything else happens to it.

A call with several criteria is not repeated for those it left without a verdict: ``member.py`` asks them alone.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from rvpo.judges.asking import is_plain
from rvpo.judges.client import RawReply
from rvpo.judges.errors import CallFailed
from rvpo.judges.flight import SingleFlight
from rvpo.judges.parse import PARSER_VERSION
from rvpo.judges.protocol import Judge, Question
from rvpo.judges.reading import Reading
from rvpo.judges.records import Status, Usage
from rvpo.judges.storage.records import Kept, ReplyStore, Reread, StoredReply, Taken
from rvpo.judges.storage.turns import Turns
from rvpo.judges.tally import NO_TOKENS, Tally, add_usage

VERDICTS: Final = frozenset({"ok", "not_applicable"})
ASK_AGAIN: Final = frozenset(
    {"unparseable", "truncated", "off_menu", "unsupported", "contradicted", "missing"}
)
"""Failures of a reply that another ask may mend."""


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What a question came to."""

    readings: tuple[Reading, ...]
    """One for each of the question's criteria."""
    question: Question
    """Who asked first: the readings are by this question's criteria."""
    body: bytes
    """The reply that was read last."""
    key: bytes
    """Of that reply."""
    from_store: bool
    before: Usage = NO_TOKENS
    """Of the asks made for it now, but for the last, which the readings tell of."""
    attempts: int = 0


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Reading).decode


class Answers:
    """Answers questions through store, single flight and judge."""

    def __init__(self, judge: Judge, store: ReplyStore, tally: Tally) -> None:
        self._judge = judge
        self._store = store
        self._tally = tally
        identity = judge.identity
        self._who = " ".join(filter(None, (identity.kind, identity.model, identity.endpoint)))
        self._spent: set[bytes] = set()
        self._elsewhere: set[bytes] = set()
        self._turns = Turns(self._take, store.release)
        self.flight = SingleFlight[Question, Answer](self._read, self._find, self._let_go)

    async def close(self) -> None:
        """Stop all asking and tell whoever still waits."""
        await self.flight.close()
        await self._turns.close()

    async def _take(self, keys: Sequence[bytes]) -> Taken:
        return await self._store.take(keys, PARSER_VERSION)

    def _let_go(self, key: bytes) -> None:
        self._elsewhere.discard(key)
        self._store.release(key)

    async def _read(self, questions: Mapping[bytes, Question]) -> dict[bytes, Answer]:
        known: dict[bytes, Answer] = {}
        taken = await self._take(list(questions))
        for key, kept in taken.found.items():
            question = questions[key]
            readings = self._final(kept, question)
            if readings is not None:
                known[key] = Answer(readings, question, kept.reply, key, from_store=True)
                if not kept.reading and readings[0].status in VERDICTS and self._keeps_reading(question):
                    self._store.keep(Reread(key, PARSER_VERSION, _encode(readings[0])))
            else:
                self._spent.add(key)
        if len(taken.found) + len(taken.mine) < len(questions):
            self._elsewhere.update(questions.keys() - taken.found.keys() - taken.mine)
        return known

    async def _find(self, key: bytes, question: Question) -> Answer:
        vote = 0
        if key in self._elsewhere:
            kept = await self._turns.wait(key)
            if kept is not None:
                readings = self._final(kept, question)
                if readings is not None:
                    return Answer(readings, question, kept.reply, key, from_store=True)
                self._spent.add(key)
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
            readings = self._judge.read(reply.body, question)
            usage = add_usage(reading.usage for reading in readings)
            self._tally.called(reply.attempts, usage)
            await self._store.put(self._stored(key, question, vote, reply, readings))
            vote += 1
            asks = self._judge.votes if len(readings) == 1 else 1
            if _status(readings) not in ASK_AGAIN or len(usages) + 1 >= asks:
                before = add_usage(usages)
                return Answer(
                    readings, question, reply.body, key, from_store=False, before=before, attempts=attempts
                )
            usages.append(usage)

    def _stored(
        self, key: bytes, question: Question, vote: int, reply: RawReply, readings: Sequence[Reading]
    ) -> StoredReply:
        keeps = self._keeps_reading(question)
        usage = add_usage(reading.usage for reading in readings)
        return StoredReply(
            key,
            reply.body,
            _status(readings),
            self._who,
            reply.latency_s,
            reply.attempts,
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            usd=self._judge.usd(usage),
            reading=_encode(readings[0]) if keeps else b"",
            parser=PARSER_VERSION if keeps else 0,
            asked=self._judge.asked(question, vote),
        )

    def _keeps_reading(self, question: Question) -> bool:
        criteria = question.criteria
        return self._judge.reads_reply_alone and len(criteria) == 1 and is_plain(criteria[0])

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
            kept = (await self._store.get_many([key], PARSER_VERSION)).get(key)
            if kept is None:
                return vote, None
            readings = self._final(kept, question)
            if readings is not None:
                return vote, Answer(readings, question, kept.reply, key, from_store=True)
            vote += 1

    def read_for(self, question: Question, answer: Answer) -> tuple[Reading, ...]:
        """An answer as this question reads it: one reply can serve criteria that value its labels differently."""
        if question.criteria == answer.question.criteria:
            return answer.readings
        return self._judge.read(answer.body, question)

    def _final(self, kept: Kept, question: Question) -> tuple[Reading, ...] | None:
        """The readings of a stored reply that is served: one gives a verdict, or asking again would change nothing."""
        try:
            if kept.reading and self._keeps_reading(question):
                readings: tuple[Reading, ...] = (_decode(kept.reading),)
            else:
                readings = self._judge.read(kept.reply, question)
        except ValueError:
            return None
        status = _status(readings)
        # What failed in a call with several criteria is asked alone, and not in such a call again.
        alone = len(readings) > 1 and status in ASK_AGAIN
        return readings if status in VERDICTS or alone or self._judge.votes == 1 else None


def _status(readings: Sequence[Reading]) -> Status:
    """What a reply is worth as a whole: ``ok`` if there is a verdict in it."""
    if len(readings) > 1 and any(reading.status in VERDICTS for reading in readings):
        return "ok"
    return readings[0].status
