"""Tokens of a text by a named tokenizer of the ``tokenizers`` library. Reads the tokenizer, once."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rvpo.rubrics.errors import RubricError
from rvpo.rubrics.wording import clipped, printable, shown

if TYPE_CHECKING:
    from tokenizers import Tokenizer

WHOLE_CHARS = 200_000
"""A longer text is cut into pieces of this size, at white space where there is some, and counted piece by piece."""


class TokenCount(NamedTuple):
    """How many tokens a text has."""

    tokens: int
    more: bool
    """Whether counting stopped because it was enough."""


def count_tokens(text: str, tokenizer: str, *, enough: int) -> TokenCount:
    """Count a text's tokens, the special ones that the tokenizer would add left out.

    Exact up to ``WHOLE_CHARS``; beyond, each cut may add a token, and counting stops once there are ``enough``.

    Raises:
        RubricError: The tokenizer cannot be had.
    """
    made = _tokenizer(tokenizer)
    count = start = 0
    while start < len(text):
        end = _cut(text, start)
        count += len(made.encode(_sound(text[start:end]), add_special_tokens=False).ids)
        start = end
        if count >= enough and start < len(text):
            return TokenCount(count, more=True)
    return TokenCount(count, more=False)


def _cut(text: str, start: int) -> int:
    end = start + WHOLE_CHARS
    if end >= len(text):
        return len(text)
    space = max(text.rfind(" ", start + 1, end), text.rfind("\n", start + 1, end))
    return end if space < 0 else space


def _sound(text: str) -> str:
    """The library takes no lone surrogates."""
    return text if text.isascii() else text.encode(errors="replace").decode()


@lru_cache(maxsize=16)
def _tokenizer(name: str) -> "Tokenizer":
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise RubricError("unit tokens needs the package tokenizers: pip install 'rvpo[train]'") from None
    path = Path(name)
    file = path / "tokenizer.json" if path.is_dir() else path
    try:
        made = Tokenizer.from_file(str(file)) if path.exists() else Tokenizer.from_pretrained(name)
    except Exception as error:  # noqa: BLE001 - the library raises bare exceptions, for a bad file as for no network
        reason = clipped(str(error), 200)
        raise RubricError(printable(f"the tokenizer {shown(name)} cannot be loaded: {reason}")) from None
    made.no_truncation()
    made.no_padding()
    return made
