"""The finish that the house holds itself to, measured on the tree."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("harness", "judges", "results", "rubrics", "trainer")
PRODUCT = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
EVERYTHING = PRODUCT + sorted(
    path for room in ("tests", "bench", "examples") for path in (ROOT / room).rglob("*.py")
)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", EVERYTHING, ids=name_of)
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 400
    tree = ast.parse(text)
    if path in PRODUCT:
        assert ast.get_docstring(tree) is not None
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno + 1 <= 60, node.name


@pytest.mark.parametrize("path", PRODUCT, ids=name_of)
def test_nothing_is_left_open(path: Path) -> None:
    assert path.stem not in {"utils", "common", "helpers", "misc"}
    assert not re.search(r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError", path.read_text())


def test_half_of_the_files_are_short() -> None:
    lengths = sorted(path.read_text().count("\n") for path in PRODUCT)
    assert lengths[len(lengths) // 2] < 150


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from rvpo.harness.cli import main\n"
        "main(['--help'])\n"
        "print(sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(ast.literal_eval(done.stderr))
    assert "click" in loaded
    assert not loaded & {
        "torch",
        "transformers",
        "trl",
        "pandas",
        "numpy",
        "scipy",
        "pydantic",
        "litellm",
        "rich",
    }


def test_rooms_are_never_imported_bare() -> None:
    pattern = re.compile(rf"^\s*(import|from) ({'|'.join(ROOMS)})\b", re.MULTILINE)
    assert [name_of(path) for path in EVERYTHING if pattern.search(path.read_text())] == []
    assert not set(ROOMS) & set(sys.modules)
