"""Scores: OpenAI's own scorer, an independent reading of its rule, and bounds by filling every hole both ways."""

import itertools
import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics import (
    Criterion,
    Rubric,
    RubricError,
    read_prompt_rows,
    score_dataset,
    score_dataset_tags,
    score_rubric,
)
from rvpo.rubrics.score import Clip


def rubric(*points: float, polarity: str = "usual", tags: tuple[str, ...] = ()) -> Rubric:
    def one(index: int, value: float) -> Criterion:
        said = ("met_is_bad" if value < 0 else "met_is_good") if polarity == "usual" else polarity
        return Criterion.model_validate(
            {"id": f"c{index}", "criterion": "x", "points": value, "polarity": said}
        )

    return Rubric(id="t", criteria=tuple(one(i, value) for i, value in enumerate(points)), tags=tags)


def test_golden(shared: Path) -> None:
    """Every figure that the reference program gives, to the ten decimals it prints."""
    golden = json.loads((shared / "golden" / "healthbench_sample.json").read_text())
    rows = read_prompt_rows(shared / "data" / "healthbench_sample.jsonl")
    assert len(rows) == golden["rows"]
    rubrics = [row.rubric for row in rows if row.rubric is not None]
    assert sum(len(each.criteria) for each in rubrics) == golden["criteria"]
    scores = [score_rubric(each, met) for each, met in zip(rubrics, golden["verdicts"], strict=True)]
    assert [each.score for each in scores] == pytest.approx(golden["per_item"], abs=1e-9)
    assert score_dataset(scores) == pytest.approx(golden["score_clip_after_mean"], abs=1e-9)
    assert score_dataset(scores, "per_item") == pytest.approx(golden["score_clip_per_item"], abs=1e-9)
    tags = score_dataset_tags(scores)
    for tag, wanted in golden["tags"].items():
        assert tags[tag].mean == pytest.approx(wanted["mean"], abs=1e-9)
        assert tags[tag].n == wanted["n"]
    assert {tag for tag in tags if tag.startswith(("axis:", "theme:", "level:"))} == golden["tags"].keys()


def test_the_example_of_the_reference_tests() -> None:
    """simple-evals' own test: 7 met, 5 not, 10 met, -6 met gives (7 + 10 - 6) / (7 + 5 + 10) = 11/22."""
    found = score_rubric(rubric(7, 5, 10, -6), [True, False, True, True])
    assert found.score == 0.5
    assert (found.coverage, found.low, found.high) == (1.0, 0.5, 0.5)


@pytest.mark.parametrize(
    ("met", "score", "coverage", "low", "high"),
    [
        # points 6, 4, -5: positive points 10, absolute points 15
        ([True, True, False], 1.0, 1.0, 1.0, 1.0),
        ([False, False, True], -0.5, 1.0, -0.5, -0.5),
        ([True, None, False], 1.0, 11 / 15, 0.6, 1.0),
        ([True, True, None], 1.0, 10 / 15, 0.5, 1.0),
        ([None, None, True], None, 5 / 15, -0.5, 0.5),
        ([None, None, None], None, 0.0, -0.5, 1.0),
        ([0.5, 0.25, 0.5], (3 + 1 - 2.5) / 10, 1.0, 0.15, 0.15),
        ([math.nan, 1.0, 0.0], 1.0, 9 / 15, 0.4, 1.0),
    ],
)
def test_by_hand(
    met: list[float | None], score: float | None, coverage: float, low: float, high: float
) -> None:
    found = score_rubric(rubric(6, 4, -5), met)
    assert found.score == (None if score is None else pytest.approx(score))
    assert (found.coverage, found.low, found.high) == pytest.approx((coverage, low, high))


def test_a_pitfall_worded_as_good_costs_when_it_is_not_met() -> None:
    pitfall = rubric(-4, polarity="met_is_good")
    both = Rubric(
        id="t", criteria=(rubric(10).criteria[0], pitfall.criteria[0].model_copy(update={"id": "p"}))
    )
    assert score_rubric(both, [True, True]).score == 1.0
    assert score_rubric(both, [True, False]).score == 0.6


def test_a_merit_worded_as_bad_earns_when_it_is_not_met() -> None:
    assert score_rubric(rubric(10, polarity="met_is_bad"), [False]).score == 1.0


def test_criteria_without_points_are_reported_and_do_not_count() -> None:
    found = score_rubric(rubric(5, 0), [True, None])
    assert (found.score, found.coverage) == (1.0, 1.0)
    only = score_rubric(rubric(0, 0, 0, 0), [True, None, False, True])
    assert (only.score, only.coverage, only.low, only.high) == (None, 0.75, None, None)
    assert score_rubric(rubric(0), [True]).coverage == 1.0


