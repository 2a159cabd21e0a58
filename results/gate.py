"""A declared criterion as yes or no: ``difference > 0 and low > -0.01``. Pure; nothing is evaluated as Python.

What may be asked is given by the caller: of a comparison, or of the ``Figures`` of a curve or a plan.

```
gate       = clause { "or" clause }
clause     = condition { "and" condition }        "and" binds first; there are no parentheses
condition  = figure sign number
figure     = name | name "(" measure ")"          a figure of the comparison, or of one criterion or tag
sign       = ">" | ">=" | "<" | "<=" | "==" | "!="
```
A figure is called what ``--json`` calls it. Scores and differences are in their own unit, where the tables show points of
100: ``low > -0.01`` is one point. A figure that is not there (no holes, so no bounds; one training run, so no ``run_sd``)
breaks its condition: a gate opens only on evidence.
"""

import difflib
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from rvpo.results.errors import GateError
from rvpo.results.records import Comparison, Effect, Size, Spread, TrainingRuns

SIGNS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}
_OWN: Final = (
    "difference", "low", "high", "p_value", "p_holm", "mean_a", "mean_b", "n_items", "wins", "ties", "losses",
)  # fmt: skip
_SIZE: Final = Size.__struct_fields__
_SPREAD: Final = Spread.__struct_fields__
_TRAINING: Final = TrainingRuns.__struct_fields__
FIGURES: Final = (*_OWN, *_SIZE)
"""What may be asked of the comparison and of each criterion or tag."""
_WHOLE: Final = (
    "dropped_a", "dropped_b", "coverage_a", "coverage_b", "difference_low", "difference_high", "detectable", "clusters",
)  # fmt: skip
OVERALL: Final = (*FIGURES, *_WHOLE, *_SPREAD, *_TRAINING)
"""What may be asked of the comparison as a whole."""
_CONDITION: Final = re.compile(
    r"\s*(?P<name>[A-Za-z_]+)\s*(?:\((?P<measure>[^()]*)\))?\s*(?P<sign>>=|<=|==|!=|>|<)\s*"
    r"(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
)
_JOIN: Final = re.compile(r"\s+(?P<word>and|or)\s|\s*$")


class Figures(msgspec.Struct, frozen=True):
    """What a gate can be asked of; a figure that could not be had is ``None``."""

    overall: Mapping[str, float | None]
    measures: Mapping[str, Mapping[str, float | None]] = {}
    """Of each criterion or tag."""


class Condition(msgspec.Struct, frozen=True):
    """One condition of a gate."""

    name: str
    measure: str
    """Criterion or tag; empty for the comparison as a whole."""
    sign: str
    number: float

    def __str__(self) -> str:
        """As it is written."""
        of = f"({self.measure})" if self.measure else ""
        return f"{self.name}{of} {self.sign} {self.number:g}"

    def value(self, subject: Comparison | Figures) -> float | None:
        """The figure; ``None`` where there is none.

        Raises:
            GateError: there is no such criterion or tag.
        """
        figures = figures_of(subject) if isinstance(subject, Comparison) else subject
        if self.measure and self.measure not in figures.measures:
            raise GateError(
                f"gate: {self}: no criterion or tag {self.measure!r} was compared"
                f"{_near(self.measure, tuple(figures.measures))}"
            )
        found = (figures.measures[self.measure] if self.measure else figures.overall)[self.name]
        return None if found is None or math.isnan(found) else float(found)

    def holds(self, subject: Comparison | Figures) -> bool:
        """Whether the subject meets it."""
        value = self.value(subject)
        return value is not None and SIGNS[self.sign](value, self.number)


class Gate(msgspec.Struct, frozen=True):
    """A parsed gate: it holds when all conditions of any clause do."""

    text: str
    clauses: tuple[tuple[Condition, ...], ...]

    def holds(self, subject: Comparison | Figures) -> bool:
        """Whether the subject meets the criterion.

        Raises:
            GateError: a criterion or tag is named that was not compared.
        """
        return any(all(each.holds(subject) for each in clause) for clause in self.clauses)

    def broken(self, subject: Comparison | Figures) -> tuple[str, ...]:
        """The conditions that do not hold, each with the figure found."""
        failed = [each for clause in self.clauses for each in clause if not each.holds(subject)]
        return tuple(f"{each} (found {_shown(each.value(subject))})" for each in failed)


def figures_of(comparison: Comparison) -> Figures:
    """Every figure of a comparison that a gate may ask for; a tag hides behind a criterion of the same name."""
    effects: tuple[Effect, ...] = (*comparison.by_tag, *comparison.by_criterion)
    overall = (
        _told(comparison, (*_OWN, *_WHOLE))
        | _told(comparison.size, _SIZE)
        | _told(comparison.spread, _SPREAD)
        | _told(comparison.training, _TRAINING)
    )
    measures = {effect.name: _told(effect, _OWN) | _told(effect.size, _SIZE) for effect in effects}
    return Figures(overall, measures)


def parse_gate(text: str, overall: Sequence[str] = OVERALL, of_measure: Sequence[str] = FIGURES) -> Gate:
    """Reads a gate.

    Args:
        text: as the user declared it.
        overall: figures that may be asked of the subject as a whole; of a comparison by default.
        of_measure: figures that may be asked of one of its criteria or tags.

    Raises:
        GateError: what cannot be read, and what was allowed there.
    """
    clauses: list[list[Condition]] = [[]]
    place = 0
    while True:
        found = _CONDITION.match(text, place)
        joined = _JOIN.match(text, found.end()) if found else None
        if found is None or joined is None:
            raise GateError(
                f"gate {text!r}: cannot read {text[place:].strip()!r}; a condition is a figure, one of "
                f"{' '.join(SIGNS)} and a number, as in 'low > -0.01'; conditions are joined by 'and' and 'or'"
            )
        clauses[-1].append(_condition(found, text, overall, of_measure))
        if not joined["word"]:
            return Gate(text, tuple(map(tuple, clauses)))
        if joined["word"] == "or":
            clauses.append([])
        place = joined.end()


def _condition(
    found: re.Match[str], text: str, overall: Sequence[str], of_measure: Sequence[str]
) -> Condition:
    measure = (found["measure"] or "").strip()
    allowed = of_measure if measure else overall
    if found["name"] not in allowed:
        raise GateError(f"gate {text!r}: there is no figure {found['name']!r}{_near(found['name'], allowed)}")
    return Condition(found["name"], measure, found["sign"], float(found["number"]))


def _told(record: msgspec.Struct | None, names: Sequence[str]) -> dict[str, float | None]:
    """The named figures of a record; all ``None`` where there is no such record."""
    return {name: None if record is None else getattr(record, name) for name in names}


def _near(name: str, allowed: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, allowed, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(allowed) or 'none'}"


def _shown(value: float | None) -> str:
    return "none" if value is None else f"{value:.4g}"
