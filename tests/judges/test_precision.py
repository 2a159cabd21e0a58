"""The choice between bfloat16 and float32 is measured once and then remembered."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from rvpo.judges import precision


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A cache of its own, in the folder and in the process: what is scripted here must not decide for later tests."""
    monkeypatch.setenv("RVPO_CACHE", str(tmp_path))
    precision.cpu_prefers_bfloat16.cache_clear()
    yield
    precision.cpu_prefers_bfloat16.cache_clear()


def speeds(monkeypatch: pytest.MonkeyPatch, *, bfloat16: float, float32: float) -> list[torch.dtype]:
    asked: list[torch.dtype] = []

    def measured(dtype: torch.dtype) -> float:
        asked.append(dtype)
        return {torch.bfloat16: bfloat16, torch.float32: float32}[dtype]

    monkeypatch.setattr(precision, "_products_a_second", measured)
    return asked


@pytest.mark.parametrize(("bfloat16", "wins"), [(2.0, True), (1.3, True), (1.2, False), (0.6, False)])
def test_bfloat16_must_be_clearly_faster(
    monkeypatch: pytest.MonkeyPatch, bfloat16: float, wins: bool
) -> None:
    speeds(monkeypatch, bfloat16=bfloat16, float32=1.0)
    assert precision.cpu_prefers_bfloat16() is wins


def test_measured_once_a_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = speeds(monkeypatch, bfloat16=2.0, float32=1.0)
    assert precision.cpu_prefers_bfloat16()
    precision.cpu_prefers_bfloat16.cache_clear()
    assert precision.cpu_prefers_bfloat16()
    assert len(asked) == 2

    monkeypatch.setattr(precision, "_processor", lambda: "another one")
    precision.cpu_prefers_bfloat16.cache_clear()
    precision.cpu_prefers_bfloat16()
    assert len(asked) == 4
    assert len(list(tmp_path.iterdir())) == 2


def test_the_first_to_keep_a_figure_decides_for_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Two processes begin at once and measure differently, as they do on a busy machine."""

    def measured(dtype: torch.dtype) -> float:
        if dtype == torch.float32:  # the other process is done while this one measures
            (name,) = [f"precision-{digest}.json" for digest in digests]
            (tmp_path / name).write_text('{"bfloat16_speedup": 0.7}')
        return {torch.bfloat16: 2.0, torch.float32: 1.0}[dtype]

    speeds(monkeypatch, bfloat16=2.0, float32=1.0)
    precision.cpu_prefers_bfloat16()
    digests = [path.stem.removeprefix("precision-") for path in tmp_path.iterdir()]
    next(tmp_path.iterdir()).unlink()
    precision.cpu_prefers_bfloat16.cache_clear()
    monkeypatch.setattr(precision, "_products_a_second", measured)
    assert not precision.cpu_prefers_bfloat16()
    assert [path.suffix for path in tmp_path.iterdir()] == [".json"]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"machine": 1}'])
def test_a_torn_file_is_measured_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str) -> None:
    asked = speeds(monkeypatch, bfloat16=1.0, float32=2.0)
    precision.cpu_prefers_bfloat16()
    (kept,) = tmp_path.iterdir()
    kept.write_text(content)
    precision.cpu_prefers_bfloat16.cache_clear()
    assert not precision.cpu_prefers_bfloat16()
    assert len(asked) == 4
    assert json.loads(kept.read_text())["bfloat16_speedup"] == 0.5


def test_the_real_measurement_gives_a_rate() -> None:
    assert precision._products_a_second(torch.float32) > 0
