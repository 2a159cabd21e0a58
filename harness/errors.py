"""Errors of the harness room.

HarnessError (ValueError)
├── ExamError      the items of an exam cannot be read, or lack what the exam needs
├── SamplerError   a model cannot be loaded, or answers nothing at all
└── WatchError     a run to watch is not there, or its page cannot be served
"""


class HarnessError(ValueError):
    """Base of what the harness room raises; one line: place, value, what was allowed."""


class ExamError(HarnessError):
    """The items of an exam cannot be read, or lack what the exam needs."""


class SamplerError(HarnessError):
    """A model cannot be loaded, or an endpoint answers nothing at all."""


class WatchError(HarnessError):
    """A run to watch is not there, or the page cannot be served."""
