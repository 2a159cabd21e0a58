"""Errors of the results room.

ResultsError (ValueError)
├── RunFolderError     a run folder is missing, torn or of a newer version
├── GateError          a declared criterion cannot be read, or asks for what was not compared
└── DifferentExams     two runs cannot be paired: they did not sit the same exam
"""


class ResultsError(ValueError):
    """Base of what the results room raises; one line: place, value, what was expected."""


class RunFolderError(ResultsError):
    """A run folder is missing, torn, written by a newer version, or does not belong to this configuration."""


class DifferentExams(ResultsError):
    """Two runs share no items, or the same item ids carry different prompts."""


class GateError(ResultsError):
    """A declared criterion cannot be read, or names a measure that was not compared."""
