"""The end of a process that trained beside others.

DeepSpeed keeps process groups of its own, so that Gloo's threads outlive ``destroy_process_group``. One that lets go of
its last tensor while Python is shutting down aborts a process whose work is done and written.
"""

import atexit
import logging
import os
import sys

from rvpo.trainer.settings import processes


def leave_together() -> None:
    """Close the process group and end this process, with what was registered for its exit; alone, do nothing."""
    if processes() == 1:
        return
    from torch import distributed

    if distributed.is_initialized():
        distributed.destroy_process_group()
    atexit._run_exitfuncs()  # noqa: SLF001 - os._exit skips them, and reporters finish their runs there
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
