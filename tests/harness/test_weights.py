"""Names of models: folders, the embedded one, hub names; everything else is refused in one line."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import huggingface_hub
import pytest
from huggingface_hub.errors import GatedRepoError

from rvpo.harness.errors import SamplerError
from rvpo.harness.weights import resolve_model, weights_identity


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no-such-model", "no such model folder"),
        ("./no/such", "no such model folder"),
        ("/no/such/folder", "no such model folder"),
        ("owner/model", "not to be had from the hub"),
    ],
)
def test_unknown_names_are_refused(name: str, said: str) -> None:
    with pytest.raises(SamplerError, match=said) as refused:
        resolve_model(name)
    assert "\n" not in str(refused.value)


def test_a_gated_model_says_how_to_get_in(monkeypatch: pytest.MonkeyPatch) -> None:
    response: Any = SimpleNamespace(headers={}, request=None)

    def refuse(*_: object, **__: object) -> str:
        raise GatedRepoError("401 Client Error.", response=response)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", refuse)
    with pytest.raises(SamplerError, match=r"^o/m: gated: accept its terms at https://\S+/o/m, .*HF_TOKEN$"):
        resolve_model("o/m")


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SamplerError, match=r"not a model folder \(no config.json\)"):
        resolve_model(str(tmp_path))


def test_the_embedded_model_is_looked_up_in_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rvpo.judges.embedded_model import FOLDER

    monkeypatch.setenv("RVPO_CACHE", str(tmp_path))
    (tmp_path / FOLDER).mkdir()
    assert resolve_model("embedded") == tmp_path / FOLDER


def test_an_adapter_is_identified_with_its_base(tiny_model: Path, tmp_path: Path) -> None:
    base = shutil.copytree(tiny_model, tmp_path / "base")
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    (adapter / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": str(base)}))
    before = weights_identity(resolve_model(str(adapter)))
    assert before["base"] == weights_identity(base)
    (base / "config.json").write_text("{}")
    after = weights_identity(adapter)
    assert after["sha256"] == before["sha256"]
    assert after["base"] != before["base"]
