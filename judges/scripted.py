"""A judge that says what it was told to: for tests, documentation and trying a rubric without a model.

Without replies it is the judge of ``judge: rules``, which the service never asks.

Same question, same vote, same reply: it has no memory and no randomness. Its replies go through the same parser,
store and single flight as any judge's. A clean "met" of a criterion that wants evidence quotes the response's
beginning.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from rvpo.judges.asking import is_plain, names_on_sheet
from rvpo.judges.client import RawReply
from rvpo.judges.config import JudgeConfig, Said
from rvpo.judges.errors import CallFailed
from rvpo.judges.key import Asked, KeyShare
from rvpo.judges.parse import read_completion
from rvpo.judges.protocol import Question
from rvpo.judges.reading import Reading
from rvpo.judges.records import JudgeIdentity, Usage
from rvpo.rubrics import Criterion

_QUOTED_CHARS = 60


class ScriptedJudge:
    """Replies by criterion and by what the response contains; the first entry that fits is taken.

    In a call with several criteria, whatever is no clean verdict (a failure, raw text) is left out of the reply.
    """

    votes = 2
    reads_reply_alone = True

    def __init__(self, config: JudgeConfig) -> None:
        self.identity = JudgeIdentity(kind=config.judge, model=config.model)
        self._replies = config.replies
        self._share = {"scripted": [reply.model_dump(mode="json") for reply in config.replies]}
        self._shares: dict[tuple[int, tuple[str, ...]], KeyShare] = {}

    def key(self, question: Question, vote: int) -> bytes:
        """See ``Judge``; the criteria's ids count too, because replies are chosen by them."""
        return question.prompt.key(self._share_of(question), question.criteria, vote)

    def asked(self, question: Question, vote: int) -> Asked:
        """See ``Judge``."""
        return question.prompt.asked(self._share_of(question), question.criteria, vote)

    def sheet_key(self, question: Question) -> bytes:
        """See ``Judge``."""
        return question.prompt.sheet_key(self._share_of(question), question.criteria)

    async def ask(self, question: Question, vote: int) -> RawReply:
        """See ``Judge``."""
        response = question.response
        vote += question.sample
        if len(question.criteria) == 1:
            said = self._said(question.only, response, vote)
            verdict = _verdict(said, question.only, response)
            text = said if isinstance(said, str) and verdict is None else _json(verdict)
        else:
            text = _json({"verdicts": list(self._sheet(question, vote))})
        choice = {"message": {"content": text}, "finish_reason": "stop"}
        return RawReply(msgspec.json.encode({"model": "scripted", "choices": [choice]}))

    def usd(self, usage: Usage) -> float:  # noqa: ARG002 - there is nothing to pay for
        """See ``Judge``."""
        return 0.0

    def read(self, body: bytes, question: Question) -> tuple[Reading, ...]:
        """See ``Judge``."""
        return read_completion(body, question.criteria, question.response)

    async def close(self) -> None:
        """Nothing to let go of."""

    def _share_of(self, question: Question) -> KeyShare:
        names = tuple([criterion.id for criterion in question.criteria])
        kind = question.sample, names
        if kind not in self._shares:
            share = {**self._share, "criterion": names[0] if len(names) == 1 else names}
            self._shares[kind] = KeyShare({**share, "sample": question.sample} if question.sample else share)
        return self._shares[kind]

    def _sheet(self, question: Question, vote: int) -> Iterator[dict[str, Any]]:
        names = names_on_sheet(len(question.criteria))
        for name, criterion in zip(names, question.criteria, strict=True):
            try:
                said = self._said(criterion, question.response, vote)
            except CallFailed:
                continue
            verdict = _verdict(said, criterion, question.response)
            if verdict is not None:
                yield {"id": name, **verdict}

    def _said(self, criterion: Criterion, response: str, vote: int) -> Said:
        for reply in self._replies:
            if reply.criterion in {None, criterion.id} and (reply.contains or "") in response:
                if reply.say is None:
                    raise CallFailed(reply.fail or "transport", "scripted failure")
                return reply.say[min(vote, len(reply.say) - 1)]
        raise CallFailed("rejected", f"no scripted reply fits criterion {criterion.id!r}")


def _verdict(said: Said, criterion: Criterion, response: str) -> dict[str, Any] | None:
    """The verdict in the form that the criterion asks for; ``None`` for text that is a raw reply already."""
    verdict: dict[str, Any] = {"explanation": "as scripted"}
    if isinstance(said, Mapping):
        return verdict | dict(said)
    if isinstance(said, str) and not _is_label(said, criterion):
        return None
    if criterion.evidence == "quote":
        verdict["evidence"] = response[:_QUOTED_CHARS] if said is not False else ""
    verdict["met" if isinstance(said, bool) else "answer"] = said
    return verdict


def _is_label(said: str, criterion: Criterion) -> bool:
    return not is_plain(criterion) and (criterion.met_of(said) is not None or criterion.is_na(said))


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
