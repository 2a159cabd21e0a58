"""Reuse: what holds in the composed rubric, and one line with the right file and line where it goes wrong."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from rvpo.rubrics import Rubric, SourceError, library_rubric, load_rubric, parse_rubric, rubric_hash
from rvpo.rubrics.compose.resolve import MAX_DEPTH

Write = Callable[..., Path]

BASE = """\
id: base
title: Base
version: 3
guidelines: Judge the last reply.
fields: [reference]
aggregate: {view: axes, weights: points}
judge: {view: reply}
components:
  - {id: c, title: Care, weight: 2}
criteria:
  - id: right
    criterion: Agrees with {reference}.
    points: 3
    tags: ["axis:accuracy"]
  - id: kind
    criterion: Is kind.
    component: c
fragments:
  safety:
    - id: harm
      criterion: Does harm.
      points: -3
      polarity: met_is_bad
    - use: sources
  sources:
    - {id: cites, criterion: "Cites {source}, {reference} or {other}."}
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str, name: str = "child.yaml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    write(BASE, "base.yaml")
    return write


def complaint(path: Path) -> str:
    """What loading complains about, without the folder."""
    with pytest.raises(SourceError) as caught:
        load_rubric(path)
    text = str(caught.value)
    assert text.isprintable()
    return text.replace(f"{path.parent}/", "")


def ids(rubric: Rubric) -> list[str]:
    return [criterion.id for criterion in rubric.criteria]


def test_all_keys_but_the_id_hold_unless_overridden(write: Write) -> None:
    child = load_rubric(write("id: child\nextends: base.yaml\nversion: 1\naggregate: {weights: equal}\n"))
    base = load_rubric(write(BASE, "base.yaml"))
    assert child == base.model_copy(
        update={
            "id": "child",
            "version": 1,
            "aggregate": base.aggregate.model_copy(update={"weights": "equal"}),  # view: axes stays
        }
    )


def test_criteria_and_components_are_merged_by_id(write: Write) -> None:
    child = load_rubric(
        write(
            """\
id: child
extends: base.yaml
components: [{id: d}, {id: c, title: Warmth}]
criteria:
  - {id: new, criterion: Is new., component: d}
  - {id: right, points: 9, tags: []}
"""
        )
    )
    assert ids(child) == ["right", "kind", "new"]  # the base's order, then what is new
    right = child.criteria[0]
    assert (right.criterion, right.points, right.tags) == ("Agrees with {reference}.", 9, ())
    assert [(c.id, c.title, c.weight) for c in child.components] == [("c", "Warmth", 2), ("d", "", None)]


def test_a_dropped_criterion_may_be_written_anew(write: Write) -> None:
    child = load_rubric(
        write(
            "id: child\nextends: base.yaml\ndrop: [right]\ncriteria:\n- {id: right, criterion: Is right.}\n"
        )
    )
    assert ids(child) == ["kind", "right"]
    assert child.criteria[1].points == 1  # nothing of the base's is left
    assert child.criteria[1].tags == ()


def test_null_takes_an_inherited_setting_back(write: Write) -> None:
    write("id: b\ncriteria:\n- {id: a, criterion: x, options: [low, high], gate: required}\n", "b.yaml")
    child = load_rubric(
        write("id: c\nextends: b.yaml\ncriteria:\n- {id: a, options: null, gate: null, scale: binary}\n")
    )
    assert (child.criteria[0].options, child.criteria[0].gate) == (None, None)


def test_fields_add_up(write: Write) -> None:
    child = load_rubric(write("id: child\nextends: base.yaml\nfields: [extra, reference]\n"))
    assert child.fields == ("reference", "extra")


def test_fragments_stand_where_they_are_used_and_bring_the_fields_they_name(write: Write) -> None:
    write(BASE.replace("fields: [reference]", "fields: [unused, source, reference]"), "lib/house.yaml")
    rubric = load_rubric(
        write(
            """\
id: r
criteria:
  - {id: first, criterion: Is first.}
  - use: lib/house.yaml#safety
  - use: mine
fragments:
  mine:
    - {id: last, criterion: Is last.}
"""
        )
    )
    assert ids(rubric) == ["first", "harm", "cites", "last"]
    assert rubric.criteria[1].polarity == "met_is_bad"
    assert rubric.fields == (
        "source",
        "reference",
    )  # not unused; {other} is no field there, so it stays a text


def test_a_fragment_may_override_the_base(write: Write) -> None:
    child = load_rubric(
        write(
            "id: c\nextends: base.yaml\ncriteria: [use: stern]\n"
            "fragments: {stern: [{id: kind, criterion: Is stern., points: 2}]}\n"
        )
    )
    assert [(c.id, c.criterion, c.component) for c in child.criteria][1] == ("kind", "Is stern.", "c")


