"""Train and judge language models against rubrics: rubrics -> judges -> trainer | harness -> results.

The five folders at the root of the repository are this package's five rooms (relative links), so that
``import rvpo.judges`` reads ``judges/``. ARCHITECTURE.md shows how they fit together.
"""

__version__ = "0.1.0"
