"""The vLLM sampler before a stand-in with the signatures of vLLM 0.33; where vLLM is installed, those are compared too."""

import importlib.util
import inspect
import json
import shutil
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import msgspec
import pytest
from transformers import AutoTokenizer

from rvpo.harness import vllm_sampler
from rvpo.harness.cli import main
from rvpo.harness.errors import SamplerError
from rvpo.harness.exam import Exam
from rvpo.harness.samplers import Ask, Completion, draw_seed
from rvpo.harness.vllm_sampler import VllmSampler
from rvpo.harness.weights import weights_identity

MakeExam = Callable[..., Exam]


class SamplingParams(msgspec.Struct):
    """The fields that are set, of ``vllm/sampling_params.py``."""

    n: int = 1
    temperature: float = 1.0
    seed: int | None = None
    max_tokens: int | None = 16


class LoRARequest(msgspec.Struct):
    """``vllm/lora/request.py``."""

    lora_name: str
    lora_int_id: int
    lora_path: str = ""


class LLM:
    """The constructor and ``generate`` of ``vllm/entrypoints/llm.py``; says what it was asked and with which seed."""

    started: list["LLM"] = []  # noqa: RUF012 - emptied by the fixture

    def __init__(
        self,
        model: str,
        *,
        tokenizer: str | None = None,
        dtype: str = "auto",
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        self.model, self.tokenizer, self.dtype, self.kwargs = model, tokenizer, dtype, kwargs
        self.model_config = SimpleNamespace(max_model_len=64)
        self.calls: list[tuple[list[Any], list[SamplingParams], Any]] = []
        LLM.started.append(self)

    def generate(
        self,
        prompts: Sequence[Any],
        sampling_params: SamplingParams | Sequence[SamplingParams] | None = None,
        *,
        use_tqdm: bool = True,
        lora_request: Any = None,
    ) -> list[Any]:
        assert isinstance(sampling_params, Sequence)
        assert len(prompts) == len(sampling_params)  # vLLM refuses other lengths
        assert use_tqdm is False
        self.calls.append((list(prompts), list(sampling_params), lora_request))
        return [
            SimpleNamespace(outputs=[_said(prompt["prompt_token_ids"], params)])
            for prompt, params in zip(prompts, sampling_params, strict=True)
        ]


def _said(tokens: list[int], params: SamplingParams) -> Any:
    assert params.max_tokens is not None
    assert 0 < params.max_tokens <= 64 - len(tokens)
    reason = ("stop", "length", "abort")[(params.seed or 0) % 3]
    return SimpleNamespace(
        text=f"{len(tokens)}/{params.seed}", token_ids=range(params.max_tokens), finish_reason=reason
    )


@pytest.fixture(autouse=True)
def vllm(monkeypatch: pytest.MonkeyPatch) -> None:
    package, lora, request = (ModuleType(name) for name in ("vllm", "vllm.lora", "vllm.lora.request"))
    for module in (package, lora, request):
        module.__spec__ = ModuleSpec(module.__name__, None)
        monkeypatch.setitem(sys.modules, module.__name__, module)
    vars(package).update(LLM=LLM, SamplingParams=SamplingParams)
    vars(request).update(LoRARequest=LoRARequest)
    monkeypatch.setattr(LLM, "started", [])


def test_every_draw_with_its_own_seed_in_bounded_chunks(
    tiny_model: Path, make_exam: MakeExam, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vllm_sampler, "CHUNK", 4)
    sampler = VllmSampler(tiny_model, max_new_tokens=9, temperature=0.7, seed=3)
    assert LLM.started == []
    exam = make_exam(3)
    asks = [Ask(item, draw) for draw in range(3) for item in exam.items]
    batches = list(sampler.sample(asks))
    (engine,) = LLM.started
    assert (engine.model, engine.tokenizer, engine.kwargs) == (str(tiny_model), str(tiny_model), {})
    assert [len(batch) for batch in batches] == [4, 4, 1]
    assert [len(call[0]) for call in engine.calls] == [4, 4, 1]
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    answers = {(each.item_id, each.draw): each for batch in batches for each in batch}
    for ask in asks:
        page = tokenizer.apply_chat_template(
            [dict(turn) for turn in ask.item.messages], tokenize=False, add_generation_prompt=True
        )
        prompt, seed = len(tokenizer(page)["input_ids"]), draw_seed(3, ask.item.id, ask.draw)
        answer = answers[ask.item.id, ask.draw]
        if seed % 3 == 2:
            assert (answer.finish_reason, answer.error) == ("failed", "vLLM ended the answer with 'abort'")
            continue
        assert answer == Completion(
            item_id=ask.item.id,
            draw=ask.draw,
            text=f"{prompt}/{seed}",
            finish_reason="length" if seed % 3 else "stop",
            prompt_tokens=prompt,
            completion_tokens=9,
        )
    assert {params.temperature for call in engine.calls for params in call[1]} == {0.7}
    assert all(call[2] is None for call in engine.calls)


def test_prompts_without_room_fail_and_short_room_shortens(tiny_model: Path, make_exam: MakeExam) -> None:
    item = make_exam(1).items[0]

    def long(name: str, chars: int) -> Ask:
        message = {"role": "user", "content": "x" * chars}
        return Ask(msgspec.structs.replace(item, id=name, messages=(message,)))

    sampler = VllmSampler(tiny_model, max_new_tokens=60)
    (batch,) = sampler.sample([long("long", 300), long("short", 20)])
    by_id = {each.item_id: each for each in batch}
    assert by_id["long"].finish_reason == "failed"
    assert "tokens, the model takes 64" in by_id["long"].error
    prompt = by_id["short"].prompt_tokens
    assert LLM.started[0].calls[0][1][0].max_tokens == 64 - prompt < 60
    assert list(sampler.sample([long("long", 300)])) == [[by_id["long"]]]


@pytest.mark.parametrize(("ranks", "size"), [({"r": 4}, 8), ({"r": 8, "rank_pattern": {"q": 33}}, 64)])
def test_an_adapter_runs_on_its_base(
    tiny_model: Path, make_exam: MakeExam, tmp_path: Path, ranks: dict[str, Any], size: int
) -> None:
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    config = {"base_model_name_or_path": str(tiny_model), **ranks}
    (adapter / "adapter_config.json").write_text(json.dumps(config))
    shutil.copy(tiny_model / "model.safetensors", adapter / "adapter_model.safetensors")
    sampler = VllmSampler(adapter)
    list(sampler.sample([Ask(make_exam(1).items[0])]))
    (engine,) = LLM.started
    assert (engine.model, engine.tokenizer) == (str(tiny_model), str(tiny_model))
    assert engine.kwargs == {"enable_lora": True, "max_lora_rank": size}
    assert engine.calls[0][2] == LoRARequest("adapter", 1, str(adapter))
    assert sampler.identity()["weights"]["base"] == weights_identity(tiny_model)
    (adapter / "adapter_config.json").write_text(json.dumps({**config, "r": 1024}))
    with pytest.raises(SamplerError, match=r"adapter_config.json: r: got 1024, vLLM takes up to 512"):
        list(VllmSampler(adapter).sample([Ask(make_exam(1).items[0])]))


def test_identity_follows_weights_and_sampling(tiny_model: Path, tmp_path: Path) -> None:
    here = VllmSampler(tiny_model).identity()
    moved = shutil.copytree(tiny_model, tmp_path / tiny_model.name)
    assert VllmSampler(moved).identity() == here
    assert VllmSampler(tiny_model, seed=1).identity() != here
    assert here["weights"] == weights_identity(tiny_model)


def test_a_sweep_through_the_command(
    tiny_model: Path, write_rows: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for step in (1, 2):
        folder = shutil.copytree(tiny_model, tmp_path / f"run/checkpoint-{step}")
        (folder / "note.json").write_text(str(step))  # another hash
    data = write_rows("items.jsonl", [{"id": f"i{n}", "prompt": "Hi", "calls": []} for n in range(3)])
    place = f"vllm:{tmp_path}/run/checkpoint-*"
    command = ["eval", "tool_calls", "--data", str(data), "--model", place, "--out", str(tmp_path / "out")]
    assert main(command) == 0
    assert [Path(engine.model).name for engine in LLM.started] == ["checkpoint-1", "checkpoint-2"]
    assert "rvpo curve" in capsys.readouterr().out


def test_absent_it_is_named_with_what_to_install(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    out = tmp_path / "out"
    assert main(["eval", "tool_calls", "--model", f"vllm:{tiny_model}", "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert said == "error: this needs vllm, which is not installed: pip install 'rvpo[vllm]'\n"
    assert not out.exists()


@pytest.mark.skipif(importlib.util.find_spec("vllm") is None, reason="vLLM is not installed (extra: vllm)")
def test_the_stand_in_has_the_signatures_of_the_real_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("vllm", "vllm.lora", "vllm.lora.request"):
        monkeypatch.delitem(sys.modules, name)
    real: Any = importlib.import_module("vllm")
    request: Any = importlib.import_module("vllm.lora.request")
    for ours, theirs in ((LLM.__init__, real.LLM.__init__), (LLM.generate, real.LLM.generate)):
        known = inspect.signature(theirs).parameters
        for name, parameter in inspect.signature(ours).parameters.items():
            assert known[name].kind == parameter.kind, name
    for small, whole in ((SamplingParams, real.SamplingParams), (LoRARequest, request.LoRARequest)):
        assert set(small.__struct_fields__) <= set(whole.__struct_fields__)
