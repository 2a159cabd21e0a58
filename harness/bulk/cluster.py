"""A Ray to judge on: one started here for the length of a run, or one that is there already. Quiet either way.

Ray prints much and counts its use on the network unless told not to; results go to standard output and progress to
standard error, so it is told.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from rvpo.harness.errors import HarnessError

LOCAL: Final = "local"
_STORE_BYTES: Final = 128 * 2**20
"""Of a Ray started here; nothing but a slice's place and its counts goes through it."""
_MUTED: Final = ("ray", "ray.data")


def check_address(address: str) -> str:
    """Refuse what is no address, as a file's name that came behind ``--ray`` by mistake.

    Raises:
        HarnessError: It is none.
    """
    if address in {LOCAL, "auto"} or ":" in address:
        return address
    raise HarnessError(f"--ray {address!r}: should be local, auto, host:port or ray://host:port")


@contextmanager
def ray_at(address: str, actors: int) -> Iterator[None]:
    """Have Ray for the length of the block.

    Args:
        address: ``local`` starts one here and ends it; otherwise where one is. In a process that has one, that one.
        actors: That are to run at once.

    Raises:
        HarnessError: There is no Ray at that address.
        ModuleNotFoundError: Ray is not installed.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    import ray

    if ray.is_initialized():
        yield
        return
    settings: dict[str, Any] = {"address": address, "log_to_driver": False, "logging_level": logging.ERROR}
    if address == LOCAL:
        settings |= {"num_cpus": max(actors, os.cpu_count() or 1), "object_store_memory": _STORE_BYTES}
        settings |= {"include_dashboard": False}
    try:
        ray.init(**settings)
    except (ConnectionError, ValueError) as wrong:
        raise HarnessError(f"--ray {address}: {' '.join(str(wrong).split())}") from None
    try:
        with _muted():
            yield
    finally:
        ray.shutdown()


@contextmanager
def _muted() -> Iterator[None]:
    from ray.data import DataContext

    context = DataContext.get_current()
    context.enable_progress_bars = False
    loggers = [logging.getLogger(name) for name in _MUTED]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
