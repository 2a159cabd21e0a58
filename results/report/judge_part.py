"""The judge panel of the HTML report, filled from the runs; one line says what they cannot show. Pure."""

from collections.abc import Sequence
from html import escape

from rvpo.results.judgings import Bench, Rejudged, benches, rejudged, sensitivity_of
from rvpo.results.reader import Run
from rvpo.results.report import words
from rvpo.results.report.content import TablePanel
from rvpo.results.report.sections import section, subsection
from rvpo.results.stats import Sensitivity

NO_VERDICTS = "No judge was asked: these runs hold no verdicts, their scores are read off the answers."


def judge_part(pair: tuple[Run, Run], runs: Sequence[Run], confidence: float) -> str:
    """Who judged, what failed, how well judgings agree, and whether the winner holds under each judge.

    Args:
        pair: A and B of the report.
        runs: all runs of the report, where the same answers may have been judged again.
        confidence: of the intervals.
    """
    found = benches(pair)
    if not found:
        return section("The judge", f"<p>{escape(NO_VERDICTS)}</p>")
    body = subsection(_bench_table(found, pair))
    again, under = rejudged(runs), sensitivity_of(runs, confidence)
    body += "".join(f"<p>{escape(_agreement(each))}</p>" for each in again)
    if under is not None:
        body += subsection(_sensitivity_table(under, pair, confidence))
    return section("The judge", body, _missing(again, under))


def _bench_table(found: Sequence[Bench], pair: tuple[Run, Run]) -> TablePanel:
    rows = tuple(
        (
            bench.judge,
            f"{sum(bench.judged):,}",
            *(
                f"{failed:,} ({words.percent_of(failed, judged)})"
                for failed, judged in zip(bench.failed, bench.judged, strict=True)
            ),
            f"{bench.cached:,}",
            f"{bench.usd:.2f}",
        )
        for bench in found
    )
    return TablePanel(
        title="Who judged, and what failed",
        columns=("judge", "judged", *(f"failed, {run.name}" for run in pair), "from cache", "USD"),
        rows=rows,
        note="A judge that fails more often on one side than on the other bends the comparison; failures are holes, never "
        "scores.",
    )


def _agreement(found: Rejudged) -> str:
    noise = found.criteria
    who = (
        f"judged again by the same judge ({found.judges[0]})"
        if len(found.judges) == 1
        else f"judged by {' and '.join(found.judges)}"
    )
    same = "" if noise.reliability != noise.reliability else f", reliability {noise.reliability:.2f}"
    return (
        f"The answers of {words.quoted(found.runs[0])} were {who}: of {words.count(noise.n, 'verdict')}, "
        f"{words.percent(1 - noise.flips)} are the same{same}. The judging alone moves the mean of these verdicts by "
        f"{words.points(noise.se)} points (standard error)."
    )


def _sensitivity_table(found: Sensitivity, pair: tuple[Run, Run], confidence: float) -> TablePanel:
    names = {"A": words.quoted(pair[0].name), "B": words.quoted(pair[1].name)}
    rows = tuple(
        (
            row.judge,
            words.signed(row.result.estimate or 0.0),
            words.interval(row.result.low or 0.0, row.result.high or 0.0),
            f"{row.result.n:,}",
            names.get(row.winner, row.winner),
        )
        for row in found.rows
    )
    holds = (
        "The winner holds under every judge."
        if found.holds
        else "The winner does not hold under every judge."
    )
    return TablePanel(
        title="The same answers under each judge",
        columns=("judge", "difference", f"{words.level(confidence)} interval", "items", "better"),
        rows=rows,
        note=f"{holds} Paired Student t over items; judges differ by {words.points(found.spread)} points.",
    )


def _missing(again: Sequence[Rejudged], under: Sensitivity | None) -> str:
    """What these runs cannot show of their judge, and what would."""
    lacking = []
    if not any(len(each.judges) == 1 for each in again):
        lacking.append("how often the judge contradicts itself (judge the same answers twice)")
    if under is None:
        lacking.append("whether another judge sees the same winner (a run of both under a second judge)")
    lacking.append("whether people agree with it (human labels; rvpo judge calibrate)")
    return f"Not in these runs: {'; '.join(lacking)}."
