"""Rules on a reply as plain text: regex, contains, not_contains, length. Pure and total."""

from collections.abc import Sequence

from rvpo.rubrics.rules.outcome import RuleOutcome
from rvpo.rubrics.rules.patterns import searched
from rvpo.rubrics.rules.token_count import count_tokens
from rvpo.rubrics.schema import ContainsRule, LengthRule, NotContainsRule, RegexRule
from rvpo.rubrics.wording import clipped, printable, shown


def answer_part(response: str) -> str:
    r"""What follows the thinking, up to the last ``</think>``; nothing after a ``<think>`` that is never closed.

    >>> answer_part("<think>2 + 2 = 5?</think>\\n4")
    '\\n4'
    """
    return response.rpartition("</think>")[2].partition("<think>")[0]


def check_regex(rule: RegexRule, text: str) -> RuleOutcome:
    """Search a text for a pattern, under the clock."""
    try:
        match = searched(rule.pattern, text, full=rule.full, ignore_case=rule.ignore_case)
    except TimeoutError:
        return RuleOutcome(None, "the pattern does not come to an end on this reply")
    except MemoryError:
        return RuleOutcome(None, "the pattern takes too much memory on this reply")
    if match is None:
        return RuleOutcome(
            0.0, f"the pattern {'is not all of the reply' if rule.full else 'is not in the reply'}"
        )
    start, end = match.span()
    return RuleOutcome(1.0, printable(f"the pattern matches {shown(text[start : min(end, start + 100)])}"))


def check_contains(rule: ContainsRule, text: str) -> RuleOutcome:
    """Look for all, or any, of some texts."""
    held = _held(rule.texts, text, ignore_case=rule.ignore_case)
    if rule.require == "any":
        if True in held:
            return RuleOutcome(1.0, printable(f"holds {shown(rule.texts[held.index(True)])}"))
        return RuleOutcome(0.0, f"holds none of the {len(held)} texts" if held[1:] else _lacks(rule.texts[0]))
    if False in held:
        return RuleOutcome(0.0, _lacks(rule.texts[held.index(False)]))
    return RuleOutcome(1.0, "holds every text" if held[1:] else printable(f"holds {shown(rule.texts[0])}"))


def check_not_contains(rule: NotContainsRule, text: str) -> RuleOutcome:
    """Make sure that none of some texts is there."""
    held = _held(rule.texts, text, ignore_case=rule.ignore_case)
    if True in held:
        return RuleOutcome(0.0, printable(f"holds {shown(rule.texts[held.index(True)])}"))
    return RuleOutcome(1.0, "holds none of the texts" if held[1:] else _lacks(rule.texts[0]))


def check_length(rule: LengthRule, text: str) -> RuleOutcome:
    """Count characters, words or tokens.

    Raises:
        RubricError: The tokenizer cannot be had.
    """
    over = False
    if rule.unit == "tokens":
        assert rule.tokenizer is not None  # the schema asks for it
        length, over = count_tokens(
            text, rule.tokenizer, enough=rule.min if rule.max is None else rule.max + 1
        )
    else:
        length = len(text) if rule.unit == "chars" else len(text.split())
    met = rule.min <= length and (rule.max is None or length <= rule.max)
    allowed = f"at least {rule.min}" if rule.max is None else f"{rule.min} to {rule.max}"
    return RuleOutcome(float(met), f"{length}{' or more' if over else ''} {rule.unit}, allowed {allowed}")


def _held(texts: Sequence[str], reply: str, *, ignore_case: bool) -> list[bool]:
    if not ignore_case:
        return [text in reply for text in texts]
    reply = reply.casefold()
    return [text.casefold() in reply for text in texts]


def _lacks(text: str) -> str:
    return printable(f"lacks {shown(clipped(text))}")
