"""The page of ``rvpo view``: finished and growing runs, item by item, one by itself or two side by side."""

from rvpo.harness.viewer.server import view_server
from rvpo.harness.viewer.shelf import Shelf

__all__ = ["Shelf", "view_server"]