def test_paths_are_those_of_the_file_that_says_them(write: Write, tmp_path: Path) -> None:
    write("id: middle\nextends: ../base.yaml\ncriteria: [use: parts/more.yaml#m]\n", "deep/middle.yaml")
    write("fragments: {m: [{id: more, criterion: x}]}", "deep/parts/more.yaml")
    child = load_rubric(write("id: top\nextends: deep/middle.yaml\n"))
    assert ids(child) == ["right", "kind", "more"]
    assert load_rubric(write(f"id: top\nextends: {tmp_path}/deep/middle.yaml\n")) == child


def test_the_library_is_extended_from_anywhere() -> None:
    child = parse_rubric("id: mine\nextends: library:medical_consultation\ndrop: [padded]\n")
    base = library_rubric("medical_consultation")
    assert ids(child) == [name for name in ids(base) if name != "padded"]
    assert child.guidelines == base.guidelines


def test_a_composed_rubric_is_the_same_as_one_written_out(write: Write) -> None:
    composed = load_rubric(write("id: r\nextends: base.yaml\ncriteria: [{id: kind, points: 2}]\n"))
    plain = BASE.partition("fragments:")[0].replace("id: base", "id: r")
    plain = plain.replace("component: c", "component: c\n    points: 2")
    assert rubric_hash(composed) == rubric_hash(parse_rubric(plain))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id: c\nextends: bse.yaml", "child.yaml:2: bse.yaml: no such file; did you mean base.yaml?"),
        ("id: c\nextends: library:tool_caling", 'child.yaml:2: no library rubric "tool_caling"; there are: ... did you mean tool_calling?'),
        ("id: c\nextends: https://x.org/r.yaml", 'child.yaml:2: "https://x.org/r.yaml" is a URL; only files and library:NAME are read'),
        ("id: c\nextends: .", "child.yaml:2: ... is no file"),
        ('id: c\nextends: "a\\0b"', "child.yaml:2: a\\x00b: is no path"),
        ("id: c\nextends: [a]", "child.yaml:2: extends: got a list, should be text..."),
        ("id: c\nextend: base.yaml\ncriteria: [{id: a, criterion: x}]", 'child.yaml:2: unknown key "extend"; ... did you mean extends?'),
        ("id: c\nextends: base.yaml\ncriterias: []", 'child.yaml:3: unknown key "criterias"; ...criteria...'),
        ("extends: base.yaml", "child.yaml:1: the key id is missing; a rubric that extends another has an id of its own"),
        ("id: c\nextends: base.yaml\ndrop: [kind,\n  rihgt]", 'child.yaml:4: drop[1]: no criterion "rihgt" in base.yaml; did you mean right?'),
        ("id: c\ndrop: [kind]\ncriteria: [{id: a, criterion: x}]", "child.yaml:2: drop: nothing to drop from, as the file extends no other"),
        ("id: c\nextends: child.yaml", "child.yaml:2: extends: goes in a circle: child.yaml -> child.yaml"),
        ("id: c\nextends: base.yaml\ncriteria:\n- id: kind\n  points: many", 'child.yaml:5: criteria[1].points: got "many", ...'),
        ("id: c\nextends: base.yaml\ncriteria:\n- id: kind\n  points: -1", "child.yaml:4: criteria[1]: points are -1 and polarity is not said: ..."),
        ("id: c\nextends: base.yaml\ncriteria:\n- {id: x, criterion: x, point: 2}", 'child.yaml:4: criteria[2]: unknown key "point"; ... did you mean points?...'),
        ("id: c\nextends: base.yaml\ncriteria:\n- points: 2", "child.yaml:4: criteria[0]: the key id is missing"),
        ("id: c\nextends: base.yaml\ncriteria:\n- id: 2", "child.yaml:4: criteria[0]: got the id 2, should be text"),
        ("id: c\nextends: base.yaml\ncriteria:\n- kind", 'child.yaml:4: criteria[0]: got "kind", should be a mapping of keys'),
        ("id: c\nextends: base.yaml\ncriteria:\n- {id: kind}\n- {id: kind}", 'child.yaml:5: criteria[1]: the id "kind" is taken already, at child.yaml:4'),
        ("id: c\nextends: base.yaml\ncomponents:\n- {id: d}\n- {id: d}", 'child.yaml:5: components[1]: the id "d" is taken already, at child.yaml:4'),
        ("id: c\nextends: base.yaml\ncomponents:\n- {use: d}", "child.yaml:4: components[0]: the key id is missing"),
        ("id: c\ncriteria:\n- {id: harm, criterion: x}\n- use: base.yaml#safety", 'base.yaml:20: fragments.safety[0]: the id "harm" is taken already, at child.yaml:3'),
        ("id: c\ncriteria:\n- use: safety", 'child.yaml:3: criteria[0].use: no fragment "safety" in child.yaml; it has none'),
        ("id: c\ncriteria:\n- use: base.yaml#safty", 'child.yaml:3: criteria[0].use: no fragment "safty" in base.yaml; there are: safety, sources; did you mean safety?'),
        ("id: c\ncriteria:\n- use: base.yaml", 'child.yaml:3: criteria[0].use: no fragment "base.yaml" in child.yaml; it has none; a fragment of another file is written FILE#NAME'),
        ("id: c\ncriteria:\n- use: [a]", "child.yaml:3: criteria[0].use: got a list, should be text..."),
        ("id: c\ncriteria:\n- {use: a, points: 2}\nfragments: {a: [{id: x, criterion: x}]}", 'child.yaml:3: criteria[0]: unknown key "points"...'),
        ("id: c\ncriteria: [use: a]\nfragments:\n  a:\n  - use: b\n  b:\n  - use: a", "child.yaml:7: fragments.b[0].use: goes in a circle: child.yaml -> child.yaml#a -> child.yaml#b -> child.yaml#a"),
        ("id: c\ncriteria: [use: a]\nfragments:\n  a: []", "child.yaml:4: fragments.a: got 0 items, should be at least 1"),
        ("id: c\ncriteria: [{id: a, criterion: x}]\nfragments:\n  unused:\n  - {id: b, criterion: 3}", "child.yaml:5: fragments.unused[0].criterion: got 3, should be text; put it in quotes"),
        ("fragments: {a: [{id: b, criterion: x}]}", "child.yaml:1: holds only fragments and is no rubric; one takes them in by - use: child.yaml#a"),
        ("- a", "child.yaml:1: got a list, should be a mapping of keys"),
    ],
)  # fmt: skip
def test_complaints(write: Write, text: str, message: str) -> None:
    assert re.fullmatch(pattern(message), complaint(write(text)))


