"""Whether the policy has collapsed on held-out prompts, and which checkpoint was the best. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from rvpo.trainer.guards.alarms import Alarm, Switch
from rvpo.trainer.guards.settings import HeldOut

SCORE: Final = "eval_score"
"""Mean of the rubrics' scores over the held-out samples."""


def best_step(rows: Iterable[Mapping[str, Any]]) -> int | None:
    """The step with the best held-out score, the earliest of equals; ``None`` if there is no score yet."""
    scored = [(row[SCORE], -row["step"]) for row in rows if SCORE in row]
    return -max(scored)[1] if scored else None


class CollapseWatch:
    """Watches held-out scores."""

    def __init__(self, settings: HeldOut) -> None:
        self._settings = settings
        self._best: float | None = None
        self._bad = 0
        self._switch = Switch()
        self.collapsed = False
        """Whether the last ``patience`` scores were all ``drop`` or more below the best."""

    def see(self, row: Mapping[str, Any]) -> list[Alarm]:
        """Look at the next row."""
        score = row.get(SCORE)
        if score is None:
            return []
        best = self._best = score if self._best is None else max(self._best, score)
        floor = best - self._settings.drop
        self._bad = self._bad + 1 if score < floor else 0
        self.collapsed = self._bad >= self._settings.patience
        change = self._switch.turn(bad=self.collapsed, good=score > floor + self._settings.drop / 2)
        if change is None:
            return []
        words = f"the held-out score {score:.4f} is {self._best - score:.4f} below the best, {self._best:.4f}"
        return [Alarm("held_out", change, row["step"], score, floor, words)]
