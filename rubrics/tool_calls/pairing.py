"""Pairing the rows of a relation with columns of their own: bipartite matching by augmenting paths. Pure."""

from collections.abc import Callable


def pair_rows(rows: int, columns: int, fits: Callable[[int, int], bool]) -> list[int | None]:
    """Give as many rows as possible a column of their own.

    Of a row's columns only the first ``rows`` that fit are looked at, as the other rows cannot take them all: there
    are at most ``rows * columns`` questions and ``rows ** 3`` steps, however many columns there are.

    Args:
        rows: How many rows there are.
        columns: How many columns there are.
        fits: Whether a row and a column may be paired.

    Returns:
        The column of each row, or ``None`` for a row left over.
    """
    candidates = [_first_fitting(row, rows, columns, fits) for row in range(rows)]
    row_of: dict[int, int] = {}
    column_of: list[int | None] = [None] * rows
    for start in range(rows):
        came_from, free = _search(start, candidates, row_of)
        while free is not None:
            row = came_from[free]
            row_of[free] = row
            column_of[row], free = free, column_of[row]
    return column_of


def _first_fitting(row: int, enough: int, columns: int, fits: Callable[[int, int], bool]) -> list[int]:
    found: list[int] = []
    for column in range(columns):
        if fits(row, column):
            found.append(column)
            if len(found) == enough:
                break
    return found


def _search(
    start: int, candidates: list[list[int]], row_of: dict[int, int]
) -> tuple[dict[int, int], int | None]:
    """Look, breadth first, for a free column by way of rows that could move: where each was reached from, and it."""
    came_from: dict[int, int] = {}
    queue = [start]
    for row in queue:
        for column in candidates[row]:
            if column in came_from:
                continue
            came_from[column] = row
            if column not in row_of:
                return came_from, column
            queue.append(row_of[column])
    return came_from, None
