"""Exams: what is read, what is refused, and an identity that two runs can be compared by."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.harness.demo.items import heldout_rows
from rvpo.harness.errors import ExamError
from rvpo.harness.exam import Exam, load_exam
from rvpo.harness.items import ExamItem, prompt_hash
from rvpo.rubrics import MissingField, Rubric, parse_rubric

WriteRows = Callable[[str, list[dict[str, Any]]], Path]


def test_prompt_hash_is_sha256_of_role_content_pairs() -> None:
    # printf '[["user", "hi"]]' | sha256sum
    expected = "675b797826f34c78b4322399d22d69a6f202258ae75ac2a2b1ad9573ad7b1dab"
    assert prompt_hash([{"content": "hi", "role": "user"}]) == expected


def test_shipped_tool_calls_need_no_file() -> None:
    exam = load_exam("tool_calls")
    assert len(exam.items) == len(heldout_rows())
    assert len({item.id for item in exam.items}) == len(heldout_rows())
    assert {item.rubric.id for item in exam.items} == {"tool_calling"}
    assert all(isinstance(item.fields["calls"], list) for item in exam.items)
    assert exam.identity() == load_exam("tool_calls").identity()


def test_healthbench_rows_bring_their_rubrics(shared: Path) -> None:
    exam = load_exam("healthbench", shared / "data/healthbench_sample.jsonl")
    assert len(exam.items) == 169
    assert len({item.id for item in exam.items}) == 169
    assert sum(len(item.rubric.criteria) for item in exam.items) == 1439
    first = json.loads((shared / "data/healthbench_sample.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert [dict(turn) for turn in exam.items[0].messages] == [
        {"role": turn["role"], "content": turn["content"]} for turn in first["prompt"]
    ]


def test_refusals(write_rows: WriteRows, rules_rubric: Rubric) -> None:
    plain = write_rows("plain.jsonl", [{"id": "a", "prompt": "hi", "call": []}])
    own = write_rows(
        "own.jsonl", [{"id": "a", "prompt": "hi", "rubric": rules_rubric.model_dump(mode="json")}]
    )
    with pytest.raises(ExamError, match=r"no task 'tool_cals'.*did you mean tool_calls"):
        load_exam("tool_cals")
    with pytest.raises(ExamError, match=r"healthbench needs a data file"):
        load_exam("healthbench")
    with pytest.raises(ExamError, match=r"plain.jsonl: item 'a' has no rubric"):
        load_exam("healthbench", plain)
    with pytest.raises(MissingField, match=r"item 'a': criterion 'one_clean_call': .*no field \"calls\""):
        load_exam("tool_calls", plain)
    with pytest.raises(ExamError, match=r"own rubric, so rubric 'words' would judge nothing"):
        load_exam("tool_calls", own, rules_rubric)
    assert load_exam("healthbench", plain, rules_rubric).items[0].rubric is rules_rubric


def _exam(count: int) -> Exam:
    rubric = parse_rubric("{id: r, criteria: [{id: c, criterion: Is right.}]}")
    items = tuple(
        ExamItem(id=str(number), messages=({"role": "user", "content": "q"},), rubric=rubric)
        for number in range(count)
    )
    return Exam(task="t", title="T", items=items)


@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 5))
def test_a_larger_sample_holds_the_smaller_in_the_same_order(small: int, large: int, seed: int) -> None:
    small, large = sorted((small, large))
    exam = _exam(20)
    ids = [item.id for item in exam.subset(sample=large, seed=seed).items]
    fewer = [item.id for item in exam.subset(sample=small, seed=seed).items]
    assert len(fewer) == min(small, 20)
    assert fewer == [name for name in ids if name in fewer]
    assert ids == sorted(ids, key=int)


def test_seeds_pick_different_samples_and_limit_the_first() -> None:
    exam = _exam(50)
    picks = {tuple(item.id for item in exam.subset(sample=5, seed=seed).items) for seed in range(8)}
    assert len(picks) == 8
    assert [item.id for item in exam.subset(limit=3).items] == ["0", "1", "2"]
    with pytest.raises(ExamError, match="limit: got 0"):
        exam.subset(limit=0)


def test_identity_changes_with_all_that_matters_and_nothing_else() -> None:
    exam = _exam(3)
    first = exam.items[0]
    other = parse_rubric("{id: r, criteria: [{id: c, criterion: Is wrong.}]}")

    def changed(**change: Any) -> Exam:
        items = (msgspec.structs.replace(first, **change), *exam.items[1:])
        return msgspec.structs.replace(exam, items=items)

    assert msgspec.structs.replace(exam, title="X").identity() == exam.identity()
    variants = [
        changed(id="x"),
        changed(messages=({"role": "user", "content": "Q"},)),
        changed(rubric=other),
        changed(fields={"calls": []}),
        changed(reference="a"),
        exam.subset(limit=2),
    ]
    identities = [json.dumps(each.identity(), sort_keys=True) for each in [exam, *variants]]
    assert len(set(identities)) == len(identities)
