r"""Rule ``choice``: which of lettered options a reply chooses. Pure, total, linear.

Looked for in the last ``\boxed{}``, else behind the last "answer is", "answer:", "choice is" ... that is followed by a
letter, else in a last or first line that is but a letter, else at the start of a reply of one line (``C. Paris``). Small
letters count only alone or in parentheses, as "a" is mostly an article. A reply that names two letters chooses none.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from rvpo.rubrics.rules.boxed import last_box, statements
from rvpo.rubrics.rules.outcome import RuleOutcome
from rvpo.rubrics.rules.row_fields import expected_texts, wrong_kind
from rvpo.rubrics.schema import ChoiceRule

_LINE_CHARS = 200
_NOUNS = ("answer", "choice", "option")
_WRAPPING = re.compile(r"\\(?:text|textbf|textrm|textsf|mathrm|mathbf|mathsf|rm|bf)\b\s?|[$*_`{}\"“”]")
_CHOSEN = re.compile(
    r"""\s* (?:(?i:option|choice|letter|answer)\b[\s:]*)? (?P<open>[(\[])? \s?
    (?P<letter>[A-Za-z]) (?![A-Za-z0-9'’]) \s? (?P<close>[)\]])? (?P<rest>.*)""",
    re.VERBOSE | re.DOTALL,
)
_ANOTHER = re.compile(r"[\s.]*(?:[,/&+]|and\b|or\b)\s*(?:(?i:option)\s)?\s?[(\[]?([A-Z])(?![A-Za-z0-9'’])")
_A_WORD_FOLLOWS = re.compile(r"\s*(?!because\b|since\b|as\b|is\b|and\b|or\b|for\b|which\b|with\b)[a-z]")
_ONE_OF_A_LIST = re.compile(r"[).:]\s")
_END = " \t\r\n.!;:"


def check_choice(rule: ChoiceRule, text: str, fields: Mapping[str, Any]) -> RuleOutcome:
    """Compare the option that a reply chooses with the right one.

    Raises:
        MissingField: The row lacks the field.
        RubricError: The field holds no letter of the rule's.
    """
    right = _expected(rule, fields)
    chosen = read_choice(text)
    wanted = f"expected {' or '.join(right)}"
    if not chosen:
        return RuleOutcome(0.0, f"no choice found, {wanted}")
    if len(chosen) > 1:
        return RuleOutcome(0.0, f"chooses more than one ({', '.join(chosen)}), {wanted}")
    if chosen not in rule.letters:
        return RuleOutcome(0.0, f"chooses {chosen}, which is none of {rule.letters}, {wanted}")
    return RuleOutcome(float(chosen in right), f"chooses {chosen}, {wanted}")


def read_choice(text: str) -> str:
    r"""The letter that a reply chooses, in upper case; two letters if it wavers, none if it does not choose.

    >>> [read_choice(reply) for reply in ("So it is \\boxed{\\text{C}}.", "**Answer:** (b)", "A or B?", "Answer: A or B")]
    ['C', 'B', '', 'AB']
    """
    if (box := last_box(text)) is not None:
        return chosen_letters(box)
    for statement in statements(text, *_NOUNS):
        if chosen := chosen_letters(statement[:_LINE_CHARS]):
            return chosen
    lines = tuple(_end_lines(text))
    for line in lines:
        if len(chosen := chosen_letters(line, alone=True)) == 1:
            return chosen
    if len(lines) == 1 and _ONE_OF_A_LIST.search(lines[0], 1, 4):
        others = {match[0] for match in re.finditer(r"\b[A-Z](?=[).:]\s)", lines[0])}
        return chosen_letters(lines[0]) if len(others) < 2 else ""
    return ""


def chosen_letters(piece: str, *, alone: bool = False) -> str:
    """The letters that a statement, a box or a line chooses, as ``read_choice`` gives them.

    Args:
        piece: What follows "the answer is", for instance.
        alone: Whether the letter has to be all there is.
    """
    match = _CHOSEN.match(_WRAPPING.sub("", piece))
    if match is None:
        return ""
    letter, rest = match["letter"], match["rest"]
    nothing_follows = not rest.strip(_END)
    if alone and not nothing_follows:
        return ""
    if letter.islower() and not (match["close"] or nothing_follows):
        return ""
    if letter in "AI" and not match["close"] and _A_WORD_FOLLOWS.match(rest):
        return ""
    letter = letter.upper()
    another = _ANOTHER.match(rest)
    return letter if another is None or another[1] == letter else letter + another[1]


def _end_lines(text: str) -> Iterator[str]:
    """The last and the first line that are not blank; of a reply of one line that line."""
    text = text.strip()
    last = text.rpartition("\n")[2]
    if len(last) <= _LINE_CHARS:
        yield last
    if len(last) < len(text):
        yield text.partition("\n")[0][: _LINE_CHARS + 1]


def _expected(rule: ChoiceRule, fields: Mapping[str, Any]) -> tuple[str, ...]:
    if rule.expected is not None:
        return rule.expected
    texts = expected_texts(rule, fields)
    letters = tuple(text.strip("()[]. \n").upper() for text in texts)
    if not letters or not all(len(letter) == 1 and letter in rule.letters for letter in letters):
        assert rule.expected_from is not None  # what the rule itself says is checked when it is read
        wanted = f"a letter of {rule.letters}, or a list of such"
        raise wrong_kind(rule.expected_from, texts[0] if len(texts) == 1 else list(texts), wanted)
    return letters
