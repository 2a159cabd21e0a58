"""Stored answers: found by item and draw, missing ones fail, bad files are refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rvpo.harness.errors import SamplerError
from rvpo.harness.exam import Exam
from rvpo.harness.replay_sampler import ReplaySampler
from rvpo.harness.run import run_exam
from rvpo.harness.samplers import Ask
from rvpo.judges import JudgeConfig

WriteRows = Callable[[str, list[dict[str, Any]]], Path]


def test_answers_are_found_by_item_and_draw(write_rows: WriteRows, make_exam: Callable[..., Exam]) -> None:
    path = write_rows(
        "r.jsonl",
        [
            {"id": "item-0", "response": "a"},
            {"id": "item-0", "response": "b", "draw": 1, "finish_reason": "length"},
            {"id": "item-9", "response": "of another exam"},
        ],
    )
    first, second = make_exam(2).items
    asks = [Ask(first, 1), Ask(first, 0), Ask(second, 0)]
    answers = [each for batch in ReplaySampler(path).sample(asks) for each in batch]
    assert [(each.item_id, each.draw, each.text, each.finish_reason) for each in answers] == [
        ("item-0", 1, "b", "length"),
        ("item-0", 0, "a", "stop"),
        ("item-1", 0, "", "failed"),
    ]
    assert answers[2].error == f"{path} has no answer to this draw"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"id": "a"}, "r.jsonl:2: a stored answer needs id and response"),
        ({"id": "a", "response": None}, "needs id and response"),
        ({"id": "a", "response": "x", "draw": True}, "draw: got True, should be a whole number"),
        (
            {"id": "a", "response": "x", "finish_reason": "eos"},
            r"finish_reason: got 'eos', allowed stop \| length",
        ),
        ({"id": "first", "response": "x"}, "a second answer to item 'first', draw 0"),
    ],
)
def test_bad_rows_are_refused(write_rows: WriteRows, row: dict[str, Any], said: str) -> None:
    path = write_rows("r.jsonl", [{"id": "first", "response": "x"}, row])
    with pytest.raises(SamplerError, match=said):
        ReplaySampler(path)


def test_an_inspect_log_is_replayed_epoch_by_epoch(tmp_path: Path, make_exam: Callable[..., Exam]) -> None:
    def sample(name: str, epoch: int, said: str, reason: str = "stop") -> dict[str, Any]:
        turns = [{"role": "user", "content": "?"}, {"role": "assistant", "content": said}]
        output = {"choices": [{"message": turns[1], "stop_reason": reason}]}
        about = {"finish_reason": "the data set's own"}
        return {"id": name, "epoch": epoch, "messages": turns, "output": output, "metadata": about}

    failed = {"id": "item-0", "epoch": 3, "messages": [], "error": {"message": "429"}}
    said = [sample("item-0", 1, "a"), sample("item-0", 2, "b", "max_tokens"), failed, sample("C#", 1, "c")]
    said.append(sample("item-0", 4, "d", "model_length"))
    log = {"eval": {}, "samples": said}
    path = tmp_path / "log.json"
    path.write_text(json.dumps(log, indent=2))
    (item,) = make_exam(1).items
    (answers,) = ReplaySampler(path).sample([Ask(item, 1), Ask(item, 0), Ask(item, 2), Ask(item, 3)])
    assert [(each.draw, each.text, each.finish_reason) for each in answers] == [
        (1, "b", "length"),
        (0, "a", "stop"),
        (2, "", "failed"),
        (3, "d", "length"),
    ]


def test_answers_to_no_item_are_told(
    write_rows: WriteRows, make_exam: Callable[..., Exam], rules: JudgeConfig, tmp_path: Path
) -> None:
    names = ["item-0", "item-1", "itm-2", "itm-2", "b", "c", "d"]
    rows = [{"id": name, "response": "fox", "draw": n} for n, name in enumerate(names)]
    rows[1]["draw"] = 0
    exam, sampler = make_exam(2), ReplaySampler(write_rows("r.jsonl", rows))
    run = run_exam(exam, sampler, rules, tmp_path / "run")
    assert run.manifest.notes == (
        "5 stored answers are to items that this exam does not hold, and were left out: 'itm-2', 'b', 'c'",
    )
    known = ReplaySampler(write_rows("known.jsonl", rows[:2]))
    assert run_exam(exam, known, rules, tmp_path / "known").manifest.notes == ()


def test_identity_is_the_content_of_the_file(write_rows: WriteRows) -> None:
    one = ReplaySampler(write_rows("one.jsonl", [{"id": "a", "response": "x"}]))
    same = ReplaySampler(write_rows("two.jsonl", [{"id": "a", "response": "x"}]))
    other = ReplaySampler(write_rows("three.jsonl", [{"id": "a", "response": "y"}]))
    assert one.identity() == same.identity() != other.identity()
