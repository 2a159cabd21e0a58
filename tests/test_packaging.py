"""The five rooms reach the wheel: links in the tree, every file in the archives."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("harness", "judges", "results", "rubrics", "trainer")
SHIPPED = {".py", ".yaml", ".jsonl", ".txt", ".html", ".css", ".js"}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_is_a_relative_link(room: str) -> None:
    link = ROOT / "src" / "rvpo" / room
    assert link.is_symlink(), (
        "check the links out as links: git config core.symlinks true, then check out again"
    )
    assert link.readlink() == Path("..") / ".." / room


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist and the wheel, built from a copy so that nothing is left in the tree."""
    copy = tmp_path_factory.mktemp("source")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    for name in listed:
        source, target = ROOT / name, copy / name
        if source.is_symlink() or source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_symlink():
                target.symlink_to(source.readlink())
            else:
                target.write_bytes(source.read_bytes())
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(copy / "dist"), str(copy)]
    subprocess.run(command, check=True, capture_output=True)
    return copy / "dist"


def files_of_the_rooms() -> set[str]:
    return {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and path.suffix in SHIPPED
    }


def test_the_wheel_holds_every_file(archives: Path) -> None:
    (wheel,) = archives.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = {name.removeprefix("rvpo/") for name in archive.namelist() if name.startswith("rvpo/")}
    assert files_of_the_rooms() - names == set()
    assert "py.typed" in names


def test_the_source_archive_holds_every_file(archives: Path) -> None:
    (archive,) = archives.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = {name.split("/", 1)[-1].removeprefix("src/rvpo/") for name in opened.getnames()}
    assert files_of_the_rooms() - names == set()
