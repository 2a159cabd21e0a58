"""Where GPQA lies: a CSV, the authors' password-protected zip, or a gated data set on the Hub. Reads disk, asks the Hub.

Neither the questions nor the password are shipped: the authors ask that they stay out of what crawlers read.
"""

import os
import zipfile
import zlib
from pathlib import Path
from typing import Final

from rvpo.harness.errors import ExamError
from rvpo.harness.gated import how_to_get_in
from rvpo.harness.hub import hub_file
from rvpo.rubrics.reading.source import read_text

MEMBER: Final = "gpqa_diamond.csv"
PASSWORD: Final = "GPQA_PASSWORD"  # noqa: S105 (a variable's name)
"""Environment variable with the zip's password."""
WHERE: Final = "the password stands in the README of github.com/idavidrein/gpqa"
MAX_BYTES: Final = 64_000_000


def read_source(source: Path | str) -> tuple[str, str]:
    """The CSV of a source, and what errors call it.

    Args:
        source: A ``*.csv``, a ``*.zip`` that holds ``gpqa_diamond.csv``, or a Hub name like ``owner/name``.

    Raises:
        ExamError: It is not there, no such kind, too large, locked, or gated.
        SourceError: The file cannot be read.
    """
    path = Path(source)
    if path.suffix == ".zip":
        return f"{path}!{MEMBER}", _from_zip(path)
    if path.suffix == ".csv":
        return str(path), _without_mark(read_text(path, MAX_BYTES))
    if not path.exists() and str(source).count("/") == 1 and not str(source).startswith((".", "/", "~")):
        return f"{source}/{MEMBER}", _without_mark(read_text(_from_hub(str(source)), MAX_BYTES))
    raise ExamError(
        f"{source}: should be a .csv, .jsonl or .zip file, or a data set's name on the Hub (owner/name)"
    )


def _from_zip(path: Path) -> str:
    password = os.environ.get(PASSWORD, "")
    try:
        with zipfile.ZipFile(path) as archive:
            named = [each for each in archive.infolist() if Path(each.filename).name == MEMBER]
            if not named:
                held = ", ".join(archive.namelist()[:4]) or "nothing"
                raise ExamError(f"{path}: no {MEMBER} in it; it holds {held}")
            if named[0].file_size > MAX_BYTES:
                raise ExamError(f"{path}: {MEMBER} is larger than {MAX_BYTES} bytes")
            locked = bool(named[0].flag_bits & 1)
            if locked and not password:
                raise ExamError(f"{path}: needs a password in {PASSWORD}; {WHERE}")
            return _without_mark(archive.read(named[0], password.encode()).decode())
    except OSError as error:
        raise ExamError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (RuntimeError, zlib.error, zipfile.BadZipFile, UnicodeDecodeError) as error:
        raise ExamError(_reason(path, error, password)) from error


def _reason(path: Path, error: Exception, password: str) -> str:
    """A wrong key is mostly found at once, but one in 256 is found by what it unpacks to."""
    if "compression" in str(error):
        return f"{path}: packed in a way that Python cannot read; unpack it and give the {MEMBER}"
    if password and zipfile.is_zipfile(path):
        return f"{path}: the password in {PASSWORD} is wrong, or the file is damaged; {WHERE}"
    return f"{path}: not a zip file, or damaged: {error}"


def _from_hub(name: str) -> Path:
    from huggingface_hub.errors import GatedRepoError, HFValidationError, LocalEntryNotFoundError

    try:
        return hub_file(name, MEMBER)
    except GatedRepoError as error:
        raise ExamError(
            f"{name}: {how_to_get_in(name, data=True)}; or give the authors' zip (--data dataset.zip)"
        ) from error
    except LocalEntryNotFoundError as error:
        raise ExamError(
            f"{name}: not in the local cache, and the Hub cannot be reached; give a file"
        ) from error
    except (OSError, HFValidationError) as error:  # all other errors of the Hub are OSErrors
        reason = str(error).split("\n", maxsplit=1)[0]
        raise ExamError(f"{name}: no such file, and not to be had from the Hub: {reason}") from error


def _without_mark(text: str) -> str:
    return text.removeprefix("\ufeff")
