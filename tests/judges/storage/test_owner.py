"""Who still lives, told from the names of lease holders."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rvpo.judges.storage.owner import is_dead, new_owner

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")

NAME = "from rvpo.judges.storage.owner import new_owner; print(new_owner(), flush=True); input()"


@pytest.fixture
def other() -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-c", NAME], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    yield process
    process.kill()
    process.communicate()


def name_of(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_we_live_and_every_store_has_a_name_of_its_own() -> None:
    assert not is_dead(new_owner())
    assert new_owner() != new_owner()


def test_a_killed_process_is_dead_before_and_after_its_parent_looks(other: "subprocess.Popen[str]") -> None:
    name = name_of(other)
    assert not is_dead(name)
    other.kill()
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and is still in the table
    assert is_dead(name)
    other.wait()
    assert is_dead(name)


def test_another_process_with_the_same_pid_is_not_the_owner() -> None:
    """Our own pid, given to us after an owner that had it before: the start differs."""
    where, pid, started, unique = new_owner().split()
    assert pid == str(os.getpid())
    assert is_dead(f"{where} {pid} {int(started) - 1} {unique}")
    assert not is_dead(f"{where} {pid} {started} {unique}")


def test_of_other_machines_and_older_names_nothing_is_known() -> None:
    where, _, started, unique = new_owner().split()
    boot, _, namespace = where.partition("/")
    gone = 2**22 + 1  # more than any pid can be
    assert is_dead(f"{where} {gone} {started} {unique}")
    for name in (
        f"{boot}/{int(namespace) + 1} {gone} {started} {unique}",
        f"{boot[::-1]}x/{namespace} {gone} {started} {unique}",
        f"{where} {gone}  {unique}",
        f" {gone} {started} {unique}",
        f"{gone}-{unique}",
        "",
    ):
        assert not is_dead(name), name
