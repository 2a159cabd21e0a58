"""What a judge is to the service: something that answers one question at a time with a raw reply. Pure."""

from typing import Protocol

import msgspec

from rvpo.judges.client import RawReply
from rvpo.judges.prompts import BoundPrompt, ChatMessages
from rvpo.judges.reading import Reading
from rvpo.judges.records import JudgeIdentity
from rvpo.rubrics import Criterion


class Question(msgspec.Struct, frozen=True):
    """One criterion of one response."""

    prompt: BoundPrompt
    criterion: Criterion

    @property
    def response(self) -> str:
        """What is judged."""
        return self.prompt.request.response

    def messages(self, vote: int) -> ChatMessages:
        """The chat messages that ask it."""
        return self.prompt.messages(self.criterion, vote)


class Judge(Protocol):
    """Answers questions; knows nothing of caches, scores or other callers."""

    @property
    def identity(self) -> JudgeIdentity:
        """Who it is."""
        ...

    @property
    def votes(self) -> int:
        """Asks that one question may cost; 1 where asking again brings the same reply."""
        ...

    @property
    def usd(self) -> float | None:
        """Price of a call; ``None`` is unknown."""
        ...

    def key(self, question: Question, vote: int) -> bytes:
        """The key that the reply to this ask is kept under."""
        ...

    async def ask(self, question: Question, vote: int) -> RawReply:
        """Ask; bounded in time.

        Raises:
            CallFailed: There is no reply, and why.
        """
        ...

    def read(self, body: bytes, question: Question) -> Reading:
        """Read a raw reply, new or from the store, as the answer to a question.

        Raises:
            ValueError: It is no reply of this judge; ``ask`` never returns such a one.
        """
        ...

    async def close(self) -> None:
        """Let go of connections and memory."""
        ...
