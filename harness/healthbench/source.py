"""Where HealthBench's rows lie: a file, an address, the Hub, or OpenAI's own files by name. Reads disk, asks the network.

What is fetched from an address is kept in the user's cache directory with its sha256, and read from there ever after: a
file that changes at its address changes no exam. ``https://host/file.jsonl#sha256=HEX`` demands a content.
"""

import hashlib
import os
import shutil
import urllib.error
import urllib.request
from http.client import HTTPException
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urldefrag, urlsplit

from rvpo.harness.errors import ExamError
from rvpo.harness.gated import how_to_get_in
from rvpo.harness.hub import hub_file
from rvpo.judges.embedded_model import cache_dir
from rvpo.rubrics.wording import hint

_BASE: Final = "https://openaipublic.blob.core.windows.net/simple-evals/healthbench"
OFFICIAL: Final = {
    "full": f"{_BASE}/2025-05-07-06-14-12_oss_eval.jsonl",
    "hard": f"{_BASE}/hard_2025-05-08-21-00-10.jsonl",
    "consensus": f"{_BASE}/consensus_2025-05-09-20-00-46.jsonl",
    "meta": f"{_BASE}/2025-05-07-06-14-12_oss_meta_eval.jsonl",
}
"""OpenAI's files (``healthbench_eval.py`` and ``healthbench_meta_eval.py`` of simple-evals), as ``openai:NAME``."""

TIMEOUT_S: Final = 60.0


def healthbench_file(source: str | os.PathLike[str]) -> Path:
    """The local file that a source stands for, fetched if need be.

    Args:
        source: A path; ``https://...`` (``http`` from this machine only), with ``#sha256=HEX`` if wanted;
            ``hf:owner/name/path/in/the/data/set.jsonl``, with ``@revision`` if wanted; or ``openai:full``,
            ``openai:hard``, ``openai:consensus``, ``openai:meta``.

    Raises:
        ExamError: It cannot be fetched, is not what was demanded, or is written wrongly.
        ModuleNotFoundError: ``huggingface_hub`` is not installed.
    """
    text = os.fspath(source)
    if text.startswith("openai:"):
        return _fetched(_official(text))
    if text.startswith(("https://", "http://")):
        return _fetched(text)
    if text.startswith("hf:"):
        return _from_hub(text)
    return Path(text)


def _official(text: str) -> str:
    name = text.removeprefix("openai:")
    if name not in OFFICIAL:
        raise ExamError(
            f"{text}: there is no such file; there are {', '.join(f'openai:{each}' for each in OFFICIAL)}"
            f"{hint(name, OFFICIAL)}"
        )
    return OFFICIAL[name]


def _fetched(address: str) -> Path:
    url, wanted = _demanded(address)
    folder = cache_dir() / "healthbench" / hashlib.sha256(url.encode()).hexdigest()[:16]
    target = folder / (Path(urlsplit(url).path).name or "rows.jsonl")
    known = target.with_name(f"{target.name}.sha256")
    if not (target.is_file() and known.is_file()):
        folder.mkdir(parents=True, exist_ok=True)
        _download(url, target, wanted)
    found = _sha256(target)
    if found != known.read_text(encoding="utf-8").strip():
        raise ExamError(f"{target}: changed since it was fetched from {url}; delete it to fetch it again")
    _refuse_other(url, found, wanted)
    return target


def _demanded(address: str) -> tuple[str, str]:
    """Address and sha256, empty where none is demanded."""
    url, fragment = urldefrag(address)
    kind, _, wanted = fragment.partition("=")
    if fragment and (kind != "sha256" or len(wanted) != 64 or set(wanted.lower()) - set("0123456789abcdef")):
        raise ExamError(f"{address}: after # should stand sha256= and 64 hex digits")
    parts = urlsplit(url)
    if parts.scheme == "http" and not _is_here(parts.hostname or ""):
        raise ExamError(f"{address}: http can be changed on its way: should be https")
    return url, wanted.lower()


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _download(url: str, target: Path, wanted: str) -> None:
    """Put the file and its hash in place, the hash last: without it the file counts as absent."""
    part = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with (
            urllib.request.urlopen(url, timeout=TIMEOUT_S) as reply,  # noqa: S310 - http(s), by ``healthbench_file``
            part.open("wb") as file,
        ):
            shutil.copyfileobj(reply, file)
            file.flush()
            os.fsync(file.fileno())
            length = reply.headers.get("Content-Length")
        if length is not None and int(length) != part.stat().st_size:
            raise ExamError(f"{url}: {part.stat().st_size} of {length} bytes came; try again")
        found = _sha256(part)
        _refuse_other(url, found, wanted)
        part.replace(target)
        target.with_name(f"{target.name}.sha256").write_text(f"{found}\n", encoding="utf-8")
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise ExamError(
            f"{url}: cannot be fetched ({reason}); fetch it by other means and give its path"
        ) from error
    finally:
        part.unlink(missing_ok=True)


def _refuse_other(url: str, found: str, wanted: str) -> None:
    if wanted and found != wanted:
        raise ExamError(f"{url}: its sha256 is {found}, {wanted} was demanded")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _from_hub(text: str) -> Path:
    name, _, revision = text.removeprefix("hf:").partition("@")
    parts = name.split("/", 2)
    if len(parts) < 3 or not all(parts):
        raise ExamError(f"{text}: should be hf:owner/name/path/of/the/file.jsonl")
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError

    owned = "/".join(parts[:2])
    try:
        return hub_file(owned, parts[2], revision or None)
    except GatedRepoError as error:
        raise ExamError(f"{text}: {how_to_get_in(owned, data=True)}") from error
    except (HfHubHTTPError, OSError, ValueError) as error:
        first = " ".join(str(error).split())[:300]
        raise ExamError(f"{text}: cannot be had from the Hub: {first}") from error
