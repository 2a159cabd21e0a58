"""What a comparison generalises over, how large it is and where its variance sits, as sentences. Pure."""

from rvpo.results.records import Comparison, Size, TrainingRuns
from rvpo.results.report.words import count, interval, level, p_text, percent, points, quoted


def inference_sentences(c: Comparison) -> list[str]:
    """Unit of inference, size, variance of items and draws, training runs: of those, what the comparison holds."""
    told = [unit_sentence(c)]
    if c.training is not None:
        told.append(training_sentence(c.training, level(c.confidence)))
    if c.size is not None:
        told.append(size_sentence(c, c.size))
    if c.spread is not None:
        told.append(spread_sentence(c))
    return told


def unit_sentence(c: Comparison) -> str:
    """What was resampled, and what the figures therefore speak of."""
    if c.training is not None:
        runs = f"{c.training.runs_a} of {quoted(c.a)}, {c.training.runs_b} of {quoted(c.b)}"
        return f"Unit of inference: {c.unit} ({runs})."
    if c.clusters:
        return f"Unit of inference: {c.unit}. Items of one cluster need not be independent: they were kept together."
    return f"Unit of inference: {c.unit}."


def size_sentence(c: Comparison, size: Size) -> str:
    """The size beside the spread of the items, and item by item."""
    parts = []
    if size.d_z is not None:
        bounds = ""
        if size.d_z_low is not None and size.d_z_high is not None:
            bounds = f", {level(c.confidence)} {_plain(size.d_z_low)} to {_plain(size.d_z_high)}"
        parts.append(f"{_plain(size.d_z)} standard deviations of the item differences (d_z{bounds})")
    parts.append(f"{quoted(c.b)} does better on {percent(size.superiority)} of the items, ties by half")
    if size.odds_ratio:
        ends = ""
        if size.odds_low is not None:
            top = "any number" if size.odds_high is None else f"{size.odds_high:.2g}"
            ends = f" ({level(c.confidence)} {size.odds_low:.2g} to {top})"
        parts.append(f"{size.odds_ratio:.2g} items rise for each that falls{ends}")
    return f"Size: {'; '.join(parts)}."


def spread_sentence(c: Comparison) -> str:
    """Items against draws: which of them is worth buying."""
    spread = c.spread
    if spread is None:
        return ""
    sds = [f"items {points(spread.item_sd)}"]
    sds += [
        f"one draw of {quoted(name)} {points(sd)}"
        for name, sd in ((c.a, spread.draw_sd_a), (c.b, spread.draw_sd_b))
        if sd is not None
    ]
    if spread.draw_share >= 1:
        return (
            f"The luck of the draws alone explains how the items differ (standard deviations in points: "
            f"{', '.join(sds[1:])}); a part of the items themselves, which more draws would not lessen, is not to be told "
            "from none."
        )
    more = "clusters" if c.clusters else "items"
    endless = c.detectable * (1 - spread.draw_share) ** 0.5
    return (
        f"Of the variance of the difference, {percent(1 - spread.draw_share)} comes from the items and "
        f"{percent(spread.draw_share)} from the luck of the draws (standard deviations in points: {', '.join(sds)}). Draws "
        f"without end would find {points(endless)} points instead of {points(c.detectable)}; beyond that only more {more} help."
    )


def training_sentence(runs: TrainingRuns, at: str) -> str:
    """The other readings of the same training runs."""
    return (
        f"Training runs of one arm differ by {points(runs.run_sd)} points (sd). Regrouping whole runs gives "
        f"p {p_text(runs.p_randomised, runs.p_randomised_floor if runs.regroupings else 0.0)}. Over runs and items at once, the {at} interval is "
        f"{interval(runs.both_low, runs.both_high)} (p {p_text(runs.both_p)}), by bootstrap of runs, then items, "
        f"{interval(runs.hierarchical_low, runs.hierarchical_high)}. With these very runs fixed it would be "
        f"{interval(runs.items_low, runs.items_high)}: too sure about the methods."
    )


def size_cell(size: Size | None) -> str | None:
    """``d_z`` for a table; ``None`` where there is none."""
    return None if size is None or size.d_z is None else _plain(size.d_z)


def examined(c: Comparison) -> str:
    """``3 and 4 training runs``, ``12 clusters``: the unit in a few words; the items where they are it."""
    if c.training is not None:
        return f"{c.training.runs_a} and {count(c.training.runs_b, 'training run')}"
    return count(c.clusters, "cluster") if c.clusters else count(c.n_items, "item")


def _plain(value: float) -> str:
    text = f"{value:.2f}"
    return "0.00" if text == "-0.00" else text.replace("-", "\N{MINUS SIGN}")
