"""Figures and verdicts in words that a stranger understands. Pure.

Scores are told as points of 100: a score of 0.41 is 41.0 points. Wherever a number of this room is shown to a
person, it is spelt by a function of this module.
"""

from typing import NamedTuple

from rvpo.results.records import Comparison, Effect

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"


class Verdict(NamedTuple):
    """The outcome of a comparison in words."""

    headline: str
    detail: str
    direction: int
    """1 if B is better, -1 if it is worse, 0 if that is not clear."""


def points(value: float) -> str:
    """A mean score as points of 100.

    >>> points(0.4136), points(-0.0001)
    ('41.4', '0.0')
    """
    text = f"{100 * value + 0.0:.1f}"
    return "0.0" if text == "-0.0" else text.replace("-", MINUS)


def signed(value: float) -> str:
    """A difference in points, always with its sign.

    >>> signed(0.043), signed(0.0)
    ('+4.3', '0.0')
    """
    text = points(value)
    return text if text == "0.0" or text.startswith(MINUS) else f"+{text}"


def interval(low: float, high: float) -> str:
    """Both ends of an interval of differences."""
    return f"{signed(low)} to {signed(high)}"


def p_text(p: float, floor: float = 0.0) -> str:
    """A p-value, never as zero: at the floor of a Monte-Carlo test as a bound.

    >>> p_text(0.0123), p_text(0.25), p_text(0.00034), p_text(0.01, 0.01), p_text(1e-12)
    ('= 0.012', '= 0.25', '= 0.0003', '≤ 0.010', '≤ 0.00001')
    """
    if p <= 1.05e-5:
        return "≤ 0.00001"
    sign = "≤" if p <= floor < 1 else "="
    if p < 0.001:
        return f"{sign} {p:.4f}" if p >= 0.0001 else f"{sign} {p:.5f}"
    return f"{sign} {p:.3f}" if p < 0.1 else f"{sign} {p:.2f}"


def p_of(effect: Comparison | Effect) -> str:
    """The p-value; at the floor of Monte-Carlo flips as a bound, while an exact one is what it is."""
    return p_text(effect.p_value, effect.p_floor if isinstance(effect, Comparison) and effect.flips else 0.0)


def percent(share: float) -> str:
    """A share in whole percent, but never 100 % of something incomplete, nor 0 % of something that is there.

    >>> percent(0.95), percent(0.9996), percent(0.002), percent(0.0001)
    ('95 %', '99.9 %', '0.2 %', 'under 0.1 %')
    """
    rounded = f"{100 * share:.0f}"
    if rounded == "0" and share > 0:
        return f"{100 * share:.1f} %" if share >= 0.001 else "under 0.1 %"
    return "99.9 %" if rounded == "100" and share < 1 else f"{rounded} %"


def percent_of(part: int, whole: int) -> str:
    """A count as a share of another; a dash where there is nothing to share.

    >>> percent_of(1, 4), percent_of(0, 0)
    ('25 %', '–')
    """
    return percent(part / whole) if whole else DASH


def level(confidence: float) -> str:
    """``95 %``."""
    return f"{100 * confidence:g} %"


def direction(c: Comparison) -> int:
    """1 or -1 when interval and test (Holm-adjusted, if it is one of several) both say so, else 0.

    A reader must not have to choose between the two.
    """
    p = c.p_value if c.p_holm is None else c.p_holm
    if not p < 1 - c.confidence or c.low <= 0 <= c.high:
        return 0
    return 1 if c.difference > 0 else -1


def holds_after_holm(effect: Effect, confidence: float) -> bool:
    """Whether a secondary effect survives its family's adjustment."""
    return effect.p_holm is not None and effect.p_holm < 1 - confidence


