"""Rubrics as Rewards: categories, polarity by wording, and a way back. Rows are written for this test."""

import json
from pathlib import Path
from typing import Any

import pytest

from rvpo.rubrics import SourceError, read_prompt_rows
from rvpo.rubrics.formats.contract import Ambiguous, Imported, Note
from rvpo.rubrics.formats.rar import RAR
from rvpo.rubrics.formats.source import Source
from rvpo.rubrics.rows import PromptRow
from rvpo.rubrics.schema import Rubric

RUBRIC = [
    {"title": "Names drug", "description": "Essential Criteria: Names aspirin.", "weight": 5},
    {"title": "Says why", "description": "Important Criteria: Says why.", "weight": 3},
    {"title": "Brief", "description": "Optional Criteria: Is brief.", "weight": 1},
    {"title": "Omits dose", "description": "Pitfall Criteria: Does not mention the dose.", "weight": -1},
    {"title": "Avoids jargon", "description": "Pitfall Criteria: The response should avoid jargon.", "weight": -2},
]  # fmt: skip
DOUBTFUL = {
    "title": "Delay",
    "description": "Pitfall Criteria: Does not suggest delaying fluids.",
    "weight": -2,
}


def row(*items: dict[str, Any], **others: Any) -> dict[str, Any]:
    rubric = list(items) or RUBRIC
    return {
        "question": "Which drug?",
        "reference_answer": "Aspirin.",
        "question_source": "made up",
        "rubric": rubric,
        "rubric_list": [item.get("description") for item in rubric],
        "rubric_count": len(rubric),
        **others,
    }


def read(tmp_path: Path, *rows: dict[str, Any], ambiguous: Ambiguous = "met_is_bad") -> Imported:
    file = tmp_path / "rar.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in rows))
    return RAR.read(Source(file), ambiguous)


def rubric_of(imported: Imported) -> Rubric:
    assert imported.rows[0].rubric is not None
    return imported.rows[0].rubric


def test_a_row(tmp_path: Path) -> None:
    imported = read(tmp_path, row())
    assert imported.notes == ()
    (found,) = imported.rows
    assert (found.id, found.reference) == ("line-1", "Aspirin.")
    assert found.messages == ({"role": "user", "content": "Which drug?"},)
    assert found.fields == {"question_source": "made up", "reference": "Aspirin."}
    rubric = rubric_of(imported)
    assert rubric.aggregate.normalise == "rar"
    assert [(c.id, c.criterion, c.points, c.polarity, c.tags) for c in rubric.criteria] == [
        ("Names_drug", "Names aspirin.", 5, "met_is_good", ("category:essential",)),
        ("Says_why", "Says why.", 3, "met_is_good", ("category:important",)),
        ("Brief", "Is brief.", 1, "met_is_good", ("category:optional",)),
        ("Omits_dose", "Does not mention the dose.", -1, "met_is_bad", ("category:pitfall",)),
        ("Avoids_jargon", "The response should avoid jargon.", -2, "met_is_good", ("category:pitfall",)),
    ]


def test_every_ambiguous_pitfall_is_noted_with_its_row_and_text(tmp_path: Path) -> None:
    imported = read(tmp_path, row(), row(RUBRIC[0], DOUBTFUL))
    assert imported.notes == (
        Note(
            "line 2: rubric[1]",
            "may be meant either way, taken as met_is_bad: Does not suggest delaying fluids.",
            "ambiguous",
        ),
    )
    assert imported.rows[1].rubric is not None
    assert imported.rows[1].rubric.criteria[1].polarity == "met_is_bad"


def test_what_an_ambiguous_pitfall_is_taken_for(tmp_path: Path) -> None:
    imported = read(tmp_path, row(DOUBTFUL), ambiguous="met_is_good")
    assert rubric_of(imported).criteria[0].polarity == "met_is_good"
    with pytest.raises(SourceError) as caught:
        read(tmp_path, row(), row(RUBRIC[0], DOUBTFUL), ambiguous="error")
    assert str(caught.value) == (
        f'{tmp_path}/rar.jsonl:2: rubric[1].description: got "Does not suggest delaying fluids.", '
        "which may be meant either way; say how to take such a pitfall: met_is_bad | met_is_good"
    )


