from collections.abc import Callable

import numpy as np
import pytest

from rvpo.results import DifferentExams, ItemRow, Run
from rvpo.results.align import align

MakeItem = Callable[..., ItemRow]
MakeRun = Callable[..., Run]


def test_items_are_paired_by_id_and_draws_averaged_first(make_run: MakeRun, item: MakeItem) -> None:
    a = make_run("a", [item("y", 0.2), item("x", 0.0), item("x", 1.0, draw=1), item("x", 0.5, draw=2)])
    b = make_run("b", [item("x", 0.75), item("y", None), item("y", 0.5, draw=1)])
    paired = align(a, b)
    assert paired.ids == ("x", "y")
    assert paired.score_a.tolist() == [0.5, 0.2]
    assert paired.score_b.tolist() == [0.75, 0.5]
    assert (paired.draws_a, paired.draws_b) == (3, 2)


def test_what_has_no_partner_or_no_score_is_counted(make_run: MakeRun, item: MakeItem) -> None:
    a = make_run(
        "a", [item("1", 0.5), item("2", 0.5), item("3", None, low=0.0, high=1.0), item("only a", 0.5)]
    )
    b = make_run("b", [item("1", 0.5), item("2", None, status="failed"), item("3", 0.5), item("only b", 0.1)])
    paired = align(a, b)
    assert paired.ids == ("1",)
    assert (paired.dropped_a, paired.dropped_b) == (3, 3)
    assert paired.bounds.tolist() == [[0.5, 0.5, 0.5, 0.5], [0.0, 1.0, 0.5, 0.5]]
    assert paired.unbounded == 1


def test_a_measure_that_either_run_lacks_is_missing_in_both(make_run: MakeRun, item: MakeItem) -> None:
    a = make_run(
        "a",
        [item("1", 0.5, values={"c": 1.0, "d": None}, tags={"t": 0.5}), item("2", 0.5, values={"c": 0.0})],
    )
    b = make_run(
        "b",
        [item("1", 0.5, values={"c": 0.0, "d": 1.0}, tags={"t": 1.0}), item("2", 0.5, values={"c": None})],
    )
    paired = align(a, b)
    assert paired.criteria.names == ("c",)
    np.testing.assert_array_equal(paired.criteria.a, [[1.0], [np.nan]])
    np.testing.assert_array_equal(paired.criteria.b, [[0.0], [np.nan]])
    assert (paired.criteria.too_rare, paired.tags.too_rare) == (1, 1)


def test_criteria_of_single_items_are_left_out(make_run: MakeRun, item: MakeItem) -> None:
    rows = [item(f"i{n}", 0.5, values={"everywhere": 1.0, f"only {n}": 1.0}) for n in range(10)]
    columns = align(make_run("a", rows), make_run("b", rows)).criteria
    assert (columns.names, columns.too_rare) == (("everywhere",), 10)


def test_tags_of_one_kind_stand_together(make_run: MakeRun, item: MakeItem) -> None:
    tags = [{f"theme:{'xy'[n % 2]}": 0.5, "axis:a": 0.5, "level": 0.5} for n in range(12)]
    rows = [item(f"i{n:02d}", 0.5, tags=each) for n, each in enumerate(tags)]
    columns = align(make_run("a", rows), make_run("b", rows)).tags
    assert columns.names == ("theme:x", "theme:y", "axis:a", "level")


def test_no_item_in_common_is_refused(make_run: MakeRun, item: MakeItem) -> None:
    with pytest.raises(DifferentExams, match=r"share no item: 1 items \(x\) there, 0 items \(none\) here"):
        align(make_run("a", [item("x", 0.5)]), make_run("b", []))


def test_an_item_shown_differently_is_refused_draw_by_draw(make_run: MakeRun, item: MakeItem) -> None:
    a = make_run(
        "a", [item("x", 0.5, prompt_hash="p0"), item("x", 0.5, draw=1, prompt_hash="p1"), item("y", 0.5)]
    )
    same = make_run("b", [item("x", 0.5, draw=1, prompt_hash="p1"), item("x", 0.5, draw=2, prompt_hash="p2")])
    assert align(a, same).ids == ("x",)
    other = make_run("c", [item("x", 0.5, draw=1, prompt_hash="other"), item("y", 0.5)])
    with pytest.raises(
        DifferentExams, match=r"1 of 2 common items .* item 'x' draw 1: prompt hash p1 in .*, other in"
    ):
        align(a, other)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"task": "gpqa"}, "is 'exam'.* is 'gpqa'"),
        ({"identity": {"rubric_hash": "r2"}}, "rubric_hash is 'r1'.* 'r2'"),
    ],
)
def test_another_task_or_rubric_is_refused(
    make_run: MakeRun, item: MakeItem, settings: dict[str, object], message: str
) -> None:
    a = make_run("a", [item("x", 0.5)], identity={"rubric_hash": "r1"})
    with pytest.raises(DifferentExams, match=message):
        align(a, make_run("b", [item("x", 0.5)], **settings))