def test_tags() -> None:
    data = {
        "id": "t",
        "tags": ["theme:x", "both"],
        "criteria": [
            {"id": "a", "criterion": "x", "points": 6, "tags": ["p", "both"]},
            {"id": "b", "criterion": "x", "points": 4, "tags": ["p", "q"]},
            {"id": "c", "criterion": "x", "points": -2, "polarity": "met_is_bad", "tags": ["q", "only_bad"]},
        ],
    }
    tagged = Rubric.model_validate(data)
    whole = score_rubric(tagged, [True, False, True])
    # overall (6 - 2) / 10; p: 6 / 10; q: -2 / 4; both: of its criteria, not of the prompt; only_bad: no score
    assert whole.by_tag == {"theme:x": 0.4, "both": 1.0, "p": 0.6, "q": -0.5}
    holed = score_rubric(tagged, [True, None, True])
    assert holed.by_tag == {"theme:x": pytest.approx(4 / 6), "both": 1.0, "p": 1.0}
    assert score_rubric(tagged, [None, None, None]).by_tag == {}


POINTS = st.lists(st.sampled_from([-10.0, -2.5, 0.0, 1.0, 3.0, 7.0]), min_size=1, max_size=5)
MET = st.none() | st.booleans() | st.floats(0, 1)


def simple_evals(points: list[float], met: list[bool]) -> float | None:
    """An independent reading of ``calculate_score``."""
    possible = sum(p for p in points if p > 0)
    return sum(p for p, m in zip(points, met, strict=True) if m) / possible if possible else None


@given(st.data(), POINTS)
def test_equals_the_reference_rule_on_whole_verdicts(data: st.DataObject, points: list[float]) -> None:
    met = data.draw(st.lists(st.booleans(), min_size=len(points), max_size=len(points)))
    wanted = simple_evals(points, met)
    found = score_rubric(rubric(*points), met)
    assert found.score == (None if wanted is None else pytest.approx(wanted))
    assert found.coverage == 1.0
    assert found.low == found.high == found.score


@given(st.data(), POINTS, st.sampled_from(["usual", "met_is_good", "met_is_bad"]))
def test_bounds_are_the_worst_and_the_best_filling_of_the_holes(
    data: st.DataObject, points: list[float], polarity: str
) -> None:
    met = data.draw(st.lists(MET, min_size=len(points), max_size=len(points)))
    holes = [index for index, value in enumerate(met) if value is None]
    whole = []
    for filling in itertools.product([0.0, 1.0], repeat=len(holes)):
        filled = list(met)
        for index, value in zip(holes, filling, strict=True):
            filled[index] = value
        whole.append(score_rubric(rubric(*points, polarity=polarity), filled).score)
    found = score_rubric(rubric(*points, polarity=polarity), met)
    known = [value for value in whole if value is not None]
    if known:
        assert (found.low, found.high) == pytest.approx((min(known), max(known)))
    else:
        assert found.low is found.high is None
    assert 0.0 <= found.coverage <= 1.0


@pytest.mark.parametrize(("clip", "mean"), [("after_mean", 0.0), ("per_item", 1 / 3), ("none", -1 / 3)])
def test_dataset(clip: Clip, mean: float) -> None:
    assert score_dataset([1.0, None, -2.0, 0.0], clip) == pytest.approx(mean)


def test_dataset_of_scores_and_of_nothing() -> None:
    scores = [score_rubric(rubric(2, 2), met) for met in ([True, False], [None, None], [True, True])]
    assert score_dataset(scores) == 0.75
    assert score_dataset([]) is None
    assert score_dataset([None]) is None
    assert score_dataset_tags([{"b": 2.0}, {"a": -1.0, "b": 0.5}], "none") == {"a": (-1.0, 1), "b": (1.25, 2)}


def test_refuses() -> None:
    with pytest.raises(RubricError, match=r"^2 verdicts for the 1 criteria of rubric 't'$"):
        score_rubric(rubric(1), [True, False])
    with pytest.raises(
        RubricError, match=r"^criterion 'c0': got met 20, allowed true, false, null or 0 to 1$"
    ):
        score_rubric(rubric(1), [20])
    with pytest.raises(RubricError, match=r"^clip: got 'each', allowed after_mean"):
        score_dataset([1.0], "each")  # type: ignore[arg-type]
