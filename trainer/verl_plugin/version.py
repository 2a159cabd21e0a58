"""Which verl this plug-in is for. It overrides a method that verl does not promise to keep. Pure."""

import re
from typing import Final

from rvpo.trainer.errors import UnsupportedVerl

FIRST: Final = (0, 9, 1)
BEYOND: Final = (0, 10)
WANTED: Final = "verl>=0.9.1,<0.10"


def check_verl(version: str) -> None:
    """Refuse a verl that the plug-in was not tested with.

    Raises:
        UnsupportedVerl: It is older or newer, or its version is no version.
    """
    found = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", version)
    numbers = tuple(int(number or 0) for number in found.groups()) if found else ()
    if not FIRST <= numbers < BEYOND:
        raise UnsupportedVerl(f"verl {version} is installed; the rvpo plug-in needs {WANTED}")
