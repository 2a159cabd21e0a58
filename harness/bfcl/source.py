"""Where BFCL's rows lie: the package's folder, its wheel, or the package as installed. Reads files; imports no bfcl-eval.

``bfcl-eval`` pins numpy 1.26 and the clients of a dozen vendors, so it is not installed beside rvpo: its wheel, which
``pip download --no-deps bfcl-eval`` fetches, is read as the zip that it is.
"""

import importlib.util
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from rvpo.harness.errors import ExamError

DATA: Final = "bfcl_eval/data"
GET_IT: Final = "pip download --no-deps bfcl-eval, then --data bfcl_eval-VERSION-py3-none-any.whl"
_ANSWERS: Final = "possible_answer"


@contextmanager
def bfcl_files(data: Path | None, categories: Sequence[str]) -> Iterator[dict[str, Path]]:
    """The file of each category, with its ``possible_answer`` folder beside it.

    Args:
        data: A folder that holds ``BFCL_v*_CATEGORY.json``, the wheel, or ``None`` for the installed package.
        categories: Which ones.

    Raises:
        ExamError: There is no such folder or wheel, or a category's file is not in it.
    """
    folder = data or _installed()
    if folder.is_dir():
        yield {category: _file(folder, category) for category in categories}
        return
    if not zipfile.is_zipfile(folder):
        what = "is neither BFCL's data folder nor its wheel" if folder.exists() else "no such folder or wheel"
        raise ExamError(f"{folder}: {what}; get it with: {GET_IT}")
    with TemporaryDirectory(prefix="rvpo-bfcl-") as unpacked:
        with zipfile.ZipFile(folder) as wheel:
            wanted = [name for name in wheel.namelist() if _wanted(name)]
            wheel.extractall(unpacked, wanted)
        inside = Path(unpacked, DATA)
        yield {category: _file(inside, category, place=folder) for category in categories}


def _wanted(name: str) -> bool:
    where, _, file = name.rpartition("/")
    return where in {DATA, f"{DATA}/{_ANSWERS}"} and file.startswith("BFCL_v")


def _file(folder: Path, category: str, place: Path | None = None) -> Path:
    found = sorted(folder.glob(f"BFCL_v*_{category}.json"))
    exact = [path for path in found if path.name.split("_", 2)[2] == f"{category}.json"]
    if not exact:
        raise ExamError(f"{place or folder}: holds no BFCL_v*_{category}.json; get it with: {GET_IT}")
    return exact[-1]


def _installed() -> Path:
    spec = importlib.util.find_spec("bfcl_eval")
    if spec is None or not spec.submodule_search_locations:
        raise ExamError(f"BFCL's rows are not here: {GET_IT}")
    return Path(spec.submodule_search_locations[0], "data")
