"""Errors of the harness room.

HarnessError (ValueError)
├── ExamError      the items of an exam cannot be read, or lack what the exam needs
├── SamplerError   a model cannot be loaded, or answers nothing at all
├── PageError      a local page cannot be served, or was asked what it does not know
└── WatchError     a run to watch is not there
"""


class HarnessError(ValueError):
    """Base of what the harness room raises; one line: place, value, what was allowed."""


class ExamError(HarnessError):
    """The items of an exam cannot be read, or lack what the exam needs."""


class SamplerError(HarnessError):
    """A model cannot be loaded, or an endpoint answers nothing at all."""


class PageError(HarnessError):
    """A local page cannot be served, or was asked what it does not know."""


class WatchError(HarnessError):
    """A run to watch is not there."""
