"""``rvpo judge meta``: rows as OpenAI publishes them, judged, and set beside physicians."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from rvpo.harness.cli import main
from rvpo.harness.healthbench.meta import meta_evaluation
from rvpo.harness.healthbench.meta_rows import read_meta_rows
from rvpo.rubrics import SourceError

WriteRows = Callable[[str, Sequence[dict[str, Any]]], Path]


def row(number: int, category: str, labels: list[bool], completion: str = "x", **more: Any) -> dict[str, Any]:
    return {
        "prompt": [{"role": "user", "content": f"question {number // 2}"}],
        "prompt_id": f"p{number // 2}",
        "completion": completion,
        "completion_id": f"c{number}",
        "rubric": f"Is it {category}?",
        "category": category,
        "binary_labels": labels,
        "anonymized_physician_ids": [f"dr{place}" for place in range(len(labels))],
    } | more


ROWS = [
    row(0, "kind", [True, True], "kind"),
    row(1, "kind", [True, False], "kind"),
    row(2, "kind", [False, False]),
    row(3, "clear", [True, False], "kind"),
    row(4, "clear", [False, True]),
    row(5, "clear", [False, False], "silent"),
]


@pytest.fixture
def judge(tmp_path: Path) -> Path:
    path = tmp_path / "judge.yaml"
    replies = "[{contains: silent, fail: timeout}, {contains: kind, say: [true]}, {say: [false]}]"
    path.write_text(f"judge: scripted\nstore: ':memory:'\nreplies: {replies}\n", encoding="utf-8")
    return path


def test_a_judge_is_set_beside_physicians(
    write_rows: WriteRows, judge: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["judge", "meta", str(write_rows("meta.jsonl", ROWS)), "--judge", str(judge)]
    command += ["--out", str(tmp_path / "run"), "--min-coverage", "0.8", "--json"]
    assert main(command) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["rows"], found["judged"], found["failed"]) == (6, 5, 1)
    assert (found["conversations"], found["physicians"]) == (3, 2)
    # Judge T T F T F against TT, TF, FF, TF, FT: met-met 4, met-not 2, not-met 1, not-not 3.
    assert found["judge"]["pairs"] == 10
    assert found["judge"]["f1_met"] == pytest.approx(8 / 11)
    assert found["judge"]["f1_not_met"] == pytest.approx(6 / 9)
    # Chance 0.6 * 0.5 + 0.4 * 0.5 = 0.5; agreed 0.7.
    assert found["judge"]["kappa"] == pytest.approx(0.4)
    assert found["judge"]["f1_low"] <= found["judge"]["f1_balanced"] <= found["judge"]["f1_high"]
    # Physicians, both ways round, on all six rows: T-T 2, T-F 3, F-T 3, F-F 4: F1 4/10 and 8/14.
    between = found["between_physicians"]
    assert between["f1_balanced"] == pytest.approx((4 / 10 + 8 / 14) / 2)
    assert found["probabilities"] is None
    assert found["notes"] == ["demo judge"]
    # Kind: judge T T F against TT TF FF: 3, 1, 0, 2.
    kind = found["categories"]["kind"]
    assert (kind["rows"], kind["judge"]["f1_balanced"]) == (3, pytest.approx((6 / 7 + 4 / 5) / 2))
    # Physician 0 says T T F, the other T F F: F1 2/3 of either class, for both physicians.
    assert kind["physicians_f1"] == pytest.approx(2 / 3)


def test_the_page(
    write_rows: WriteRows, judge: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["judge", "meta", str(write_rows("meta.jsonl", ROWS)), "--judge", str(judge)]
    # Five of six rows are less than 0.9: status 1, and the same command would go on.
    assert main([*command, "--out", str(tmp_path / "run")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "5 of 6 rows judged, 1 left open by the judge; 3 conversations, 2 physicians"
    assert lines[2].startswith("judge                       10   0.700   0.727   0.667     0.697 [")
    assert any(line.split()[:4] == ["kind", "3", "0.829", "0.667"] for line in lines)


def test_scores_between_are_probabilities(write_rows: WriteRows) -> None:
    rows = read_meta_rows(write_rows("meta.jsonl", ROWS[:4]))
    found = meta_evaluation(rows, [0.9, 0.6, 0.2, None], resamples=100)
    assert found.probabilities is not None
    # Labels 1 1, 1 0, 0 0 with .9, .6, .2: Brier (2 * .01 + .16 + .36 + 2 * .04) / 6.
    assert found.probabilities.error.brier == pytest.approx(0.62 / 6)
    assert [(each.count, each.met) for each in found.probabilities.curve] == [(2, 0.0), (2, 0.5), (2, 1.0)]
    assert (found.judged, found.failed) == (3, 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"binary_labels": []}, "binary_labels: got 0 items|binary_labels: got .*, should be a list of true"),
        ({"binary_labels": [1, 0]}, "binary_labels: got .*, should be a list of true and false"),
        (
            {"anonymized_physician_ids": ["a"]},
            "anonymized_physician_ids: got 1 items, should be a list of 2, one a label",
        ),
        ({"completion": None}, "completion: got null, should be text"),
        ({"prompt": "hi"}, 'prompt: got "hi", should be a list of messages'),
    ],
)
def test_wrong_rows_are_named(write_rows: WriteRows, change: dict[str, Any], message: str) -> None:
    path = write_rows("meta.jsonl", [ROWS[0], {**ROWS[1], **change}])
    with pytest.raises(SourceError, match=rf"meta\.jsonl:2: ({message})"):
        read_meta_rows(path)


def test_other_columns_are_told(write_rows: WriteRows) -> None:
    other = {key if key != "category" else "categry": value for key, value in ROWS[0].items()}
    with pytest.raises(
        SourceError, match=r"the column category is missing; did you mean categry\?; needed: prompt"
    ):
        read_meta_rows(write_rows("meta.jsonl", [other]))
