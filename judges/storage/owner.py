"""Who holds a lease: the process, by a name that tells the others of its machine whether it still lives.

A pid alone does not: pids are used again, mean nothing on another machine or in another container, and a process that
was killed keeps its own until its parent looks. So the name holds where the pid counts (boot and pid namespace), the
pid, and when that process started. Where there is no ``/proc`` nobody is ever called dead, and leases run out.
"""

import os
import secrets
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_GONE: Final = "ZX"
"""Of the states in ``/proc/PID/stat``: ended, and not yet looked after."""


def new_owner() -> str:
    """A name for one store of this process, unlike any other."""
    pid = os.getpid()
    return f"{_where()} {pid} {_started(pid)} {secrets.token_hex(8)}"


def is_dead(owner: str) -> bool:
    """Whether the process of this name ended; false where that cannot be known."""
    where, _, rest = owner.partition(" ")
    pid, _, rest = rest.partition(" ")
    started = rest.partition(" ")[0]
    if not (where and where == _where() and pid.isdigit() and started.isdigit()):
        return False
    now = _started(int(pid))
    return now != started if now else _is_gone(int(pid))


def _where() -> str:
    """The boot of the machine and the pid namespace, or nothing."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{(_PROC / 'self/ns/pid').stat().st_ino}"
    except OSError:
        return ""


def _started(pid: int) -> str:
    """When a process started, in ticks since the boot; nothing if that cannot be read; ``ended`` if it is over."""
    try:
        stat = (_PROC / f"{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # The name in brackets may hold anything; behind it stand the state and, 19 fields on, the start.
    fields = stat.rpartition(")")[2].split()
    return "ended" if fields[0] in _GONE else fields[19]


def _is_gone(pid: int) -> bool:
    """Whether there is no such process: one that another user hides has no readable entry either."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
