"""``whole_score`` against ``score_rubric``, which it is the short form of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics import Criterion, Rubric, score_rubric
from rvpo.rubrics.schema.rubric import CATEGORIES, Aggregate
from rvpo.rubrics.score import whole_score

CRITERION = st.builds(
    lambda points, bad, gate, tag: {
        "points": points,
        "polarity": "met_is_bad" if bad else "met_is_good",
        "gate": ("veto" if bad else "required") if gate else None,
        "tags": (tag,),
    },
    st.sampled_from([-8.0, -1.5, 0.0, 1.0, 7.0]),
    st.booleans(),
    st.booleans(),
    st.sampled_from(CATEGORIES),
)


@given(
    st.lists(st.tuples(CRITERION, st.sampled_from([0.0, 0.25, 0.5, 1.0])), min_size=1, max_size=6),
    st.sampled_from(["healthbench", "rar", "plain"]),
    st.sampled_from(["equal", "points"]),
)
def test_it_is_the_score_of_a_reply_that_was_judged_whole(
    parts: list[tuple[dict[str, object], float]], normalise: str, weights: str
) -> None:
    rubric = Rubric(
        id="r",
        criteria=tuple(
            Criterion.model_validate({"id": f"c{n}", "criterion": "Is good.", **fields})
            for n, (fields, _) in enumerate(parts)
        ),
        aggregate=Aggregate.model_validate({"normalise": normalise, "weights": weights}),
    )
    met = [value for _, value in parts]
    good = [criterion.goodness(value) for criterion, value in zip(rubric.criteria, met, strict=True)]
    full = score_rubric(rubric, met)
    assert whole_score(rubric, good) == full.score
    assert full.coverage == 1.0


def test_a_closed_gate_leaves_nothing_to_earn() -> None:
    """Required and half missed: 4 * 0.4 + 4 of 8 points would be 0.7."""
    first = Criterion(id="a", criterion="Must.", points=4, gate="required")
    rubric = Rubric(id="r", criteria=(first, Criterion(id="b", criterion="May.", points=4)))
    assert whole_score(rubric, [0.4, 1.0]) == 0.0
    assert whole_score(rubric, [0.5, 1.0]) == pytest.approx(0.75)
