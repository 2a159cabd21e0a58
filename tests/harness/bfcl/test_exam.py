"""BFCL as an exam: from a folder or a wheel of rows in its published form, written by us, to its figures."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from rvpo.harness.bfcl import CATEGORIES, GROUPS, bfcl_accuracies, bfcl_exam
from rvpo.harness.cli import main
from rvpo.harness.errors import ExamError
from rvpo.harness.summary import Mean
from rvpo.results import open_run

ROOT = Path(__file__).resolve().parents[3]
FUNCTION = {
    "name": "area",
    "parameters": {
        "type": "dict",
        "properties": {"base": {"type": "integer"}, "unit": {"type": "string"}, "note": {"type": "string"}},
        "required": ["base", "unit"],
    },
}
TRUTH = [{"area": {"base": [10], "unit": ["square cm", ""], "note": ["", "rough"]}}]


def question(name: str) -> dict[str, Any]:
    return {
        "id": name,
        "question": [[{"role": "user", "content": f"{name}: area?"}]],
        "function": [FUNCTION],
    }


def reply(**arguments: Any) -> str:
    return f"<tool_call>\n{json.dumps({'name': 'area', 'arguments': arguments})}\n</tool_call>"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The files of four categories, as they lie in the package."""
    folder = tmp_path / "bfcl_eval" / "data"
    (folder / "possible_answer").mkdir(parents=True)
    sizes = {"simple_python": 3, "live_simple": 1, "live_irrelevance": 1, "live_relevance": 1}
    for category, size in sizes.items():
        names = [f"{category}_{number}" for number in range(size)]
        lines = "".join(json.dumps(question(name)) + "\n" for name in names)
        (folder / f"BFCL_v4_{category}.json").write_text(lines)
        if "relevance" not in category:
            answers = "".join(json.dumps({"id": name, "ground_truth": TRUTH}) + "\n" for name in names)
            (folder / "possible_answer" / f"BFCL_v4_{category}.json").write_text(answers)
    return folder


@pytest.fixture
def wheel(data: Path, tmp_path: Path) -> Path:
    path = tmp_path / "bfcl_eval-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("bfcl_eval/__init__.py", "raise ImportError('is never imported')")
        for file in sorted(data.rglob("*.json")):
            archive.write(file, file.relative_to(tmp_path))
    return path


NAMED = "bfcl:simple_python,live_simple,live_irrelevance,live_relevance"


def test_a_wheel_is_the_same_exam_as_its_folder(data: Path, wheel: Path) -> None:
    exam = bfcl_exam(NAMED, wheel)
    assert exam.identity() == bfcl_exam(NAMED, data).identity()
    assert [item.id for item in exam.items][2:5] == ["simple_python_2", "live_simple_0", "live_irrelevance_0"]
    assert exam.title.startswith("BFCL v4 simple_python, live_simple")


def test_an_item_is_right_or_wrong_as_bfcl_has_it(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = {
        "simple_python_0": reply(base=10, unit="SQUARE-CM."),  # case and marks do not count
        "simple_python_1": reply(base=10),  # the function requires unit, whatever the answers say
        "simple_python_2": reply(base=10, unit="", note="Rough"),  # the empty text is one of the right ones
        "live_simple_0": reply(base=11, unit="square cm"),
        "live_irrelevance_0": "None of these helps.",
        "live_relevance_0": reply(base=3),  # any call will do
    }
    answers = tmp_path / "said.jsonl"
    answers.write_text("".join(json.dumps({"id": k, "response": v}) + "\n" for k, v in said.items()))
    command = ["eval", NAMED, "--data", str(data), "--responses", str(answers), "--out", str(tmp_path / "r")]
    assert main(command) == 0
    scores = {row.item_id: row.score for row in open_run(tmp_path / "r").items}
    assert [*scores.values()] == [1, 0, 1, 0, 1, 1]
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["category:simple_python", "0.667", "3"] in lines
    assert ["relevance", "1.000", "1"] in lines
    assert not any(line[:1] == ["live"] for line in lines)  # three of its categories were not examined


def test_figures_are_formed_as_bfcl_forms_them() -> None:
    accuracy = {category: Mean(0.5, 100) for category in CATEGORIES}
    accuracy |= {
        "multiple": Mean(1.0, 4),
        "live_multiple": Mean(1.0, 300),
        "live_irrelevance": Mean(0.1, 900),
    }
    found = bfcl_accuracies({f"category:{name}": mean for name, mean in accuracy.items()})
    assert found == {
        "non_live": Mean(0.625, 304),  # (.5 + 1 + .5 + .5) / 4, however few items multiple has
        "live": Mean(0.75, 600),  # (.5 x 300 + 1 x 300) / 600
        "irrelevance": Mean(0.3, 1000),  # (.5 + .1) / 2
        "relevance": Mean(0.5, 100),
    }
    assert bfcl_accuracies({"category:multiple": Mean(1.0, 4)}) == {}


@pytest.mark.parametrize(
    ("task", "said"),
    [
        ("bfcl:simple_pythn", "no category 'simple_pythn' of BFCL here; .*did you mean simple_python"),
        ("bfcl:simple_java", "bfcl:simple_java is not examined: BFCL reads source text of that language"),
        ("bfcl:", "say which of BFCL's categories"),
        ("bfcl:parallel", r"holds no BFCL_v\*_parallel.json; get it with: pip download"),
    ],
)
def test_refusals(task: str, said: str, data: Path) -> None:
    with pytest.raises(ExamError, match=said):
        bfcl_exam(task, data)


def test_what_is_no_data_is_said(tmp_path: Path) -> None:
    with pytest.raises(ExamError, match="nowhere: no such folder or wheel; get it with"):
        bfcl_exam("bfcl:multiple", tmp_path / "nowhere")
    (tmp_path / "a.whl").write_text("x")
    with pytest.raises(ExamError, match="is neither BFCL's data folder nor its wheel"):
        bfcl_exam("bfcl:multiple", tmp_path / "a.whl")


def test_groups_hold_only_categories() -> None:
    assert {name for group in GROUPS.values() for name in group} == set(CATEGORIES)


KNOWN = {
    "1 for 1.0, and the reverse",
    "1 for 1.0, and the reverse, in lists",
    "texts in capitals",
    "texts without spaces and commas",
    "right, in reverse order",
}
"""Where we accept what BFCL's checker does not, beside the four rows whose published answers no call can meet."""
UNMEETABLE = {
    "parallel_multiple_12",
    "parallel_multiple_26",
    "live_multiple_862-181-3",
    "live_multiple_964-207-0",
}


@pytest.mark.timeout(120)
def test_agreement_with_bfcls_own_checker_on_the_same_answers() -> None:
    wheel = os.environ.get("RVPO_BFCL")
    if not wheel:
        pytest.skip("RVPO_BFCL names no wheel of bfcl-eval (pip download --no-deps bfcl-eval)")
    command = [sys.executable, str(ROOT / "bench" / "bfcl.py"), wheel, "--json"]
    done = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert sum(sum(counts.values()) for counts in done["counts"].values()) > 60_000
    assert {each["right for"] for each in done["differing"]} <= {"ours alone"}
    assert {each["answer"] for each in done["differing"] if each["item"] not in UNMEETABLE} <= KNOWN
