"""Which categories of BFCL there are here, and what names stand for several. Pure.

BFCL v4's single-turn categories in Python. Those in Java and JavaScript are left out: there BFCL asks for source text of
the language (``new ArrayList<>(...)``) and turns it into values by a converter of its own; a call in JSON has no such
text, so a score of ours would not be BFCL's. Its multi-turn and agentic categories need its simulated environments.
"""

from collections.abc import Sequence
from typing import Final

from rvpo.harness.errors import ExamError
from rvpo.rubrics.wording import hint

NON_LIVE: Final = ("simple_python", "multiple", "parallel", "parallel_multiple")
LIVE: Final = ("live_simple", "live_multiple", "live_parallel", "live_parallel_multiple")
NO_CALL: Final = ("irrelevance", "live_irrelevance")
ANY_CALL: Final = ("live_relevance",)
CATEGORIES: Final = (*NON_LIVE, "irrelevance", *LIVE, "live_irrelevance", "live_relevance")

GROUPS: Final = {
    "non_live": (*NON_LIVE, "irrelevance"),
    "live": (*LIVE, "live_irrelevance", "live_relevance"),
    "python": CATEGORIES,
}
"""Names for several categories, as in BFCL's ``TEST_COLLECTION_MAPPING``."""

_OTHER_LANGUAGES: Final = ("simple_java", "simple_javascript")


def categories_of(name: str) -> Sequence[str]:
    """The categories that a name stands for: one, a group's, or several parted by commas.

    Raises:
        ExamError: There is no such category here.
    """
    if not name:
        raise ExamError(f"say which of BFCL's categories: bfcl:NAME, of {', '.join((*GROUPS, *CATEGORIES))}")
    found: dict[str, None] = {}
    for part in name.split(","):
        if part in _OTHER_LANGUAGES:
            raise ExamError(
                f"bfcl:{part} is not examined: BFCL reads source text of that language, calls here are JSON"
            )
        if part not in GROUPS and part not in CATEGORIES:
            known = (*GROUPS, *CATEGORIES)
            raise ExamError(
                f"there is no category {part!r} of BFCL here; they are: {', '.join(known)}{hint(part, known)}"
            )
        found |= dict.fromkeys(GROUPS.get(part, (part,)))
    return tuple(found)
