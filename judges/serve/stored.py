"""A judge that is asked nothing: what the store holds is read again, what it does not hold is a hole ``not_asked``."""

from rvpo.judges.around import Around
from rvpo.judges.client import RawReply
from rvpo.judges.errors import CallFailed
from rvpo.judges.protocol import Judge, Question


class StoredOnly(Around):
    """Stands before a judge and lets no call through."""

    async def ask(self, _question: Question, _vote: int) -> RawReply:
        """Ask nothing.

        Raises:
            CallFailed: Always: ``not_asked``.
        """
        raise CallFailed("not_asked", "the store has no reply to this", attempts=0)


def stored_only(judge: Judge) -> Judge:
    """Put it before a judge, for ``JudgeService.beside``."""
    return StoredOnly(judge).as_judge()
