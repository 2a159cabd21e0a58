"""The authors' zip and the gated data set: what is said when they cannot be had."""

import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import huggingface_hub
import pytest
from huggingface_hub.errors import GatedRepoError, LocalEntryNotFoundError

from rvpo.harness.errors import ExamError
from rvpo.harness.gpqa.archives import read_source


def test_the_password_opens_the_zip(invented: Path, locked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPQA_PASSWORD", "sesame")
    name, text = read_source(locked)
    assert name == f"{locked}!gpqa_diamond.csv"
    assert text == invented.read_text(encoding="utf-8")


def test_no_password_says_where_it_stands(locked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GPQA_PASSWORD", raising=False)
    with pytest.raises(
        ExamError, match=r"needs a password in GPQA_PASSWORD; .*README of github.com/idavidrein/gpqa"
    ):
        read_source(locked)


def test_every_wrong_password_is_one_line(locked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The zip's check byte lets one wrong password in 256 through; then the content gives it away.
    for number in range(600):
        monkeypatch.setenv("GPQA_PASSWORD", f"wrong{number}")
        with pytest.raises(ExamError, match=r"the password in GPQA_PASSWORD is wrong") as caught:
            read_source(locked)
        assert "\n" not in str(caught.value)


def test_damaged_and_foreign_zips(locked: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.zip"
    broken.write_bytes(locked.read_bytes()[:300])
    with pytest.raises(ExamError, match=r"broken.zip: not a zip file, or damaged"):
        read_source(broken)
    foreign = tmp_path / "foreign.zip"
    with zipfile.ZipFile(foreign, "w") as archive:
        archive.writestr("a.txt", "a")
    with pytest.raises(ExamError, match=r"foreign.zip: no gpqa_diamond.csv in it; it holds a.txt"):
        read_source(foreign)
    with pytest.raises(ExamError, match=r"absent.zip: cannot be read: No such file"):
        read_source(tmp_path / "absent.zip")


def test_a_packing_that_python_cannot_read(invented: Path, tmp_path: Path) -> None:
    path = tmp_path / "strong.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(invented, "gpqa_diamond.csv")
    whole = bytearray(path.read_bytes())
    # The method's number, 99 of AES: at byte 10 of the central directory's entry and byte 8 of the file's own header.
    whole[whole.index(b"PK\x01\x02") + 10] = whole[8] = 99
    path.write_bytes(whole)
    with pytest.raises(ExamError, match=r"strong.zip: packed in a way that Python cannot read; unpack it"):
        read_source(path)


def test_an_open_zip_needs_no_password(
    invented: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GPQA_PASSWORD", raising=False)
    opened = tmp_path / "opened.zip"
    with zipfile.ZipFile(opened, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(invented, "x/gpqa_diamond.csv")
    assert read_source(opened)[1] == invented.read_text(encoding="utf-8")


def test_a_gated_data_set_says_how_to_get_in(monkeypatch: pytest.MonkeyPatch) -> None:
    response: Any = SimpleNamespace(headers={}, request=None)  # the Hub's client has changed its HTTP library

    def refuse(*_: object, **__: object) -> str:
        raise GatedRepoError("Access to dataset is restricted", response=response)

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", refuse)
    with pytest.raises(
        ExamError, match=r"gated: accept its terms at https://\S+/Idavidrein/gpqa.*HF_TOKEN.*zip"
    ):
        read_source("Idavidrein/gpqa")


def test_the_hub_out_of_reach_and_the_hub_at_hand(invented: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: object, **__: object) -> str:
        raise LocalEntryNotFoundError("offline")

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", offline)
    with pytest.raises(ExamError, match=r"own/set: not in the local cache, and the Hub cannot be reached"):
        read_source("own/set")
    asked: list[object] = []

    def found(*arguments: object, **named: object) -> str:
        asked.extend([*arguments, named])
        return str(invented)

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", found)
    assert read_source("own/set") == ("own/set/gpqa_diamond.csv", invented.read_text(encoding="utf-8"))
    assert asked == ["own/set", "gpqa_diamond.csv", {"repo_type": "dataset", "revision": None}]
