"""Errors of the trainer room.

TrainerError (Exception)
├── TrainConfigError (ValueError)   the config, its data or its rubric do not fit together: nothing was trained
├── OtherConfig                     the output folder belongs to another config
└── TrainingStopped                 interrupted by the user; the message says where the next run continues
"""


class TrainerError(Exception):
    """Base of what the trainer room raises; one line: place, value, what was allowed."""


class TrainConfigError(TrainerError, ValueError):
    """A train config, its data or its rubric are wrong or do not fit together."""


class OtherConfig(TrainerError):
    """The output folder holds a run of another config; the message shows the fields that differ."""


class TrainingStopped(TrainerError):
    """Stopped by the user (Ctrl-C)."""

    exit_status = 130
    """What a command that lets it through exits with."""
