"""The shipped items: deterministic, disjoint, solvable, and harder than what is trained on."""

from rvpo.harness.demo.items import SIZES, heldout_rows, load_world, tool_call_rows
from rvpo.rubrics import evaluate_rule, library_rubric

SPLITS = {split: tool_call_rows(split) for split in SIZES}


def test_sizes_are_those_promised() -> None:
    assert {split: len(rows) for split, rows in SPLITS.items()} == dict(SIZES)
    assert SIZES["train"] >= 240
    assert SIZES["heldout"] >= 120
    assert len({call["name"] for row in SPLITS["heldout"] for call in row["calls"]}) == len(
        load_world().tools
    )


def test_the_same_seed_gives_the_same_rows() -> None:
    assert heldout_rows() == SPLITS["heldout"]
    assert tool_call_rows("heldout", seed=1) != SPLITS["heldout"]


def test_no_request_occurs_twice() -> None:
    requests = [row["prompt"][-1]["content"] for rows in SPLITS.values() for row in rows]
    assert len(set(requests)) == len(requests)


def test_every_reference_meets_every_criterion() -> None:
    for rows in SPLITS.values():
        for row in rows:
            for criterion in library_rubric("tool_calling").criteria:
                outcome = evaluate_rule(criterion, row["reference"], row)
                assert outcome.met == 1.0, (row["id"], criterion.id, outcome.reason)


def test_heldout_items_hold_values_that_training_never_shows() -> None:
    def values(split: str) -> set[str]:
        return {
            repr((name, value))
            for row in SPLITS[split]  # type: ignore[index]
            for call in row["calls"]
            for name, value in call["arguments"].items()
        }

    unseen = values("heldout") - values("train")
    assert len(unseen) >= 30


def test_some_requests_need_no_tool() -> None:
    for rows in SPLITS.values():
        assert 0.05 < sum(not row["calls"] for row in rows) / len(rows) < 0.22
