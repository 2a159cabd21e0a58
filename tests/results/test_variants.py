"""The matrix of scoring rules, by hand."""

from collections.abc import Callable

import pytest

from rvpo.results import ItemRow, Run, RunWriter, VerdictRow, compare, new_manifest, open_run
from rvpo.results.report.further_parts import variants_part
from rvpo.results.variants import scoring_variants


@pytest.fixture
def rubric_run(tmp_path: object) -> Callable[..., Run]:
    """``rubric_run("a", [(1, 0), ...])``: criteria of 4 and -2 points; a score is points met / 4, holes left out."""

    def make(name: str, met: list[tuple[float | None, float | None] | None]) -> Run:
        with RunWriter.open(
            f"{tmp_path}/{name}", new_manifest("eval", "t", {"m": name}, title=name)
        ) as writer:
            for n, pair in enumerate(met):
                item = f"i{n}"
                if pair is None:
                    writer.append(ItemRow(item_id=item, prompt_hash=item, score=None, status="failed"), [])
                    continue
                verdicts = [
                    VerdictRow(
                        item_id=item, criterion_id=f"c{points}", points=points, score=score, value=score,
                        status="timeout" if score is None else "ok",
                    )
                    for points, score in zip((4, -2), pair, strict=True)
                ]  # fmt: skip
                judged = [v for v in verdicts if v.score is not None]
                most = sum(v.points for v in judged if v.points > 0)
                score = sum(v.points * (v.score or 0) for v in judged) / most if most else None
                writer.append(ItemRow(item_id=item, prompt_hash=item, score=score), verdicts)
            writer.seal()
        return open_run(f"{tmp_path}/{name}")

    return make


def test_each_rule_gives_the_figure_worked_out_by_hand(rubric_run: Callable[..., Run]) -> None:
    a = rubric_run("a", [(1, 0), (0, 1), (0, 1), (1, 1)])  # 1, -.5, -.5, .5
    b = rubric_run("b", [(1, 0), (0, 0), (None, 1), None])  # 1, 0, a hole, no answer
    plain, after, per_item, as_false = scoring_variants(a, b)
    # Two items have a score in both: (1 - .5) / 2 against (1 + 0) / 2.
    assert (plain.mean_a, plain.mean_b, plain.n_items) == (0.25, 0.5, 2)
    assert (after.mean_a, after.mean_b, after.low) == (0.25, 0.5, None)
    # Clipped, item 1 of a counts 0.
    assert (per_item.mean_a, per_item.mean_b) == (0.5, 0.5)
    # All four: b's hole is "not met" (0 - 2) / 4 = -.5 and its missing answer 0. a has nothing failed, so is as it is...
    assert as_false.rule.startswith("judge failures")
    assert (as_false.mean_a, as_false.mean_b, as_false.n_items) == (0.125, 0.125, 4)


def test_the_mean_is_clipped_only_after_the_mean(rubric_run: Callable[..., Run]) -> None:
    a, b = rubric_run("a", [(0, 1), (0, 1)]), rubric_run("b", [(0, 1), (0, 0)])
    plain, after, per_item = scoring_variants(a, b)
    assert (plain.mean_a, plain.mean_b) == (-0.5, -0.25)
    assert (after.mean_a, after.mean_b, per_item.mean_b) == (0.0, 0.0, 0.0)
    part = variants_part(compare(a, b, flips=99), a, b)
    assert "The winner depends on the rule" in part
    assert part.count("<tr>") == 4


def test_nothing_is_shown_where_no_rule_matters(scored: Callable[..., Run]) -> None:
    a, b = scored("a", [0.1, 0.5, 0.9]), scored("b", [0.2, 0.5, 0.8])
    assert len(scoring_variants(a, b)) == 3
    assert variants_part(compare(a, b, flips=99), a, b) == ""
    assert scoring_variants(a, scored("c", [None, None, 0.5])) == ()


def test_a_rubric_that_is_scored_otherwise_has_no_such_rule(
    rubric_run: Callable[..., Run], scored: Callable[..., Run]
) -> None:
    a = scored("a", [0.1, 0.2, None])
    assert [each.rule[:4] for each in scoring_variants(a, scored("b", [0.1, 0.2, 0.3]))] == [
        "mean",
        "the ",
        "ever",
    ]