@pytest.mark.parametrize(
    ("description", "weight", "category", "note"),
    [
        ("Esssential Criteria: X.", 5, "essential", "category esssential taken for essential"),
        ("Importance Criteria: X.", 4, "important", "category importance taken for important"),
        ("OPTIONAL  criterion : X.", 1, "optional", None),
        (
            "Universal Criteria: X.",
            4,
            "important",
            "no category of the four; by its weight 4 taken for important",
        ),
        ("X.", 2, "optional", "no category of the four; by its weight 2 taken for optional"),
        ("Fails at X.", -1, "pitfall", "no category of the four; by its weight -1 taken for pitfall"),
    ],
)
def test_categories(tmp_path: Path, description: str, weight: int, category: str, note: str | None) -> None:
    imported = read(tmp_path, row({"title": "t", "description": description, "weight": weight}))
    assert rubric_of(imported).criteria[0].tags == (f"category:{category}",)
    assert [each.text for each in imported.notes] == ([note] if note else [])


def test_counts_and_titles_that_do_not_fit_are_noted(tmp_path: Path) -> None:
    item = {"title": "CT (plain)", "description": "Essential Criteria: X.", "weight": 5}
    assert [
        (note.place, note.text, note.severity) for note in read(tmp_path, row(item, rubric_count=3)).notes
    ] == [
        ("line 1", "rubric_count is 3, the rubric has 1 criteria", "note"),
        ("line 1: rubric[0]", 'the title "CT (plain)", now the id CT_plain', "lost"),
    ]


def test_an_empty_reference_is_none(tmp_path: Path) -> None:
    assert read(tmp_path, row(reference_answer="")).rows[0].reference is None
    assert "reference" not in read(tmp_path, row(reference_answer=None)).rows[0].fields


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"question": 3}, "question: got 3, should be text"),
        ({"reference_answer": []}, "reference_answer: got a list, should be text"),
        ({"rubric": [{"description": "x", "weight": "5"}]}, "rubric[0].weight: got"),
        ({"rubric": [{"descripton": "x", "weight": 5}]}, 'rubric[0]: unknown key "descripton"'),
        ({"rubric": []}, "rubric: got"),
    ],
)
def test_errors_name_the_line_and_the_place(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(tmp_path, row(), {**row(), **change})
    assert str(caught.value).startswith(f"{tmp_path}/rar.jsonl:2: {message}")
    assert len(str(caught.value).splitlines()) == 1


def test_a_missing_question(tmp_path: Path) -> None:
    data = row()
    data["questions"] = data.pop("question")
    with pytest.raises(SourceError, match=r":1: the key question is missing; questions looks like it$"):
        read(tmp_path, data)


def test_there_and_back(tmp_path: Path) -> None:
    rows = [row(id="q1"), row(RUBRIC[0], question="Why?", reference_answer="")]
    exported = RAR.write(read(tmp_path, *rows), ".jsonl")
    assert exported.notes == ()
    assert [json.loads(line) for line in exported.text.splitlines()] == rows


def test_healthbench_rows_say_what_is_lost(shared: Path) -> None:
    rows = read_prompt_rows(shared / "data" / "healthbench_sample.jsonl")[:3]
    exported = RAR.write(Imported(rows), ".jsonl")
    texts = {note.text for note in exported.notes if note.severity == "lost"}
    assert any(text.startswith("the tags ") for text in texts)
    assert len(exported.text.splitlines()) == 3


def test_a_polarity_that_the_wording_does_not_tell_is_lost() -> None:
    rubric = Rubric.model_validate(
        {
            "id": "r",
            "criteria": [
                {"id": "a", "criterion": "Recommends rest.", "points": -1, "polarity": "met_is_good"},
                {"id": "b", "criterion": "Is kind.", "points": 2.5, "examples": [{"response": "x", "verdict": True}]},
            ],
        }
    )  # fmt: skip
    given = PromptRow(
        "p", ({"role": "system", "content": "s"}, {"role": "user", "content": "q"}), rubric=rubric
    )
    exported = RAR.write(Imported((given,)), ".jsonl")
    assert [(note.place, note.text, note.severity) for note in exported.notes] == [
        ("row p: b", "examples", "lost"),
        ("row p: a", "no category; by its points -1 written as pitfall", "note"),
        ("row p: a", "polarity met_is_good, which its wording does not tell", "lost"),
        ("row p: b", "no category; by its points 2.5 written as optional", "note"),
        ("row p", "the roles of its 2 turns, now one text", "lost"),
    ]
    written = json.loads(exported.text)
    assert written["question"] == "system: s\n\nuser: q"
    assert written["rubric"][1] == {"title": "b", "description": "Optional Criteria: Is kind.", "weight": 2.5}
