import json
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest

from rvpo.harness.responses.inspect_logs import read_log
from rvpo.rubrics import SourceError


def sample(**fields: Any) -> dict[str, Any]:
    """A sample as inspect-ai 0.3.285 writes it, without its events."""
    asked = {"id": "a", "content": "How much aspirin?", "source": "input", "role": "user"}
    said = {"id": "b", "content": "500 mg.", "source": "generate", "role": "assistant", "model": "m"}
    return {
        "id": "q/1",
        "epoch": 1,
        "input": "How much aspirin?",
        "target": "500 mg",
        "messages": [asked, said],
        "output": {
            "model": "m",
            "choices": [{"message": said, "stop_reason": "stop"}],
            "completion": "500 mg.",
        },
        "scores": {"model": {"value": float("nan")}},
        "metadata": {"theme": "dose"},
    } | fields


def json_log(folder: Path, *samples: object, **fields: Any) -> Path:
    path = folder / "log.json"
    log = {"version": 2, "status": "success", "eval": {}, "samples": list(samples)} | fields
    path.write_text(json.dumps(log, indent=2), encoding="utf-8")
    return path


def zipped_log(folder: Path, *samples: dict[str, Any]) -> Path:
    path = folder / "log.eval"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_journal/start.json", "{}")
        for each in samples:
            archive.writestr(f"samples/{each['id']}_epoch_{each['epoch']}.json", json.dumps(each))
        archive.writestr("header.json", "{}")
    return path


def with_zstd(path: Path, one: dict[str, Any]) -> None:
    """A zip of one member packed by method 93, which Python cannot write before 3.14."""
    import pyarrow as pa

    data = json.dumps(one).encode()
    packed = pa.compress(data, codec="zstd", asbytes=True)
    name = b"samples/q/1_epoch_1.json"
    sizes = struct.pack("<III", zlib.crc32(data), len(packed), len(data))
    head = struct.pack("<HHHHH", 20, 0, 93, 0, 33) + sizes
    local = b"PK\x03\x04" + head + struct.pack("<HH", len(name), 4) + name + b"\x01\x00\x00\x00" + packed
    entry = (
        b"PK\x01\x02" + struct.pack("<H", 20) + head + struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, 0)
    )
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(entry + name), len(local), 0)
    path.write_bytes(local + entry + name + end)


ROW = {
    "id": "q/1",
    "prompt": [{"role": "user", "content": "How much aspirin?"}],
    "response": "500 mg.",
    "target": "500 mg",
    "reference": "500 mg",
    "theme": "dose",
}


def test_both_kinds_of_log_give_the_same_rows(tmp_path: Path) -> None:
    samples = [sample(), sample(epoch=2), sample(id=7, target=["a", "b"], metadata=None)]
    from_json, from_zip = (list(read_log(make(tmp_path, *samples))) for make in (json_log, zipped_log))
    assert from_json == from_zip
    assert from_json[0] == (1, ROW)
    assert [row["id"] for _, row in from_json] == ["q/1", "q/1#2", "7"]
    assert from_json[2][1] == {
        "id": "7",
        "target": ["a", "b"],
        "prompt": ROW["prompt"],
        "response": "500 mg.",
    }


def test_a_zip_packed_with_zstd_is_read(tmp_path: Path) -> None:
    with_zstd(tmp_path / "log.eval", sample())
    assert list(read_log(tmp_path / "log.eval")) == [(1, ROW)]


def test_a_damaged_zip_is_told(tmp_path: Path) -> None:
    path = tmp_path / "log.eval"
    with_zstd(path, sample())
    whole = path.read_bytes()
    for place in (60, 90):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :])
        with pytest.raises(SourceError, match="damaged zip"):
            list(read_log(path))


def test_a_torn_zip_is_told(tmp_path: Path) -> None:
    path = zipped_log(tmp_path, sample())
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(SourceError, match=r"log\.eval: is a damaged zip"):
        list(read_log(path))


def test_input_and_output_stand_in_for_messages(tmp_path: Path) -> None:
    turns = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "How much aspirin?"}]
    path = json_log(tmp_path, sample(messages=[]), sample(id="b", messages=[], input=turns))
    (_, first), (_, second) = read_log(path)
    assert first == ROW
    assert (second["prompt"], second["response"]) == (turns, "500 mg.")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"error": {"message": "no connection", "traceback": ""}}, "ended with an error and has no response"),
        ({"messages": [], "output": {"choices": []}}, "holds neither messages nor an output"),
        ({"messages": [{"role": "user", "content": "x"}]}, "none is the assistant's"),
    ],
)
def test_a_sample_without_a_response_is_told(tmp_path: Path, fields: dict[str, Any], message: str) -> None:
    path = json_log(tmp_path, sample(), sample(id="bad", **fields))
    with pytest.raises(SourceError) as wrong:
        list(read_log(path))
    assert str(wrong.value).startswith(f'{path}:2: sample "bad": ')
    assert message in str(wrong.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"samples": [3]}', "got 3, should be a sample"),
        ('{"samples": null}', "samples: got null"),
        ('{"samples": []}', "no samples"),
        ('{\n"samples": [', "not JSON"),
    ],
)
def test_what_is_no_log_is_told(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "log.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=message):
        list(read_log(path))
