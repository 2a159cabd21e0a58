"""Pairing: against trying every assignment, and with few questions however many columns there are."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics.tool_calls.pairing import pair_rows

GRIDS = st.integers(0, 4).flatmap(
    lambda columns: st.lists(st.lists(st.booleans(), min_size=columns, max_size=columns), max_size=4)
)


def most_pairs(grid: list[list[bool]]) -> int:
    """The size of the largest matching, by trying every assignment of columns (or of none) to rows."""
    columns = len(grid[0]) if grid else 0
    choices = [[None, *range(columns)] for _ in grid]
    best = 0
    for chosen in itertools.product(*choices):
        taken = [column for column in chosen if column is not None]
        fits = all(column is None or grid[row][column] for row, column in enumerate(chosen))
        if fits and len(set(taken)) == len(taken):
            best = max(best, len(taken))
    return best


@given(GRIDS)
def test_as_many_pairs_as_possible(grid: list[list[bool]]) -> None:
    columns = len(grid[0]) if grid else 0
    pairs = pair_rows(len(grid), columns, lambda row, column: grid[row][column])
    taken = [column for column in pairs if column is not None]
    assert len(pairs) == len(grid)
    assert len(set(taken)) == len(taken)
    assert all(column is None or grid[row][column] for row, column in enumerate(pairs))
    assert len(taken) == most_pairs(grid)


def test_a_chain_of_pairs_gives_way() -> None:
    """Rows 0..n-2 fit columns i and i+1, the last only column 0: every earlier row must move by one."""
    n = 200
    pairs = pair_rows(n, n, lambda row, column: column == 0 if row == n - 1 else column in {row, row + 1})
    assert pairs == [*range(1, n), 0]


def test_questions_are_bounded_where_everything_fits() -> None:
    asked = 0

    def fits(_row: int, _column: int) -> bool:
        nonlocal asked
        asked += 1
        return True

    assert sorted(column for column in pair_rows(3, 10**9, fits) if column is not None) == [0, 1, 2]
    assert asked == 9
