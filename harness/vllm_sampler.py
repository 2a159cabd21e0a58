"""Samples a local checkpoint in process with vLLM, on a GPU; prompts are made by ``chat_format``, as in every local sampler.

vLLM batches by itself; it is given ``CHUNK`` draws at a time, so that a kill costs no more than these. Every draw has a seed
of its own (``SamplingParams.seed``): it decides the draw as far as vLLM's kernels do not depend on who shares a batch.
Nothing of a checkpoint's generation settings is applied but its end tokens. Written to vLLM 0.33 and checked against its
signatures; it has not run on a GPU here. vLLM computes in the checkpoint's own number format and raises temperatures
below 0.01 to that.
"""

import importlib.util
import json
from collections.abc import Generator, Mapping, Sequence
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from rvpo.harness.chat_format import ChatFormat, cannot_load, too_long
from rvpo.harness.checkpoints import check_whole
from rvpo.harness.errors import SamplerError
from rvpo.harness.samplers import Ask, Completion, draw_seed
from rvpo.harness.weights import ADAPTER, base_folder, is_adapter, model_name, resolve_model, weights_identity

CHUNK: Final = 512
RANKS: Final = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""Sizes that vLLM has kernels of for adapters (``MaxLoRARanks``)."""


class VllmSampler:
    """A local chat model that vLLM runs.

    Args:
        model: ``embedded``, a checkpoint folder, or a name on the hub.
        max_new_tokens: Limit of an answer.
        temperature: 0 is greedy.
        seed: Of all draws; see ``draw_seed``.

    Raises:
        ModuleNotFoundError: vLLM is not installed.
        SamplerError: There is no such model, it is torn, or it has no chat template.
    """

    batch_size = CHUNK

    def __init__(
        self,
        model: str | Path,
        *,
        max_new_tokens: int = 1024,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> None:
        if importlib.util.find_spec("vllm") is None:
            raise ModuleNotFoundError("vLLM is not installed: pip install 'rvpo[vllm]'", name="vllm")
        self.folder = resolve_model(str(model))
        self.name = model_name(str(model), self.folder)
        check_whole(self.folder)
        self._format = ChatFormat(self.folder)
        self._sampling = {"temperature": temperature, "max_new_tokens": max_new_tokens, "seed": seed}
        self._limit, self._temperature, self._seed = max_new_tokens, temperature, seed

    @cached_property
    def _llm(self) -> Any:
        """The engine, started when the first prompt needs it: a finished run asks none."""
        settings: dict[str, Any] = {"model": str(base_folder(self.folder)), "dtype": "auto"}
        settings["tokenizer"] = str(self._format.folder)
        if is_adapter(self.folder):
            settings |= {"enable_lora": True, "max_lora_rank": _rank_for(self.folder)}
        try:
            return _vllm().LLM(**settings)
        except (OSError, ValueError, RuntimeError) as error:
            raise cannot_load(self.folder, error) from error

    def identity(self) -> Mapping[str, Any]:
        """Weights and sampling; not the folder's place."""
        return {
            "sampler": "vllm",
            "model": self.name,
            "weights": weights_identity(self.folder),
            **self._sampling,
        }

    def sample(self, asks: Sequence[Ask]) -> Generator[Sequence[Completion], None, None]:
        """Answer in chunks; a prompt that leaves the model no room fails."""
        for start in range(0, len(asks), CHUNK):
            chunk = [
                (ask, self._format.tokens(self._format.page(ask))) for ask in asks[start : start + CHUNK]
            ]
            room = self._llm.model_config.max_model_len
            fits = [(ask, tokens) for ask, tokens in chunk if len(tokens) < room]
            yield [
                *self._generate(fits, room),
                *(
                    Completion.failed(ask, too_long(len(tokens), room))
                    for ask, tokens in chunk
                    if len(tokens) >= room
                ),
            ]

    def _generate(self, chunk: Sequence[tuple[Ask, list[int]]], room: int) -> list[Completion]:
        if not chunk:
            return []
        make_params = _vllm().SamplingParams
        outputs = self._llm.generate(
            [{"prompt_token_ids": tokens} for _, tokens in chunk],
            [
                make_params(
                    temperature=self._temperature,
                    max_tokens=min(self._limit, room - len(tokens)),
                    seed=draw_seed(self._seed, ask.item.id, ask.draw),
                )
                for ask, tokens in chunk
            ],
            use_tqdm=False,
            lora_request=self._adapter,
        )
        return [
            _completion(ask, len(tokens), output.outputs[0])
            for (ask, tokens), output in zip(chunk, outputs, strict=True)
        ]

    @property
    def _adapter(self) -> Any:
        if not is_adapter(self.folder):
            return None
        request: Any = import_module("vllm.lora.request")
        return request.LoRARequest(
            lora_name=self.folder.name, lora_int_id=1, lora_path=str(self.folder.resolve())
        )


def _vllm() -> Any:
    return import_module("vllm")


def _completion(ask: Ask, prompt_tokens: int, output: Any) -> Completion:
    if output.finish_reason not in {"stop", "length"}:
        return Completion.failed(ask, f"vLLM ended the answer with {output.finish_reason!r}")
    return Completion(
        item_id=ask.item.id,
        draw=ask.draw,
        text=output.text,
        finish_reason=output.finish_reason,
        prompt_tokens=prompt_tokens,
        completion_tokens=len(output.token_ids),
    )


def _rank_for(folder: Path) -> int:
    """The smallest size that holds the adapter's largest rank.

    Raises:
        SamplerError: The adapter is larger than any.
    """
    config = json.loads((folder / ADAPTER).read_text(encoding="utf-8"))
    largest = max([config.get("r", RANKS[0]), *(config.get("rank_pattern") or {}).values()])
    if largest > RANKS[-1]:
        raise SamplerError(f"{folder / ADAPTER}: r: got {largest}, vLLM takes up to {RANKS[-1]}")
    return next(rank for rank in RANKS if rank >= largest)
