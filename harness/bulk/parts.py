"""The results of bulk judging on disk: ``rewards.parquet`` and ``verdicts.parquet``, each a folder with a part a slice.

Readers of Parquet read such a folder as one table, with the columns that the ordinary command writes. A slice's
rewards are written last and hold its counts: where they lie, the slice is judged. Each part is whole or not there.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from rvpo.harness.errors import HarnessError
from rvpo.harness.rewards import REWARDS_TABLE, VERDICTS_TABLE, rewards_table, verdicts_table, write_table
from rvpo.results import ItemRow, VerdictRow

_COUNTS: Final = b"rvpo.counts"


class PartCounts(msgspec.Struct, frozen=True, kw_only=True):
    """What one slice came to."""

    rows: int = 0
    scored: int = 0
    coverage: float = 0.0
    """Sum over the rows."""
    score: float = 0.0
    """Sum over the rows that have one."""
    holes: dict[str, int] = {}
    """Verdicts missing, by status."""

    def __add__(self, other: "PartCounts") -> "PartCounts":
        """Both together."""
        return PartCounts(
            rows=self.rows + other.rows,
            scored=self.scored + other.scored,
            coverage=self.coverage + other.coverage,
            score=self.score + other.score,
            holes=dict(Counter(self.holes) + Counter(other.holes)),
        )


def make_folders(out: Path) -> None:
    """Make the two folders, and clear away what a killed writer left of a part.

    Raises:
        HarnessError: An ordinary run's table lies there.
    """
    for name in (REWARDS_TABLE, VERDICTS_TABLE):
        if (out / name).is_file():
            raise HarnessError(f"{out / name}: is a file of an ordinary run; choose another folder")
        (out / name).mkdir(parents=True, exist_ok=True)
        for left_over in (out / name).glob(".part-*"):
            left_over.unlink()


def write_part(
    out: Path, number: int, items: Sequence[ItemRow], verdicts: Sequence[VerdictRow]
) -> PartCounts:
    """Write a judged slice.

    Raises:
        OSError: It cannot be written; the slice then counts as not judged.
    """
    counts = PartCounts(
        rows=len(items),
        scored=sum(item.score is not None for item in items),
        coverage=sum(item.coverage for item in items),
        score=sum(item.score for item in items if item.score is not None),
        holes=dict(Counter(verdict.status for verdict in verdicts if verdict.hole)),
    )
    write_table(_part(out, VERDICTS_TABLE, number), verdicts_table(items, verdicts))
    rewards = rewards_table(items, verdicts)
    rewards = rewards.replace_schema_metadata({_COUNTS: msgspec.json.encode(counts)})
    write_table(_part(out, REWARDS_TABLE, number), rewards)
    return counts


def read_counts(out: Path, number: int) -> PartCounts | None:
    """What a slice came to; ``None`` if it is not judged.

    Raises:
        HarnessError: The part is not one of ours.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = _part(out, REWARDS_TABLE, number)
    if not path.exists():
        return None
    try:
        found = (pq.read_schema(path).metadata or {})[_COUNTS]
        return msgspec.json.decode(found, type=PartCounts)
    except (pa.ArrowException, KeyError, msgspec.DecodeError) as wrong:
        raise HarnessError(f"{path}: is no part of a bulk run: {' '.join(str(wrong).split())}") from None


def _part(out: Path, table: str, number: int) -> Path:
    return out / table / f"part-{number:06d}.parquet"
