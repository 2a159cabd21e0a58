"""What a model is shown of a question: our zero-shot prompts, or a template of the user's. Pure but for ``load_template``.

A template names ``{{question}}`` and either ``{{options}}`` (four lines, ``A) ...``) or each of ``{{A}}`` to ``{{D}}``.
Double braces leave LaTeX alone, and what a question brings in is not looked at again.
"""

import hashlib
import re
from pathlib import Path
from typing import Final

import msgspec

from rvpo.harness.errors import ExamError
from rvpo.harness.gpqa.shuffle import LETTERS
from rvpo.rubrics.reading.source import read_text
from rvpo.rubrics.wording import hint

REASONED_TEXT: Final = """\
Here is a question with four options, of which exactly one is right.

{{question}}

{{options}}

Think it through step by step. When you have decided, end your reply with a line of its own that reads "Answer: X", \
where X is the letter of the option you choose."""

DIRECT_TEXT: Final = """\
Here is a question with four options, of which exactly one is right.

{{question}}

{{options}}

Reply with the letter of the right option and nothing else."""

_PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_PLACES: Final = ("question", "options", *LETTERS)


class Template(msgspec.Struct, frozen=True):
    """A prompt with places for the question and its options."""

    name: str
    text: str

    @property
    def sha256(self) -> str:
        """Of the text, in hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def render(self, question: str, options: tuple[str, ...]) -> str:
        """Fill in a question and its options.

        Args:
            question: The question.
            options: The four options in the order to show.
        """
        labelled = dict(zip(LETTERS, options, strict=True))
        listed = "\n".join(f"{letter}) {option}" for letter, option in labelled.items())
        said = {"question": question, "options": listed, **labelled}
        return _PLACE.sub(lambda place: said[place[1]], self.text)


REASONED: Final = Template("gpqa-reasoned/1", REASONED_TEXT)
"""Zero-shot chain of thought."""

DIRECT: Final = Template("gpqa-direct/1", DIRECT_TEXT)
"""Asks for the letter alone; for the likelihood of letters."""


def load_template(path: Path | str) -> Template:
    """Read a template of the user's.

    Raises:
        ExamError: A place is missing, named twice, or unknown.
        SourceError: The file cannot be read.
    """
    text = read_text(path).strip()
    found = _PLACE.findall(text)
    for name in found:
        if name not in _PLACES:
            wanted = ", ".join(f"{{{{{place}}}}}" for place in _PLACES)
            raise ExamError(f"{path}: unknown place {{{{{name}}}}}; places are {wanted}{hint(name, _PLACES)}")
        if found.count(name) > 1:
            raise ExamError(f"{path}: {{{{{name}}}}} stands there {found.count(name)} times, should be once")
    if "question" not in found:
        raise ExamError(f"{path}: no {{{{question}}}} in the template")
    lettered = [name for name in found if name in LETTERS]
    if ("options" in found) == bool(lettered) or (lettered and len(lettered) < len(LETTERS)):
        got = ", ".join(f"{{{{{name}}}}}" for name in found if name != "question") or "none of them"
        raise ExamError(f"{path}: got {got}, should be {{{{options}}}} or all of {{{{A}}}} to {{{{D}}}}")
    return Template("user", text)
