"""The cycle collector is back on whatever happens, and stays off where it was off."""

import gc

import pytest

from rvpo.rubrics.reading.collector import collector_paused


def test_it_is_paused_and_put_back() -> None:
    assert gc.isenabled()
    with collector_paused():
        with collector_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_an_error_puts_it_back_too() -> None:
    with pytest.raises(ValueError, match="x"), collector_paused():
        raise ValueError("x")
    assert gc.isenabled()
