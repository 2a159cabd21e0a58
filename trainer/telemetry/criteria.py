"""Figures of each criterion (each label, see ``labels.py``) in one batch. Pure; torch in, floats out.

Shapes: P prompts, G samples of a prompt, C columns; L labels. A figure that nothing was judged for is left out.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import torch
from torch import Tensor

PASSES_AT: Final = 0.5


class Cells(NamedTuple):
    """A batch of rewards, and under which label each of them is counted."""

    rewards_PGC: Tensor  # noqa: N815
    """float64; NaN where an entry does not apply or was not judged."""
    labels_PGC: Tensor  # noqa: N815
    """int64: place of the label; -1 where there is no entry. The same for all samples of a prompt."""

    @property
    def judged_PGC(self) -> Tensor:  # noqa: N802
        """Bool: there is a reward."""
        return ~self.rewards_PGC.isnan() & (self.labels_PGC >= 0)


def criterion_figures(
    cells: Cells,
    *,
    attention_PGC: Tensor | None,
    bottleneck_PGC: Tensor,
    telling_PG: Tensor,
    lengths_PG: Tensor,
    labels: Sequence[str],
) -> dict[str, float]:
    """The figures ``rewards/<label>/<figure>`` and ``rvpo/bottleneck/<label>``.

    ``mean``, ``std``: over the judged cells. ``pass_rate``: share of them at 0.5 or more. ``group_variance``: sample
    variance within a group, mean over groups with two judged cells or more; ``all_met`` and ``all_failed``: share of
    those groups in which every cell passes, or none. ``attention``: weight in the SoftMin, mean over the rows that have
    the label and in which something varies. ``length_correlation``: Pearson's, of reward and completion length, both
    centred in their group, pooled over the groups.

    Args:
        cells: Rewards and labels.
        attention_PGC: Weights in the aggregate, summing to 1 over a row; ``None`` if the method has none.
        bottleneck_PGC: Share of a row's worst criterion, summing to 1 over a row.
        telling_PG: Bool: rows in which something varies.
        lengths_PG: Tokens of each completion.
        labels: Names of the L labels.
    """
    total = _Totals(cells.labels_PGC, cells.judged_PGC, len(labels))
    judged, values = cells.judged_PGC, cells.rewards_PGC.nan_to_num()
    count_L = total.of(judged)
    mean_L = total.of(values) / count_L
    off_PGC = torch.where(judged, values - mean_L[cells.labels_PGC.clamp(min=0)], 0.0)
    columns = {
        "mean": mean_L,
        "std": (total.of(off_PGC.square()) / (count_L - 1).clamp(min=0)).sqrt(),
        "pass_rate": total.of((values >= PASSES_AT) & judged) / count_L,
        **_group_columns(cells, lengths_PG, len(labels)),
    }
    told = _Totals(cells.labels_PGC, (cells.labels_PGC >= 0) & telling_PG.unsqueeze(-1), len(labels))
    if attention_PGC is not None:
        columns["attention"] = told.of(attention_PGC) / told.rows()
    figures = {
        f"rewards/{label}/{name}": value
        for name, column_L in columns.items()
        for label, value in zip(labels, column_L.tolist(), strict=True)
    }
    shares_L = told.of(bottleneck_PGC) / telling_PG.sum()
    for label, share, rows in zip(labels, shares_L.tolist(), told.rows().tolist(), strict=True):
        figures[f"rvpo/bottleneck/{label}"] = share if rows else torch.nan
    return {name: value for name, value in figures.items() if value == value}  # noqa: PLR0124  NaN alone differs


def _group_columns(cells: Cells, lengths_PG: Tensor, labels: int) -> dict[str, Tensor]:
    """What compares the samples of one prompt."""
    judged, values = cells.judged_PGC, cells.rewards_PGC.nan_to_num()
    count_PC = judged.sum(dim=1)
    enough_PC = count_PC >= 2
    off_PGC = _centred(values, judged)
    variance_PC = off_PGC.square().sum(dim=1) / (count_PC - 1).clamp(min=1)
    passed_PC = ((values >= PASSES_AT) & judged).sum(dim=1)
    groups = _Totals(cells.labels_PGC[:, 0], enough_PC, labels)
    size_L = groups.of(enough_PC)
    pairs = _Totals(cells.labels_PGC, judged & enough_PC.unsqueeze(1), labels)
    length_PGC = _centred(lengths_PG.double().unsqueeze(-1).expand_as(values), judged)
    spread_L = pairs.of(off_PGC.square()) * pairs.of(length_PGC.square())
    return {
        "group_variance": groups.of(variance_PC) / size_L,
        "all_met": groups.of(passed_PC == count_PC) / size_L,
        "all_failed": groups.of(passed_PC == 0) / size_L,
        "length_correlation": torch.where(
            spread_L > 1e-18,
            pairs.of(off_PGC * length_PGC) / spread_L.sqrt(),
            torch.nan,
        ),
    }


def _centred(values_PGC: Tensor, counted_PGC: Tensor) -> Tensor:
    kept = torch.where(counted_PGC, values_PGC, 0.0)
    mean_P1C = kept.sum(dim=1, keepdim=True) / counted_PGC.sum(dim=1, keepdim=True).clamp(min=1)
    return torch.where(counted_PGC, kept - mean_P1C, 0.0)


class _Totals:
    """Sums by label over the counted cells."""

    def __init__(self, labels: Tensor, counted: Tensor, size: int) -> None:
        self._labels = labels
        self._counted = counted & (labels >= 0)
        self._places = labels[self._counted]
        self._size = size

    def of(self, values: Tensor) -> Tensor:
        """(L,), float64."""
        return torch.bincount(self._places, values[self._counted].double(), self._size)

    def rows(self) -> Tensor:
        """(L,): rows with at least one counted cell of the label."""
        rows = self._counted.reshape(-1, self._counted.shape[-1])
        has = torch.zeros(len(rows), self._size, dtype=torch.bool, device=rows.device)
        row, column = rows.nonzero(as_tuple=True)
        has[row, self._labels.reshape(rows.shape)[row, column]] = True
        return has.sum(dim=0)
