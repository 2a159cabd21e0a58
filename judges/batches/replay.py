"""Answers that came by batch, given to the judge service as if they had just been asked for.

So they pass through the same reading, the same store and the same counts as any reply.
"""

from rvpo.judges.around import Around
from rvpo.judges.batches.lines import Answers
from rvpo.judges.client import RawReply
from rvpo.judges.errors import CallFailed
from rvpo.judges.protocol import Judge, Question


class Replay(Around):
    """A judge that knows the answers of batches and asks nobody else."""

    def __init__(self, judge: Judge, answers: Answers) -> None:
        super().__init__(judge)
        self._answers = answers
        self.used: set[bytes] = set()
        """Keys of the replies that were asked for."""

    async def ask(self, question: Question, vote: int) -> RawReply:
        """Look it up.

        Raises:
            CallFailed: The batch brought no reply to it, and why; ``not_asked`` if it was in none.
        """
        key = self._judge.key(question, vote)
        reply = self._answers.replies.get(key)
        if reply is not None:
            self.used.add(key)
            return RawReply(reply)
        raise self._answers.failures.get(key) or CallFailed("not_asked", "was in no batch", attempts=0)
