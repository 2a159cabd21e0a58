"""What a report is made of: frozen records that any caller can fill. Pure data."""

from collections.abc import Mapping, Sequence

import msgspec

from rvpo.results.methods import Method
from rvpo.results.reader import Run
from rvpo.results.records import Comparison

Cell = str | int | float | None


class CurvePanel(msgspec.Struct, frozen=True, kw_only=True):
    """One small figure of curves, for instance a criterion's mean reward over training steps."""

    name: str
    x_label: str
    y_label: str
    series: Mapping[str, Sequence[tuple[float, float]]]
    """Points ``(x, y)`` in order of x, by the name of the series; a NaN y is a gap."""
    bands: Mapping[str, Sequence[tuple[float, float]]] = {}
    """Low and high at every point of a series, for those that have a band."""


class TablePanel(msgspec.Struct, frozen=True, kw_only=True):
    """A table with its own heading: judge agreement, price, parse failures ..."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    """A cell for each column; floats are shown with three digits, ``None`` as a dash."""
    note: str = ""


class ReportContent(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the HTML report shows."""

    title: str
    primary: Comparison
    """The comparison that the verdict is about."""
    pair: tuple[Run, Run]
    """Its two runs, A and B: their items fill the histogram and the explorer."""
    lead: tuple[str, ...] = ()
    """Sentences under the verdict: what was done, in words for a stranger."""
    further: tuple[Comparison, ...] = ()
    runs: tuple[Run, ...] = ()
    """All runs in the order to show them; the pair if empty."""
    arms: tuple[Method, Method] | None = None
    """The training runs behind either side, where a side is several of them; the pair is then these pooled."""
    curves: tuple[CurvePanel, ...] = ()
    curve_words: tuple[str, ...] = ()
    """Paragraphs under the curves."""
    tables: tuple[TablePanel, ...] = ()
    limits: tuple[str, ...] = ()
    """Lines for "What this does not show", beside those that every comparison has."""
    notes: tuple[str, ...] = ()
    command: str = ""
    """The command that makes this report again."""

    @property
    def shown_runs(self) -> tuple[Run, ...]:
        """The runs to show."""
        return self.runs or self.pair
