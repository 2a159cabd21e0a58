"""What runs show of their judges, and the parts of the report that fill from it."""

import re
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from rvpo.results import ItemRow, ReportContent, Run, RunWriter, VerdictRow, compare, new_manifest, open_run
from rvpo.results.judgings import (
    arm_budget,
    benches,
    judges_of,
    rejudged,
    same_answers,
    sensitivity_of,
)
from rvpo.results.methods import Method, pooled
from rvpo.results.report.further_parts import budget_part
from rvpo.results.report.judge_part import NO_VERDICTS, judge_part

Judged = Callable[..., Run]
N = 12


@pytest.fixture
def judged(tmp_path: object) -> Judged:
    """``judged("a-j1", answers="a", judge="llm j1", scores=[...])``: one criterion an item, a hole where it is None."""

    def make(
        name: str,
        answers: str,
        judge: str,
        scores: Sequence[float | None],
        draws: int = 1,
        *,
        usd: float = 0.0,
    ) -> Run:
        identity = {"model": answers, "judge": judge, "name": name}
        with RunWriter.open(f"{tmp_path}/{name}", new_manifest("eval", "t", identity, title=name)) as writer:
            for n, score in enumerate(scores):
                item, draw = f"i{n // draws:02d}", n % draws
                verdict = VerdictRow(
                    item_id=item, draw=draw, criterion_id="c", score=score, value=score, judge=judge, usd=usd,
                    status="timeout" if score is None else "ok", cached=n == 0,
                )  # fmt: skip
                row = ItemRow(
                    item_id=item, draw=draw, prompt_hash=item, response=f"{answers} {n}", score=score
                )
                writer.append(row, [verdict])
            writer.seal()
        return open_run(f"{tmp_path}/{name}")

    return make


def wave(shift: float) -> list[float]:
    return [round(0.3 + shift + 0.02 * (n % 5), 3) for n in range(N)]


def test_every_judge_is_counted_with_its_failures(judged: Judged) -> None:
    a = judged("a", "a", "llm j1", [0.5, None, 0.5], usd=0.25)
    b = judged("b", "b", "rule calls", [1.0, 0.0])
    first, second = benches((a, b))
    assert (first.judge, first.judged, first.failed, first.cached, first.usd) == (
        "llm j1",
        (3, 0),
        (1, 0),
        1,
        0.75,
    )
    assert (second.judge, second.judged, second.failed) == ("rule calls", (0, 2), (0, 0))
    assert (judges_of(a), judges_of(b)) == ("llm j1", "")


def test_the_same_answers_are_found_by_their_texts(judged: Judged, scored: Callable[..., Run]) -> None:
    a, again, b = (
        judged(name, answers, "llm j1", [0.5, 0.5])
        for name, answers in (("a", "a"), ("again", "a"), ("b", "b"))
    )
    assert same_answers((a, again, b)) == ((a, again), (b,))
    silent = scored("s1", [0.1, 0.2]), scored("s2", [0.1, 0.2])
    assert same_answers(silent) == ((silent[0],), (silent[1],))  # without texts nobody can tell


def test_agreement_of_two_judgings_by_hand(judged: Judged) -> None:
    a = judged("a", "a", "llm j1", [1.0, 0.0, 1.0, 0.0])
    again = judged("again", "a", "llm j1", [1.0, 0.0, 0.0, None])
    ((found),) = rejudged((a, again))
    # Three verdicts were judged twice; one of them turned. Variance within: (0 + 0 + .5) / 3.
    assert (found.runs, found.judges, found.criteria.n) == (("a", "again"), ("llm j1",), 3)
    assert found.criteria.flips == pytest.approx(1 / 3)
    assert found.criteria.variance == pytest.approx(0.5 / 3)
    assert rejudged((a,)) == ()


def test_the_winner_under_each_judge(judged: Judged) -> None:
    a1, b1 = judged("a1", "a", "llm j1", wave(0)), judged("b1", "b", "llm j1", [x + 0.2 for x in wave(0)])
    tilted = [x - 0.2 + 0.01 * (n % 2) for n, x in enumerate(wave(0))]
    a2, b2 = judged("a2", "a", "llm j2", wave(0)), judged("b2", "b", "llm j2", tilted)
    assert sensitivity_of((a1, b1)) is None
    found = sensitivity_of((a1, b1, a2, b2))
    assert found is not None
    assert [(row.judge, row.winner) for row in found.rows] == [("llm j1", "B"), ("llm j2", "A")]
    assert not found.holds
    part = judge_part((a1, b1), (a1, b1, a2, b2), 0.95)
    assert "The winner does not hold under every judge." in part
    assert "judged by llm j1 and llm j2" in part
    assert "whether another judge sees the same winner" not in part


def test_the_judge_part_says_what_is_missing(judged: Judged, scored: Callable[..., Run]) -> None:
    a, b = judged("a", "a", "llm <j1>", wave(0)), judged("b", "b", "llm <j1>", [None, *wave(0.1)[1:]])
    part = judge_part((a, b), (a, b), 0.95)
    assert "llm &lt;j1&gt;" in part
    assert "1 (8 %)" in part
    for lacking in ("judge the same answers twice", "another judge", "human labels"):
        assert lacking in part
    none = scored("x", [0.1, 0.2]), scored("y", [0.1, 0.3])
    assert NO_VERDICTS in judge_part(none, none, 0.95)


def test_the_budget_knows_what_it_saw_twice(judged: Judged) -> None:
    rng = np.random.default_rng(1)
    scores = [rng.random(2 * N).tolist() for _ in range(4)]
    runs = [judged(f"s{k}", f"m{k}", "llm j1", scores[k], draws=2) for k in range(3)]
    again = judged("again", "m0", "llm j1", scores[3], draws=2)
    alone = arm_budget(runs)
    both = arm_budget(runs, (*runs, again))
    assert alone is not None
    assert both is not None
    known = [{each.name: each.variance is not None for each in budget.components} for budget in (alone, both)]
    assert (known[0]["run"], known[0]["draw"], known[0]["judge"], known[1]["judge"]) == (
        True,
        True,
        False,
        True,
    )
    table = np.array(scores[:3]).reshape(3, N, 2)
    assert alone.mean == pytest.approx(table.mean())
    assert arm_budget([judged("one", "one", "llm j1", [0.5])]) is None


def test_the_report_tells_levels_and_plans_for_methods(judged: Judged) -> None:
    rng = np.random.default_rng(2)
    a, b = (
        Method(
            name=name,
            runs=tuple(
                judged(
                    f"{name}{k}", f"{name}{k}", "llm j1", (rng.random(2 * N) / 4 + shift + k / 50).tolist(), 2
                )
                for k in range(3)
            ),
        )
        for name, shift in (("A", 0.2), ("B", 0.4))
    )
    pair = pooled(a, 2), pooled(b, 2)
    content = ReportContent(title="t", primary=compare(*pair, flips=99), pair=pair, arms=(a, b))
    part = budget_part(content)
    assert "3 training runs an arm" in part
    assert "twice the training runs" in part
    assert "seen once: checkpoint, judge call" in part
    levels = re.findall(r'<th scope="row">(.*?)</th>', part)
    assert levels[-4:] == ["run", "item", "item x run", "draw"]
    single = ReportContent(
        title="t", primary=compare(a.runs[0], b.runs[0], flips=99), pair=(a.runs[0], b.runs[0])
    )
    assert "seen once: run, checkpoint, judge call" in budget_part(single)
