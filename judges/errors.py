"""Errors of the judges room.

JudgeError (Exception)
├── JudgeConfigError (ValueError)   judge.yaml, a template or a request is wrong: nothing was sent
├── StoreError                      the store of verdicts cannot be opened or written (full disk, locked, torn)
└── CallFailed                      one call to a judge failed for good; becomes a status, never a score
"""

from rvpo.judges.records import Status


class JudgeError(Exception):
    """Base of what the judges room raises."""


class JudgeConfigError(JudgeError, ValueError):
    """A judge file, a prompt template or a request is wrong; nothing was sent."""


class StoreError(JudgeError):
    """The store of replies cannot be opened or written."""


class CallFailed(JudgeError):
    """One call failed for good; ``status`` names the cause."""

    def __init__(self, status: Status, detail: str, *, attempts: int = 1) -> None:
        super().__init__(f"{status}: {detail}")
        self.status: Status = status
        self.detail = detail
        self.attempts = attempts
