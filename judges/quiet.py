"""Keeps the libraries' own bars and deprecation notes off a screen that shows our progress."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """No progress bars of transformers, no notes to library authors, no telemetry, while the block runs."""
    from transformers.utils import logging

    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    bars = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        with warnings.catch_warnings():
            for category in (FutureWarning, DeprecationWarning):
                warnings.filterwarnings("ignore", category=category)
            yield
    finally:
        if bars:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]
