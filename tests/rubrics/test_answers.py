"""Files of judged answers."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics import RubricError, SourceError, parse_rubric
from rvpo.rubrics.answers import Answer, library_answers, read_answers

RUBRIC = parse_rubric("""
id: r
criteria:
  - {id: fever, criterion: Mentions the fever.}
  - {id: tone, criterion: How is the tone?, options: [rough, plain, warm, {label: n/a, na: true}]}
  - {id: depth, criterion: How deep is it?, range: {min: 1, max: 5}}
  - {id: short, criterion: Is short., kind: length, rule: {max: 5}}
""")


def written(folder: Path, *rows: Any) -> Path:
    path = folder / "answers.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def row(expected: Any = None, **keys: Any) -> dict[str, Any]:
    return {"id": "q", "prompt": "What now?", "response": "Rest."} | keys | {"expected": expected}


def test_an_answer_is_a_prompt_row_with_a_reply_and_labels(tmp_path: Path) -> None:
    labels = {"fever": True, "tone": "Warm", "depth": 2, "short": 0.5}
    path = written(tmp_path, row(labels, reference="Rest", topic="flu"), row(None, reference="Rest"))
    first, second = read_answers(path, RUBRIC)
    assert (first.row.id, first.row.messages[0]["content"], first.row.reference) == ("q", "What now?", "Rest")
    assert first.response == "Rest."
    assert first.expected == labels
    assert first.row.fields == {"reference": "Rest", "topic": "flu"}, "what is judged is no field of the row"
    assert second.expected == {}


def test_null_is_no_label(tmp_path: Path) -> None:
    (answer,) = read_answers(written(tmp_path, row({"fever": None, "tone": "n/a"})), RUBRIC)
    assert answer.expected == {"tone": "n/a"}


def test_a_reply_may_be_empty_and_labels_missing(tmp_path: Path) -> None:
    (answer,) = read_answers(written(tmp_path, {"prompt": "Hm?", "response": ""}), RUBRIC)
    assert (answer.row.id, answer.response, answer.expected) == ("line-1", "", {})


def test_without_a_rubric_labels_are_taken_as_they_are(tmp_path: Path) -> None:
    labels = {"anything": "goes", "huge": 10**400}
    (answer,) = read_answers(written(tmp_path, row(labels)))
    assert answer.expected == labels


def test_the_rows_own_rubric_goes_first(tmp_path: Path) -> None:
    own = {"id": "own", "criteria": [{"id": "kind", "criterion": "Is kind."}]}
    (answer,) = read_answers(written(tmp_path, row({"kind": True}, rubric=own)), RUBRIC)
    assert answer.expected == {"kind": True}
    with pytest.raises(SourceError, match=r'unknown criterion "fever"; the rubric\'s: kind$'):
        read_answers(written(tmp_path, row({"fever": True}, rubric=own)), RUBRIC)


def test_healthbench_rows_can_carry_replies(tmp_path: Path) -> None:
    healthbench = {
        "prompt_id": "h1",
        "prompt": [{"role": "user", "content": "What now?"}],
        "rubrics": [{"criterion": "Asks for the age", "points": 5, "tags": ["axis:context_awareness"]}],
        "example_tags": [],
        "response": "How old are you?",
    }
    (answer,) = read_answers(written(tmp_path, healthbench))
    assert answer.row.rubric is not None
    (criterion,) = answer.row.rubric.criteria
    (labelled,) = read_answers(written(tmp_path, healthbench | {"expected": {criterion.id: True}}))
    assert labelled.expected == {criterion.id: True}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ({"prompt": "Hm?"}, "the key response is missing"),
        ({"prompt": "Hm?", "responce": "Yes"}, "the key response is missing; responce looks like it"),
        (row(response=["Yes"]), "response: got a list, should be text"),
        ({"response": "Yes", "promt": "Hm?"}, "the key prompt is missing; promt looks like it"),
        (row([True]), "expected: got a list, should be a mapping of criterion ids to verdicts"),
        (
            row({"fevre": True}),
            'expected: unknown criterion "fevre"; the rubric\'s: fever, tone, depth, short; did you mean fever?',
        ),
        (row({"fever": "yes"}), 'expected.fever: got "yes", allowed true | false'),
        (row({"fever": 1}), "expected.fever: got 1, allowed true | false"),
        (
            row({"tone": "worm"}),
            'expected.tone: got "worm", allowed rough | plain | warm | n/a; did you mean warm?',
        ),
        (row({"depth": 6}), "expected.depth: got 6, allowed a number from 1 to 5"),
        (row({"depth": True}), "expected.depth: got true, allowed a number from 1 to 5"),
        (row({"short": 1.5}), "expected.short: got 1.5, allowed true | false | a number from 0 to 1"),
        (
            row({"fever": {"met": True}}),
            "expected.fever: got a mapping, should be true, false, a number, a label or null",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_line(line: Any, says: str, tmp_path: Path) -> None:
    path = written(tmp_path, row({"fever": True}), {**line, "id": "other"})
    with pytest.raises(SourceError) as caught:
        read_answers(path, RUBRIC)
    assert str(caught.value) == f"{path}:2: {says}"


def test_rows_of_one_id_are_replies_to_one_prompt(tmp_path: Path) -> None:
    rows = [row(), row(response="Sleep."), row(prompt="What then?")]
    with pytest.raises(SourceError, match=r':3: the id "q" has another prompt or reference in line 1$'):
        read_answers(written(tmp_path, *rows))


def test_a_file_cut_off_is_called_that(tmp_path: Path) -> None:
    path = written(tmp_path, row())
    path.write_text(path.read_text(encoding="utf-8")[:-9], encoding="utf-8")
    with pytest.raises(SourceError, match=r"answers.jsonl:1: the last line has no line end"):
        read_answers(path)


def test_unknown_library_name() -> None:
    with pytest.raises(RubricError, match=r'^no library rubric "safety"; there are: .*safety_and_refusal'):
        library_answers("safety")


LABELS = st.fixed_dictionaries(
    {},
    optional={
        "fever": st.booleans(),
        "tone": st.sampled_from(["rough", "plain", "warm", "n/a"]),
        "depth": st.floats(1, 5),
        "short": st.booleans() | st.floats(0, 1),
    },
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(st.tuples(TEXTS, LABELS), min_size=1, max_size=5))
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, replies: list[tuple[str, dict[str, Any]]]
) -> None:
    rows = [row(labels, response=response) for response, labels in replies]
    answers = read_answers(written(tmp_path_factory.mktemp("any"), *rows), RUBRIC)
    assert [(answer.response, answer.expected) for answer in answers] == replies


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | TEXTS,
        lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    )
)
def test_any_labels_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, labels: Any) -> None:
    path = written(tmp_path_factory.mktemp("any"), row(labels))
    result: tuple[Answer, ...] | str
    try:
        result = read_answers(path, RUBRIC)
    except SourceError as error:
        result = str(error)
    if isinstance(result, str):
        assert "\n" not in result
        assert result.startswith(f"{path}:1: expected")
    else:
        assert set(result[0].expected) <= {criterion.id for criterion in RUBRIC.criteria}
