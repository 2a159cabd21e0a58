"""guards: what is watched while a run goes on, and what is done when it goes wrong.

Decisions are pure folds over the rows of the log (``limits``, ``divergence``, ``drift``, ``collapse``), so that a run that
is continued stands where the uninterrupted one would: its log is read again. ``watchdog`` holds them together.
"""

from rvpo.trainer.guards.alarms import Alarm
from rvpo.trainer.guards.rounding import Rounding, rounded_away, rounding_warning
from rvpo.trainer.guards.settings import Guards

__all__ = ["Alarm", "Guards", "Rounding", "rounded_away", "rounding_warning"]