def pattern(message: str) -> str:
    """Three dots stand for any text."""
    return ".*".join(map(re.escape, message.split("...")))


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("id: [", "base.yaml:1: not YAML: ..."),
        ("id: b\ncriteria:\n- id: a\n  criterion: x\n  points: ten", 'base.yaml:5: criteria[0].points: got "ten", ...'),
        ("id: b\ncriteria:\n- id: a\n  criterion: x\ncritera: 3", 'base.yaml:5: unknown key "critera"; ...'),
        ("- a", "base.yaml:1: got a list, should be a mapping of keys"),
        ("", "base.yaml: the file is empty"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_base_is_placed_there(write: Write, broken: str, message: str) -> None:
    write(broken, "base.yaml")
    assert re.fullmatch(pattern(message), complaint(write("id: c\nextends: base.yaml\n")))


def test_depth_has_an_end(write: Write) -> None:
    for level in range(MAX_DEPTH + 2):
        write(f"id: r{level}\nextends: r{level + 1}.yaml\n", f"r{level}.yaml")
    write(f"id: r{MAX_DEPTH}\ncriteria: [{{id: a, criterion: x}}]\n", f"r{MAX_DEPTH}.yaml")
    path = write("id: r0\nextends: r1.yaml\n", "r0.yaml")
    assert ids(load_rubric(path)) == ["a"]  # eight below the first
    write(f"id: r{MAX_DEPTH}\nextends: r{MAX_DEPTH + 1}.yaml\n", f"r{MAX_DEPTH}.yaml")
    write("id: last\ncriteria: [{id: a, criterion: x}]\n", f"r{MAX_DEPTH + 1}.yaml")
    assert complaint(path).startswith(
        "r8.yaml:2: extends: reuse goes more than 8 deep: r0.yaml -> r1.yaml -> "
    )


def test_a_bomb_of_fragments_stops_at_its_first_repetition(write: Write) -> None:
    levels = "".join(f"  f{n}: [{', '.join([f'use: f{n + 1}'] * 50)}]\n" for n in range(7))
    text = f"id: c\ncriteria: [use: f0]\nfragments:\n{levels}  f7: [{{id: x, criterion: x}}]\n"
    assert 'the id "x" is taken already' in complaint(write(text))


def test_text_without_a_folder_reaches_the_library_only() -> None:
    with pytest.raises(
        SourceError,
        match=r'^r:2: "tool_calling" may not be named here, only library:NAME; did you mean library:tool_calling\?$',
    ):
        parse_rubric("id: a\nextends: tool_calling", "r")
    with pytest.raises(SourceError, match=r'^r:3: "/etc/passwd" may not be named here, only library:NAME'):
        parse_rubric("id: a\ncriteria:\n- use: /etc/passwd#x", "r")


def test_a_folder_can_be_given_with_text(write: Write, tmp_path: Path) -> None:
    assert ids(parse_rubric("id: a\nextends: base.yaml", base=tmp_path)) == ["right", "kind"]