def verdict(c: Comparison) -> Verdict:
    """The verdict of a comparison: who, how much, how sure, on what."""
    way = direction(c)
    size = points(abs(c.difference))
    if way:
        side = "higher" if way > 0 else "lower"
        headline = f"{quoted(c.b)} scores {side} than {quoted(c.a)}, by {size} points of 100."
        zero = "The interval does not include zero."
    else:
        headline = f"No clear difference between {quoted(c.b)} and {quoted(c.a)}."
        zero = (
            "The interval includes zero: neither can be called better."
            if c.low <= 0 <= c.high
            else "Interval and test do not agree, so neither is called better."
        )
    detail = (
        f"On the same {count(c.n_items, 'item')}, {_answered(c)}, {quoted(c.a)} earned "
        f"{points(c.mean_a)} points of 100 and {quoted(c.b)} {points(c.mean_b)}: a difference of "
        f"{signed(c.difference)} ({level(c.confidence)} interval {interval(c.low, c.high)}; "
        f"p {p_of(c)}). {zero} {quoted(c.b)} did better on {c.wins:,}, worse on {c.losses:,} "
        f"and the same on {c.ties:,}."
    )
    return Verdict(headline, detail, way)


def limits(c: Comparison, further: int = 0) -> list[str]:
    """What a comparison does not show, as sentences."""
    lines = [
        _about(c),
        (
            "A score is what the rubric and its judge say it is. An error that the judge makes for both sides "
            "alike is in both means; one that favours a style is in the difference."
        ),
    ]
    if c.detectable > 0:
        lines.append(
            f"An exam of this size finds a true difference of {points(c.detectable)} points four times in five; "
            "smaller ones often go unseen."
        )
    families = [
        f"{len(effects)} {one if len(effects) == 1 else several}"
        for one, several, effects in (("criterion", "criteria", c.by_criterion), ("tag", "tags", c.by_tag))
        if effects
    ]
    if families:
        lines.append(
            f"Secondary: {' and '.join(families)}. Their p-values are adjusted within each family (Holm), "
            "their intervals are not."
        )
    if c.p_holm is not None:
        lines.append(
            f"Several runs are compared with {quoted(c.a)}. Over all of them (Holm) this p {p_text(c.p_holm)}; the "
            "intervals are not adjusted."
        )
    elif further:
        lines.append(f"The {further + 1} comparisons of this report are not adjusted for one another.")
    if c.difference_low is not None and c.difference_high is not None:
        lines.append(
            f"The judge left holes (judged: {percent(c.coverage_a)} and {percent(c.coverage_b)} of the rubric's "
            f"weight). Had they all come out worst or best, the difference would lie between "
            f"{signed(c.difference_low)} and {signed(c.difference_high)} points."
        )
    dropped = c.dropped_a + c.dropped_b
    if dropped:
        lines.append(
            f"Left out, for want of a partner or a score: {count(c.dropped_a, 'item')} of {quoted(c.a)} and "
            f"{c.dropped_b} of {quoted(c.b)}."
        )
    return lines


def _about(c: Comparison) -> str:
    """What the p-value is about, and what it is not."""
    if c.training is not None:
        return (
            f"The p-value and the intervals are about {c.unit}. How the methods compare on other items is told by the "
            "interval over runs and items, which takes the items for a sample of their kind."
        )
    return (
        f"The p-value is about {c.unit}. Where the weights come from training, that is one training run for "
        "each: another seed could come out otherwise, and no figure here says anything of another training run."
    )


def quoted(name: str) -> str:
    """A run's name in typographic quotes."""
    return f"\N{LEFT DOUBLE QUOTATION MARK}{name}\N{RIGHT DOUBLE QUOTATION MARK}"


def count(n: int, noun: str) -> str:
    """``1 item``, ``5,000 items``."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def _answered(c: Comparison) -> str:
    a, b = c.draws_a, c.draws_b
    if c.training is not None:
        runs = f"by {c.training.runs_a} and {count(c.training.runs_b, 'training run')}"
        return f"answered {runs}" + (f", {a} times each" if a > 1 else "")
    if a == b:
        return "answered once each" if a == 1 else f"answered {a} times each"
    return f"answered {a} and {b} times each"
