"""Whether the judge that trains and a better one drift apart: reward hacking as it shows from outside. Pure.

Source: gold-judge shadowing as in "Rubric Dropout" (arXiv 2608.11669), where the training judge's score rises while the
gold judge's falls. Two signs, each against the first full window of samples: the rank correlation of the two judges
falls, or the training judge's mean outgrows the gold judge's. Ranks are averaged over ties; the correlation of a
window in which one judge says always the same is not known, and is no sign.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import rankdata

from rvpo.trainer.guards.alarms import Alarm, Switch
from rvpo.trainer.guards.settings import Gold

Pair = tuple[float, float]
"""What the training judge and the gold judge gave one sample."""


class Agreement(NamedTuple):
    """How two judges stand to each other over some samples."""

    rank_correlation: float
    """Spearman's; NaN where one of them does not vary."""
    gap: float
    """Mean of the training judge minus mean of the gold judge."""


def agreement(pairs: Sequence[Pair]) -> Agreement:
    """Compare two judges over at least one sample."""
    train, gold = np.asarray(pairs, dtype=np.float64).T
    gap = float(train.mean() - gold.mean())
    if np.ptp(train) == 0 or np.ptp(gold) == 0:
        return Agreement(float("nan"), gap)
    return Agreement(float(np.corrcoef(rankdata(train), rankdata(gold))[0, 1]), gap)


class DivergenceWatch:
    """Watches the pairs that the rows of the log bring under ``gold``."""

    def __init__(self, settings: Gold) -> None:
        self._settings = settings
        self._recent: deque[Pair] = deque(maxlen=settings.window)
        self._seen = 0
        self._start: Agreement | None = None
        self._rank, self._gap = Switch(), Switch()

    def see(self, row: Mapping[str, Any]) -> list[Alarm]:
        """Look at the next row; the first window of samples only says where things stood."""
        pairs = row.get("gold", ())
        for train, gold in pairs:
            self._recent.append((train, gold))
            self._seen += 1
            if self._start is None and self._seen == self._settings.window:
                self._start = agreement(self._recent)
        if not pairs or self._start is None or self._seen < 2 * self._settings.window:
            return []
        now, step = agreement(self._recent), row["step"]
        grown = now.gap - self._start.gap
        fallen = self._start.rank_correlation - now.rank_correlation  # NaN turns no switch
        alarms = []
        rank_drop, gap_growth = self._settings.rank_drop, self._settings.gap_growth
        if change := self._rank.turn(bad=fallen > rank_drop, good=fallen < rank_drop / 2):
            words = f"the judges' rank correlation went from {self._start.rank_correlation:.2f} to {now.rank_correlation:.2f}"
            alarms.append(Alarm("gold/rank_correlation", change, step, fallen, rank_drop, words))
        if change := self._gap.turn(bad=grown > gap_growth, good=grown < gap_growth / 2):
            words = f"the training judge's lead over the gold judge went from {self._start.gap:+.3f} to {now.gap:+.3f}"
            alarms.append(Alarm("gold/gap", change, step, grown, gap_growth, words))
        return alarms
