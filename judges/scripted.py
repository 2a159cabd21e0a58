"""A judge that says what it was told to: for tests, documentation and trying a rubric without a model.

Without replies it is the judge of ``judge: rules``, which the service never asks.

Same question, same vote, same reply: it has no memory and no randomness. Its replies go through the same parser,
store and single flight as any judge's. A clean "met" of a criterion that wants evidence quotes the response's
beginning.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from rvpo.judges.asking import is_plain
from rvpo.judges.client import RawReply
from rvpo.judges.config import JudgeConfig, Said, ScriptedReply
from rvpo.judges.errors import CallFailed
from rvpo.judges.key import request_key
from rvpo.judges.parse import read_completion
from rvpo.judges.protocol import Question
from rvpo.judges.reading import Reading
from rvpo.judges.records import JudgeIdentity
from rvpo.rubrics import Criterion

_QUOTED_CHARS = 60


class ScriptedJudge:
    """Replies by criterion and by what the response contains; the first entry that fits is taken."""

    votes = 2
    usd = 0.0

    def __init__(self, config: JudgeConfig) -> None:
        self.identity = JudgeIdentity(kind=config.judge, model=config.model)
        self._replies = config.replies
        self._share = {"scripted": [reply.model_dump(mode="json") for reply in config.replies]}

    def key(self, question: Question, vote: int) -> bytes:
        """See ``Judge``; the criterion's id counts too, because replies are chosen by it."""
        share = {**self._share, "criterion": question.criterion.id}
        return request_key(share, question.messages(vote), vote)

    async def ask(self, question: Question, vote: int) -> RawReply:
        """See ``Judge``."""
        reply = self._reply_to(question)
        if reply is None:
            raise CallFailed("rejected", f"no scripted reply fits criterion {question.criterion.id!r}")
        if reply.say is None:
            raise CallFailed(reply.fail or "transport", "scripted failure")
        text = _text(reply.say[min(vote, len(reply.say) - 1)], question)
        choice = {"message": {"content": text}, "finish_reason": "stop"}
        return RawReply(msgspec.json.encode({"model": "scripted", "choices": [choice]}))

    def read(self, body: bytes, question: Question) -> Reading:
        """See ``Judge``."""
        return read_completion(body, question.criterion, question.response)

    async def close(self) -> None:
        """Nothing to let go of."""

    def _reply_to(self, question: Question) -> ScriptedReply | None:
        for reply in self._replies:
            fits_criterion = reply.criterion in {None, question.criterion.id}
            if fits_criterion and (reply.contains or "") in question.response:
                return reply
        return None


def _text(said: Said, question: Question) -> str:
    """The raw reply: of what is not one already, a verdict in the form that the criterion asks for."""
    verdict: dict[str, Any] = {"explanation": "as scripted"}
    if isinstance(said, Mapping):
        return msgspec.json.encode(verdict | dict(said)).decode()
    if isinstance(said, str) and not _is_label(said, question.criterion):
        return said
    if question.criterion.evidence == "quote":
        verdict["evidence"] = question.response[:_QUOTED_CHARS] if said is not False else ""
    verdict["met" if isinstance(said, bool) else "answer"] = said
    return msgspec.json.encode(verdict).decode()


def _is_label(said: str, criterion: Criterion) -> bool:
    return not is_plain(criterion) and (criterion.met_of(said) is not None or criterion.is_na(said))
