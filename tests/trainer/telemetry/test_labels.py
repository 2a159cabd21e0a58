"""Names that mean one thing stay; criteria of a prompt's own are counted by tag."""

from typing import Any

from rvpo.rubrics import Rubric, view_of
from rvpo.trainer.telemetry.labels import OTHER, UNTAGGED, entry_labels


def rubric(*criteria: tuple[str, str, list[str]], **rest: Any) -> Rubric:
    fields = [{"id": name, "criterion": text, "tags": tags} for name, text, tags in criteria]
    return Rubric.model_validate({"id": "r", "criteria": fields, **rest})


def labels_of(*rubrics: Rubric, most: int = 40) -> list[tuple[str, ...]]:
    return entry_labels(rubrics, [view_of(each) for each in rubrics], most)


def test_a_shared_criterion_keeps_its_name() -> None:
    first = rubric(("tone", "Kind.", ["axis:style"]), ("dose", "Right.", []))
    second = rubric(("tone", "Kind.", ["axis:style"]))
    assert labels_of(first, second) == [("tone", "dose"), ("tone",)]


def test_one_name_for_two_things_is_no_name() -> None:
    first = rubric(("c1", "Kind.", ["level:example", "axis:style"]), ("c2", "Right.", ["category:pitfall"]))
    second = rubric(("c1", "Short.", ["other:tag"]), ("c2", "Deep.", []))
    assert labels_of(first, second) == [("axis:style", "category:pitfall"), ("other:tag", UNTAGGED)]


def test_too_many_names_are_counted_by_tag_and_the_rarest_together() -> None:
    rubrics = [rubric((f"c{n}", f"Text {n}.", [f"axis:{n}" if n < 3 else "axis:often"])) for n in range(6)]
    assert labels_of(*rubrics) == [(f"c{n}",) for n in range(6)]
    assert labels_of(*rubrics, most=5)[:4] == [("axis:0",), ("axis:1",), ("axis:2",), ("axis:often",)]
    # Of four tags the most frequent and, of the equals, the first by name stay.
    assert labels_of(*rubrics, most=3) == [("axis:0",), (OTHER,), (OTHER,)] + [("axis:often",)] * 3


def test_entries_over_several_criteria_keep_their_name() -> None:
    first = rubric(
        ("c1", "Kind.", ["axis:style"]), ("c2", "Warm.", ["axis:style"]), aggregate={"view": "axes"}
    )
    second = rubric(("c1", "Right.", ["axis:facts"]), aggregate={"view": "axes"})
    assert labels_of(first, second, most=1) == [(OTHER,), (OTHER,)]
    assert labels_of(first, second) == [("axis:style",), ("axis:facts",)]
