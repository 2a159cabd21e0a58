"""The garbage collector's numbers while judging, and after."""

import gc
from collections.abc import Iterator

import pytest

from rvpo.judges.collecting import NEW_OBJECTS, rare_collection


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def test_the_numbers_come_back_with_the_last_of_overlapping_blocks() -> None:
    gc.set_threshold(701, 11, 12)
    first, second = rare_collection(), rare_collection()
    first.__enter__()
    assert gc.get_threshold() == (NEW_OBJECTS, 11, 12)
    second.__enter__()
    first.__exit__(None, None, None)
    assert gc.get_threshold() == (NEW_OBJECTS, 11, 12)
    second.__exit__(None, None, None)
    assert gc.get_threshold() == (701, 11, 12)


@pytest.mark.parametrize("threshold", [0, 100_000])
def test_a_collector_that_somebody_switched_off_or_tuned_stays_theirs(threshold: int) -> None:
    gc.set_threshold(threshold, 10, 10)
    with rare_collection():
        assert gc.get_threshold()[0] == threshold
    assert gc.get_threshold()[0] == threshold


def test_what_somebody_sets_meanwhile_stays() -> None:
    with rare_collection():
        gc.set_threshold(900, 10, 10)
    assert gc.get_threshold()[0] == 900


def test_an_error_passes_through() -> None:
    gc.set_threshold(702, 10, 10)
    with pytest.raises(KeyError), rare_collection():
        raise KeyError("x")
    assert gc.get_threshold()[0] == 702
