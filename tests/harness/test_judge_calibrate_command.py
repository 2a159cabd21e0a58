import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rvpo.harness.cli import main
from rvpo.judges.calibration import load_calibration
from rvpo.results import ItemRow, RunWriter, VerdictRow, new_manifest

RAW = {"kind": "openai-compatible", "score": "probability", "votes": 1}
ITEMS = 60


class Bench:
    """A run with 2 probabilities a response, a rule beside them, and labels of a judge that says too much."""

    def __init__(self, folder: Path) -> None:
        self.run, self.labels, self.out = folder / "run", folder / "labels.jsonl", folder / "calibration.json"
        draw = np.random.default_rng(0)
        self.p = draw.random((ITEMS, 2))
        # Half as often met as said.
        self.met = draw.random((ITEMS, 2)) < self.p / 2
        self.rows = [
            {"id": f"i{item}", "criterion": f"c{place}", "met": bool(self.met[item, place]), "by": "a reader"}
            for item in range(ITEMS)
            for place in range(2)
        ]

    def write(self, judge: dict[str, Any] | None = None, hole: bool = False) -> "Bench":
        manifest = new_manifest("judge", "responses", {"judge": judge or RAW})
        with RunWriter.open(self.run, manifest) as writer:
            for item in range(ITEMS):
                name = f"i{item}"
                verdicts = [
                    VerdictRow(
                        item_id=name, criterion_id=f"c{place}", score=p, value=p, judge="openai-compatible m"
                    )
                    for place, p in enumerate(self.p[item].tolist())
                ]
                if hole and not item:
                    verdicts[0] = VerdictRow(
                        item_id=name, criterion_id="c0", score=None, value=None, status="timeout", judge="m"
                    )
                rule = VerdictRow(item_id=name, criterion_id="rule", score=1.0, value=1.0, judge="rule")
                writer.append(ItemRow(item_id=name, prompt_hash="h", score=None), [*verdicts, rule])
        return self

    def label(self, *rows: dict[str, Any]) -> None:
        self.labels.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    def fit(self, *more: str) -> int:
        return main(["judge", "calibrate", str(self.run), str(self.labels), "--out", str(self.out), *more])


@pytest.fixture
def table(tmp_path: Path) -> Bench:
    made = Bench(tmp_path)
    made.label(*made.rows)
    return made


def test_a_judge_that_says_too_much_is_mended(table: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    table.write(hole=True)
    table.label(*table.rows, {"id": "i0", "criterion": "rule", "met": True})
    assert table.fit("--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["labels"], found["items"], found["left_out"]) == (119, 60, {"timeout": 1, "rule": 1})
    said, truth = table.p.ravel()[1:], table.met.ravel()[1:]
    assert found["met"] == truth.sum()
    assert found["before"]["brier"] == pytest.approx(np.mean((said - truth) ** 2))
    assert found["better"]
    assert found["after"]["brier"] < found["before"]["brier"]
    assert (
        sum(row["count"] for row in found["table"])
        == sum(row["count"] for row in found["table_after"])
        == 119
    )
    calibration = load_calibration(table.out)
    assert calibration.labels == 119
    # Over the labels it was fitted to, what it says is what was true on average.
    assert np.mean([calibration.apply(p) for p in said]) == pytest.approx(truth.mean())
    assert table.fit() == 0
    page = capsys.readouterr().out
    assert "119 labels on 60 responses" in page
    assert "left out: 1 rule, 1 timeout" in page
    assert "with fewer than 1000 labels" in page


def test_what_does_not_help_is_not_written(table: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    # As true as can be: each is met exactly where the judge is sure of it.
    table.p = np.where(np.arange(2 * ITEMS).reshape(ITEMS, 2) % 3 == 0, 1.0, 0.0)
    for place, row in enumerate(table.rows):
        row["met"] = place % 3 == 0
    table.label(*table.rows)
    table.write()
    assert table.fit() == 1
    assert "it is not written" in capsys.readouterr().out
    assert not table.out.exists()


@pytest.mark.parametrize(
    ("judge", "message"),
    [
        ({**RAW, "score": None}, "gave verdicts and no probabilities: judge with score: probability"),
        ({**RAW, "kind": "embedded", "score": "verdict"}, "judge: embedded gave verdicts"),
        ({**RAW, "kind": "scripted"}, "judge: scripted gave verdicts"),
        ({**RAW, "calibration": {"p": [0.5]}}, "was judged with a calibration"),
        ({**RAW, "votes": 3}, "the mean of 3 votes"),
        ({"kind": "ensemble", "judges": []}, "several judges answered"),
        ({**RAW, "escalate": {"to": RAW}}, "several judges answered"),
    ],
)
def test_a_run_without_raw_probabilities_is_refused(
    table: Bench, capsys: pytest.CaptureFixture[str], judge: dict[str, Any], message: str
) -> None:
    table.write(judge)
    assert table.fit() == 2
    assert message in capsys.readouterr().err
    assert not table.out.exists()


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"id": "i1", "criterion": "c0"}, "the key met is missing"),
        ({"id": "i1", "criterion": "c0", "meet": True}, "did you mean meet?"),
        ({"id": "i1", "criterion": "c0", "met": 1}, "met: got 1, should be true or false"),
        ({"id": "i1", "criterion": "c0", "met": True, "draw": "0"}, "should be a whole number"),
        ({"id": "i1", "criterion": "c9", "met": True}, "criterion 'c9' was not judged in 'i1'; did you mean"),
        ({"id": "i1", "criterion": "c0", "met": True, "draw": 1}, "'i1' has no draw 1"),
        ({"id": "ii1", "criterion": "c0", "met": True}, "the run has no response 'ii1'; did you mean i1"),
    ],
)
def test_a_wrong_label_is_named_with_its_line(
    table: Bench, capsys: pytest.CaptureFixture[str], row: dict[str, Any], message: str
) -> None:
    table.write()
    table.label(table.rows[0], row)
    assert table.fit() == 2
    error = capsys.readouterr().err
    assert message in error
    assert f"{table.labels}:2:" in error
    assert error.count("\n") == 1


def test_a_label_twice_is_refused(table: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    table.write()
    table.label(*table.rows, table.rows[4])
    assert table.fit() == 2
    assert "'i2', 'c0' has a label in line 5 already" in capsys.readouterr().err


def test_too_few_labels_are_refused(table: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    table.write()
    table.label(*table.rows[:49])
    assert table.fit() == 2
    assert "49 labelled verdicts with a probability are too few" in capsys.readouterr().err
    table.label(*[{**row, "met": True} for row in table.rows])
    assert table.fit() == 2
    assert "0 that are not met are too few" in capsys.readouterr().err
