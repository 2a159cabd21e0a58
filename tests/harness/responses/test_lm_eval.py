import json
from pathlib import Path
from typing import Any

import pytest

from rvpo.harness.responses.lm_eval import read_samples
from rvpo.rubrics import SourceError

SETTINGS = {"until": ["</s>"], "do_sample": False}


def sample(**fields: Any) -> dict[str, Any]:
    """A line as lm-eval 0.4.9 writes it for a ``generate_until`` task."""
    return {
        "doc_id": 0,
        "doc": {"question": "2 + 2?", "answer": "#### 4"},
        "target": "#### 4",
        "arguments": {"gen_args_0": {"arg_0": "Question: 2 + 2?\nAnswer:", "arg_1": SETTINGS}},
        "resps": [["It is 4."]],
        "filtered_resps": ["4"],
        "filter": "strict-match",
        "metrics": ["exact_match"],
        "doc_hash": "a",
        "prompt_hash": "b",
        "target_hash": "c",
        "exact_match": 1.0,
    } | fields


def rows(folder: Path, *lines: dict[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    path = folder / "samples_gsm8k_2026-01-01.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return list(read_samples(path))


def test_the_whole_reply_is_judged_and_the_document_is_kept(tmp_path: Path) -> None:
    ((line, row),) = rows(tmp_path, sample())
    assert line == 1
    assert row == {
        "id": "0",
        "prompt": "Question: 2 + 2?\nAnswer:",
        "response": "It is 4.",
        "question": "2 + 2?",
        "answer": "#### 4",
        "target": "#### 4",
        "reference": "#### 4",
    }


def test_a_document_under_two_filters_is_one_response(tmp_path: Path) -> None:
    lines = [sample(), sample(doc_id=1), sample(filter="flexible"), sample(doc_id=1, filter="flexible")]
    assert [row["id"] for _, row in rows(tmp_path, *lines)] == ["0", "1"]


def test_every_draw_is_a_response(tmp_path: Path) -> None:
    found = rows(tmp_path, sample(resps=[["4", "5", "4"]]))
    assert [(row["id"], row["response"]) for _, row in found] == [("0", "4"), ("0#2", "5"), ("0#3", "4")]


def test_the_messages_of_a_chat_endpoint_are_a_conversation(tmp_path: Path) -> None:
    turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "2 + 2?"}]
    for prompt in ([json.dumps(turns)], json.dumps(turns)):
        ((_, row),) = rows(tmp_path, sample(arguments={"gen_args_0": {"arg_0": prompt, "arg_1": SETTINGS}}))
        assert row["prompt"] == turns
    for text in ('[{"not": "closed"', '[{"role": 3}]'):
        ((_, row),) = rows(tmp_path, sample(arguments=[[text, SETTINGS]]))
        assert row["prompt"] == text


def test_a_healthbench_document_brings_its_rubric(tmp_path: Path) -> None:
    rubrics = [{"criterion": "Says 4.", "points": 5, "tags": []}]
    doc = {"id": "other", "prompt": "other", "rubric": "old", "rubrics": rubrics}
    ((_, row),) = rows(tmp_path, sample(doc=doc, target=["a", "b"]))
    assert (row["prompt_id"], row["rubrics"], row["item_rubric"]) == ("0", rubrics, "old")
    assert row["prompt"] == [{"role": "user", "content": "Question: 2 + 2?\nAnswer:"}]
    assert "reference" not in row


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"arguments": {"gen_args_0": {"arg_0": "q", "arg_1": " yes"}}, "resps": [[["-1.5", "False"]]]},
            "the task was scored by likelihood",
        ),
        ({"arguments": {}}, "arguments: got a mapping, should hold a request"),
        ({"arguments": [[3, SETTINGS]]}, "the prompt is 3"),
        ({"resps": [["a"], ["b"]]}, "should be a list with the draws of one request"),
        ({"resps": [[None]]}, "resps: got null, should be text"),
    ],
)
def test_a_line_without_a_response_is_told(tmp_path: Path, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(SourceError) as wrong:
        rows(tmp_path, sample(doc_id=1), sample(**fields))
    assert str(wrong.value).startswith(f"{tmp_path}/samples_gsm8k_2026-01-01.jsonl:2: ")
    assert message in str(wrong.value)


def test_another_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="doc_id is missing"):
        rows(tmp_path, {"prompt": "p"})
