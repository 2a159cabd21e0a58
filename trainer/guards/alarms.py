"""An alarm, and the switch that lets it ring once. Pure."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Change = Literal["raised", "over", "noted"]


@dataclass(frozen=True)
class Alarm:
    """One change of a guard: trouble that began, is over, or happened once."""

    guard: str
    """Which guard: the figure it watches, or its name in the config."""
    change: Change
    step: int
    value: float
    threshold: float
    words: str
    """For a reader, without the step."""

    def as_json(self) -> dict[str, Any]:
        """As it stands in a row of ``log.jsonl``."""
        return asdict(self)

    def line(self) -> str:
        """As it is shown on a terminal."""
        mark = {"raised": "ALARM", "over": "over", "noted": "note"}[self.change]
        return f"{mark} at step {self.step}: {self.words}"


class Switch:
    """Hysteresis: on at one bound, off only at another further inside, and a word only when it turns."""

    def __init__(self) -> None:
        self.on = False

    def turn(self, *, bad: bool, good: bool) -> Change | None:
        """Take the next look.

        Args:
            bad: The figure is beyond its threshold.
            good: It is back within the inner bound; between the two nothing changes.

        Returns:
            What to tell, if the switch turned.
        """
        if bad and not self.on:
            self.on = True
            return "raised"
        if good and self.on and not bad:
            self.on = False
            return "over"
        return None
