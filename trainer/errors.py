"""Errors of the trainer room.

TrainerError (Exception)
├── TrainConfigError (ValueError)   the config, its data or its rubric do not fit together: nothing was trained
│   └── DataOutOfReach              the data are on the hub, which does not answer
├── OutOfMemory                     the run does not fit; the message names what to lower
├── OtherConfig                     the output folder belongs to another config
├── DamagedRun                      a file of the run's folder is not as it was written
├── DiskFull                        no space is left where the run writes
├── JudgeDown                       the judge cannot be reached, and the policy is not to go on without it
├── TrainingDiverged                update after update had a NaN or an infinity in its gradient
├── TrainingCollapsed               the score on held-out prompts fell, and the policy is to stop
├── UnsupportedVerl                 the verl that is installed is not the one the plug-in is for
└── TrainingStopped                 interrupted by the user; the message says where the next run continues
"""


class TrainerError(Exception):
    """Base of what the trainer room raises; one line: place, value, what was allowed."""


class TrainConfigError(TrainerError, ValueError):
    """A train config, its data or its rubric are wrong or do not fit together."""


class DataOutOfReach(TrainConfigError):
    """The data are on the hub, not on this machine, and the hub does not answer."""


class OtherConfig(TrainerError):
    """The output folder holds a run of another config; the message shows the fields that differ."""


class DamagedRun(TrainerError):
    """A file of the run's folder cannot be read back; the message names it."""


class DiskFull(TrainerError):
    """No space is left where the run writes; the message says where the next run continues."""


class JudgeDown(TrainerError):
    """The judge cannot be reached."""


class TrainingDiverged(TrainerError):
    """Update after update had a NaN or an infinity in its gradient and was left out."""


class TrainingCollapsed(TrainerError):
    """The score on held-out prompts fell and stayed low."""


class OutOfMemory(TrainerError):
    """The run does not fit this machine; the message names the fields to lower."""


class UnsupportedVerl(TrainerError):
    """The installed verl is older or newer than the plug-in was tested with."""


class TrainingStopped(TrainerError):
    """Stopped by the user (Ctrl-C)."""

    exit_status = 130
    """What a command that lets it through exits with."""
