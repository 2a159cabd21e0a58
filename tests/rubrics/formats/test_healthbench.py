"""HealthBench rows -> rubrics."""

import json
from pathlib import Path
from typing import Any

import pytest

from rvpo.rubrics import SourceError, rubric_from_healthbench

ROW: dict[str, Any] = {
    "prompt_id": "0f-1",
    "prompt": [{"role": "user", "content": "hi"}],
    "example_tags": ["theme:x"],
    "canary": "none",
    "rubrics": [
        {"criterion": "Is kind.", "points": 5, "tags": ["axis:a", "level:b"]},
        {"criterion": "Is rude.", "points": -3.5, "tags": []},
    ],
}


def test_a_row() -> None:
    rubric = rubric_from_healthbench(ROW)
    assert (rubric.id, rubric.tags, rubric.licence) == ("0f-1", ("theme:x",), "MIT")
    kind, rude = rubric.criteria
    assert (kind.id, kind.criterion, kind.points, kind.polarity) == ("c01", "Is kind.", 5.0, "met_is_good")
    assert (rude.id, rude.criterion, rude.points, rude.polarity) == ("c02", "Is rude.", -3.5, "met_is_bad")
    assert (kind.tags, rude.tags) == (("axis:a", "level:b"), ())


def test_the_sample_loses_nothing(shared: Path) -> None:
    lines = (shared / "data" / "healthbench_sample.jsonl").read_text().splitlines()
    for row in map(json.loads, lines):
        rubric = rubric_from_healthbench(row)
        assert [
            {"criterion": c.criterion, "points": c.points, "tags": list(c.tags)} for c in rubric.criteria
        ] == [{key: item[key] for key in ("criterion", "points", "tags")} for item in row["rubrics"]]
        assert list(rubric.tags) == row["example_tags"]


def test_ids_that_cannot_serve_become_a_stable_hash() -> None:
    odd = rubric_from_healthbench({**ROW, "prompt_id": "a b"}).id
    none = rubric_from_healthbench({**ROW, "prompt_id": None}).id
    assert odd.startswith("healthbench-")
    assert odd == rubric_from_healthbench({**ROW, "prompt_id": "a b", "rubrics": ROW["rubrics"][:1]}).id
    assert none != odd
    assert none != rubric_from_healthbench({"rubrics": ROW["rubrics"][:1]}).id


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rubrics": []}, "rubrics: got 0 items, should be at least 1"),
        ({"rubrics": "x"}, 'rubrics: got "x", should be a list'),
        ({"rubrics": [3]}, "rubrics[0]: got 3, should be a mapping of keys"),
        ({"rubrics": [{"criterion": "x"}]}, "rubrics[0]: the key points is missing"),
        ({"rubrics": [{"criterion": "x", "points": "5"}]}, 'rubrics[0].points: got "5", should be a number; leave the quotes out'),
        ({"rubrics": [{"criterion": "", "points": 5}]}, "rubrics[0].criterion: is empty"),
        (
            {"rubrics": [{"criterion": "x", "points": 5, "tag": []}]},
            'rubrics[0]: unknown key "tag"; it is called tags here',
        ),
        ({"prompt_id": 7}, "prompt_id: got 7, should be text; put it in quotes"),
        ({"example_tags": ["a", "a"]}, "example_tags: the tag 'a' occurs twice"),
    ],
)  # fmt: skip
def test_errors_are_one_line_in_the_words_of_the_row(change: dict[str, Any], message: str) -> None:
    with pytest.raises(SourceError) as caught:
        rubric_from_healthbench({**ROW, **change}, "data.jsonl:7")
    assert str(caught.value) == f"data.jsonl:7: {message}"


def test_a_row_without_rubrics() -> None:
    with pytest.raises(SourceError, match=r"^<healthbench row>: the key rubrics is missing$"):
        rubric_from_healthbench({"prompt": []})
