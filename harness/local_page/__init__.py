"""A page that this machine alone can open: what ``rvpo watch`` and ``rvpo view`` share.

Only the standard library. The page asks nobody but this server: its own policy forbids anything else.
"""

from rvpo.harness.local_page.assets import page_of
from rvpo.harness.local_page.naming import tell_apart
from rvpo.harness.local_page.server import Reply, json_reply, local_server, page_reply

__all__ = ["Reply", "json_reply", "local_server", "page_of", "page_reply", "tell_apart"]
