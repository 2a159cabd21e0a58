"""What a judge is to the service: something that answers one question at a time with a raw reply. Pure."""

from typing import Protocol

import msgspec

from rvpo.judges.client import RawReply
from rvpo.judges.key import Asked
from rvpo.judges.prompts import BoundPrompt, ChatMessages
from rvpo.judges.reading import Reading
from rvpo.judges.records import JudgeIdentity, Usage
from rvpo.rubrics import Criterion


class Question(msgspec.Struct, frozen=True):
    """What one call asks: one or several criteria of one response."""

    prompt: BoundPrompt
    criteria: tuple[Criterion, ...]
    """In the order of the call."""
    sample: int = 0
    """Which of several independent votes this is; each is a call of its own, however equal the messages."""

    @property
    def response(self) -> str:
        """What is judged."""
        return self.prompt.request.response

    @property
    def only(self) -> Criterion:
        """The criterion, where there is one."""
        (criterion,) = self.criteria
        return criterion

    def messages(self, vote: int) -> ChatMessages:
        """The chat messages that ask it."""
        if len(self.criteria) == 1:
            return self.prompt.messages(self.criteria[0], vote)
        return self.prompt.messages_of(self.criteria, vote)


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

    def usd(self, usage: Usage) -> float | None:
        """Price of tokens; ``None`` is unknown."""
        ...

    def key(self, question: Question, vote: int) -> bytes:
        """The key that the reply to this ask is kept under."""
        ...

    def asked(self, question: Question, vote: int) -> Asked:
        """The bytes that this key is the hash of; kept beside the reply."""
        ...

    def sheet_key(self, question: Question) -> bytes | None:
        """One key for all of a question's criteria, all plain, each asked alone; see ``storage/sheets.py``.

        ``None`` where readings of plain criteria do not hang on the replies alone.
        """
        ...

    @property
    def reads_reply_alone(self) -> bool:
        """Whether a reading of a plain criterion hangs on nothing but the reply, and not on a setting too."""
        ...

    async def ask(self, question: Question, vote: int) -> RawReply:
        """Ask; bounded in time.

        Raises:
            CallFailed: There is no reply, and why.
        """
        ...

    def read(self, body: bytes, question: Question) -> tuple[Reading, ...]:
        """Read a raw reply, new or from the store, as the answers to a question's criteria, in their order.

        Raises:
            ValueError: It is no reply of this judge; ``ask`` never returns such a one.
        """
        ...

    async def close(self) -> None:
        """Let go of connections and memory."""
        ...
