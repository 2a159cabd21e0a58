"""The room's public names: listed once, importable, and light until they are used."""

import subprocess
import sys

import rvpo.harness


def test_every_public_name_is_importable_and_listed() -> None:
    assert rvpo.harness.__all__ == sorted(rvpo.harness._HOME)
    for name in rvpo.harness.__all__:
        assert getattr(rvpo.harness, name).__module__.startswith("rvpo.harness.")


def test_the_room_imports_nothing_before_it_is_used() -> None:
    program = "import sys, rvpo.harness; print([name for name in sys.modules if name.startswith('rvpo.')])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "['rvpo.harness']\n"
