"""Knows every right answer, as a text, and has to find its letter on the very page that the model is shown. Pure.

It shares nothing with the shuffle: it never sees an order, only the prompt. Where prompt and key differ, by a fault of
ours or of a template, it fails, and the exam is not held.
"""

import re

from rvpo.harness.gpqa.shuffle import LETTERS

_LABEL = re.compile(rf"(?<![A-Za-z0-9])([{LETTERS}])[)\].:*]{{1,4}}\s{{0,3}}$")
"""Few signs: of ``B) -5`` and ``C) 5`` only one is labelled 5."""


def find_letter(prompt: str, option: str) -> str:
    r"""The letter that labels an option in a prompt: a letter, ``)`` or the like, and the option to the end of its line.

    The last place counts: a question may have labelled lines of its own. Nothing if there is no such place.

    >>> find_letter("Which is prime?\n\nA) 15\nB) 5", "5")
    'B'
    """
    at = prompt.rfind(option)
    while at >= 0:
        end = at + len(option)
        label = _LABEL.search(prompt, max(0, at - 10), at)
        if label is not None and not prompt[end:].partition("\n")[0].strip():
            return label[1]
        at = prompt.rfind(option, 0, end - 1)
    return ""


def oracle_reply(prompt: str, right: str) -> str:
    """What a model that knows the right option would reply, or that it is nowhere to be found."""
    letter = find_letter(prompt, right)
    return f"Answer: {letter}" if letter else "The right option is not on the page."
