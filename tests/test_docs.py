"""Every code block of README and docs is run, page by page, in a folder of its own that holds examples/ alone.

A ``yaml`` or ``json`` block whose first line is ``# path`` is written to that path; ``sh`` and ``python`` blocks are run
in order; a ``text`` block is the output of the block before it, word for word. A block under a line
``<!-- not run: reason -->`` is left out, and only those listed below may be.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LEFT_OUT = {
    "README.md": 1,
    "docs/demo.md": 2,
    "docs/tool-calling.md": 1,
    "docs/training.md": 1,
    "docs/verl.md": 2,
}
"""Blocks that are not run: minutes long, or they need a GPU."""
BLOCK = re.compile(
    r"^(?P<skip><!-- not run: [^\n]+ -->\n)?```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
RUN = {"sh", "python"}
KNOWN = RUN | {"yaml", "json", "text", ""}


class Block(NamedTuple):
    """A fenced block."""

    kind: str
    text: str
    skipped: bool


def blocks_of(page: Path) -> list[Block]:
    return [
        Block(found["kind"], found["text"], found["skip"] is not None)
        for found in BLOCK.finditer(page.read_text(encoding="utf-8"))
    ]


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def run_block(block: Block, folder: Path) -> str:
    bin_folder = str(Path(sys.executable).parent)
    environment = {
        **os.environ,
        "PATH": f"{bin_folder}:{os.environ['PATH']}",
        "RVPO_CACHE": os.environ.get("RVPO_CACHE", str(Path("~/.cache/rvpo").expanduser())),
        "COLUMNS": "100",
    }
    command = [sys.executable, "-"] if block.kind == "python" else ["bash", "-euo", "pipefail"]
    done = subprocess.run(
        command, input=block.text, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{block.text}\n{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_blocks_run(page: Path, tmp_path: Path) -> None:
    output = ""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    for block in blocks_of(page):
        assert block.kind in KNOWN, block.kind
        if block.skipped:
            continue
        if block.kind in RUN:
            output = run_block(block, tmp_path)
        elif block.kind == "text":
            assert [line.rstrip() for line in output.splitlines()] == block.text.splitlines()
        elif named := re.match(r"# (\S+\.(?:yaml|jsonl?))\n", block.text):
            target = tmp_path / named[1]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text if named[1].endswith("yaml") else block.text[named.end() :])


def test_no_other_block_is_left_out() -> None:
    found = {name_of(page): sum(block.skipped for block in blocks_of(page)) for page in PAGES}
    assert {name: count for name, count in found.items() if count} == LEFT_OUT


@pytest.mark.parametrize("page", [*PAGES, ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md"], ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target
