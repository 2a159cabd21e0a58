"""Samples a local checkpoint in process, with transformers.

Prompts are sorted by length (longest first, so that too large a batch fails at once), padded on the left, and generated
in batches. At temperature > 0 tokens are drawn by the Gumbel trick: the arg-max of log-probability plus Gumbel noise is
an exact sample, and with a noise generator for each row a draw depends on (seed, item, draw) alone, not on its
neighbours in the batch. What batching can still change is rounding: padding moves logits in their last bits, so two
near-equal tokens may swap, in bfloat16 more than in float32; batches of one are exactly repeatable.

What a checkpoint's own generation settings say beside its end tokens (a repetition penalty, top-k) is not applied:
transformers would mix it in unasked, and two checkpoints would sit the exam under different rules.
"""

from collections.abc import Generator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rvpo.harness.chat_format import ChatFormat, cannot_load, too_long
from rvpo.harness.checkpoints import check_whole
from rvpo.harness.samplers import Ask, Completion, draw_seed
from rvpo.harness.weights import base_folder, model_name, resolve_model, weights_identity
from rvpo.judges.precision import cpu_prefers_bfloat16
from rvpo.judges.quiet import quiet_libraries

if TYPE_CHECKING:
    import torch

DType = Literal["auto", "float32", "bfloat16", "float16"]


class TransformersSampler:
    """A local chat model.

    Args:
        model: ``embedded``, a checkpoint folder, or a name on the hub.
        batch_size: Prompts generated together.
        max_new_tokens: Limit of an answer.
        temperature: 0 is greedy.
        dtype: ``auto`` is bfloat16 where the machine is faster in it, else float32.
        seed: Of all draws; see ``draw_seed``.

    Raises:
        SamplerError: There is no such model, it cannot be loaded, or it has no chat template.
    """

    def __init__(
        self,
        model: str | Path,
        *,
        batch_size: int = 32,
        max_new_tokens: int = 1024,
        temperature: float = 0.0,
        dtype: DType = "auto",
        seed: int = 0,
    ) -> None:
        self.name = str(model)
        self.folder = resolve_model(self.name)
        check_whole(self.folder)
        self._format = ChatFormat(self.folder)
        self._tokenizer = self._format.tokenizer
        self._batch_size = batch_size
        self._max_new_tokens = max_new_tokens
        self._temperature = temperature
        self._seed = seed
        self._device, self._dtype = _place(dtype)
        self._room = _room(self.folder)

    @cached_property
    def _loaded(self) -> tuple[Any, frozenset[int]]:
        """The weights, loaded when the first prompt needs them (a finished run asks none), and what ends an answer."""
        from transformers import AutoModelForCausalLM

        try:
            with quiet_libraries():
                model: Any = AutoModelForCausalLM.from_pretrained(self.folder, dtype=self._dtype)
        except (OSError, ValueError, KeyError) as error:
            raise cannot_load(self.folder, error) from error
        stops = _stop_tokens(model, self._tokenizer)
        model.generation_config = _generation_config()
        return model.to(self._device).eval(), stops

    @property
    def _model(self) -> Any:
        return self._loaded[0]

    @property
    def _stops(self) -> frozenset[int]:
        return self._loaded[1]

    @property
    def _pad(self) -> int:
        own: int | None = self._tokenizer.pad_token_id
        return min(self._stops) if own is None else own

    @property
    def batch_size(self) -> int:
        """Prompts generated together."""
        return self._batch_size

    def identity(self) -> Mapping[str, Any]:
        """Weights, number format and sampling; not the folder's place, nor the batch size (it moves rounding only)."""
        return {
            "sampler": "transformers",
            "model": model_name(self.name, self.folder),
            "weights": weights_identity(self.folder),
            "dtype": str(self._dtype).removeprefix("torch."),
            "temperature": self._temperature,
            "max_new_tokens": self._max_new_tokens,
            "seed": self._seed,
        }

    def sample(self, asks: Sequence[Ask]) -> Generator[Sequence[Completion], None, None]:
        """Answer in batches, longest prompts first; a prompt that leaves the model no room fails."""
        tokens = [self._encode(ask) for ask in asks]
        order = sorted(range(len(asks)), key=lambda at: (-len(tokens[at]), at))
        free = {at: self._space_after(len(tokens[at])) for at in order}
        for at in order:
            if 0 < free[at] < self._max_new_tokens:  # alone: its shorter limit must not cut its neighbours
                yield self._generate([asks[at]], [tokens[at]], free[at])
        whole = [at for at in order if free[at] >= self._max_new_tokens]
        for start in range(0, len(whole), self._batch_size):
            batch = whole[start : start + self._batch_size]
            yield self._generate(
                [asks[at] for at in batch], [tokens[at] for at in batch], self._max_new_tokens
            )
        if full := [at for at in order if free[at] <= 0]:
            yield [self._too_long(asks[at], len(tokens[at])) for at in full]

    def _encode(self, ask: Ask) -> list[int]:
        return self._format.tokens(self._format.page(ask))

    def _space_after(self, prompt_tokens: int) -> int:
        return self._max_new_tokens if self._room is None else self._room - prompt_tokens

    def _too_long(self, ask: Ask, prompt_tokens: int) -> Completion:
        assert self._room is not None
        return Completion.failed(ask, too_long(prompt_tokens, self._room))

    def _generate(self, asks: Sequence[Ask], prompts: Sequence[list[int]], limit: int) -> list[Completion]:
        import torch

        ids_NT, mask_NT = self._padded(prompts)
        with torch.inference_mode():
            output_NT = self._model.generate(
                input_ids=ids_NT,
                attention_mask=mask_NT,
                generation_config=_generation_config(
                    do_sample=False,
                    max_new_tokens=limit,
                    eos_token_id=sorted(self._stops),
                    pad_token_id=self._pad,
                ),
                logits_processor=self._noise(asks),
            )
        replies = output_NT[:, ids_NT.shape[1] :].tolist()
        return [
            self._completion(ask, prompt, reply)
            for ask, prompt, reply in zip(asks, prompts, replies, strict=True)
        ]

    def _padded(self, prompts: Sequence[list[int]]) -> tuple["torch.Tensor", "torch.Tensor"]:
        """Token ids and attention mask, (N, T) each, padded on the left, on the model's device."""
        import torch

        width = max(map(len, prompts))
        ids_NT = torch.full((len(prompts), width), self._pad)
        mask_NT = torch.zeros_like(ids_NT)
        for row, prompt in enumerate(prompts):
            ids_NT[row, width - len(prompt) :] = torch.tensor(prompt)
            mask_NT[row, width - len(prompt) :] = 1
        return ids_NT.to(self._device), mask_NT.to(self._device)

    def _noise(self, asks: Sequence[Ask]) -> list["_GumbelNoise"]:
        if self._temperature == 0:
            return []
        seeds = [draw_seed(self._seed, ask.item.id, ask.draw) for ask in asks]
        return [_GumbelNoise(seeds, self._temperature, self._device)]

    def _completion(self, ask: Ask, prompt: list[int], reply: list[int]) -> Completion:
        end = next((at for at, token in enumerate(reply) if token in self._stops), None)
        said = reply if end is None else reply[:end]
        return Completion(
            item_id=ask.item.id,
            draw=ask.draw,
            text=self._tokenizer.decode(said, skip_special_tokens=True),
            finish_reason="length" if end is None else "stop",
            prompt_tokens=len(prompt),
            completion_tokens=len(reply) if end is None else end + 1,
        )


class _GumbelNoise:
    """Turns arg-max into sampling at a temperature, with one generator a row.

    Exponential noise E has -log(E) distributed Gumbel, so logits / T - log(E) is what the arg-max needs.
    """

    def __init__(self, seeds: Sequence[int], temperature: float, device: "torch.device") -> None:
        import torch

        self._temperature = temperature
        self._generators = [torch.Generator(device).manual_seed(seed) for seed in seeds]

    def __call__(self, _input_ids: "torch.Tensor", logits_NV: "torch.Tensor") -> "torch.Tensor":
        import torch

        noise_NV = torch.empty_like(logits_NV, dtype=torch.float32)
        for row_V, generator in zip(noise_NV, self._generators, strict=True):
            row_V.exponential_(generator=generator)
        return logits_NV.float() / self._temperature - noise_NV.log_()


def _generation_config(**settings: Any) -> Any:
    from transformers import GenerationConfig

    untyped: Any = GenerationConfig
    return untyped(**settings)


def _room(folder: Path) -> int | None:
    """Tokens that prompt and answer may have together, where the model's configuration says."""
    from transformers import AutoConfig

    try:
        with quiet_libraries():
            config = AutoConfig.from_pretrained(base_folder(folder))
    except (OSError, ValueError, KeyError) as error:
        raise cannot_load(folder, error) from error
    return getattr(config, "max_position_embeddings", None)


def _place(dtype: DType) -> tuple["torch.device", "torch.dtype"]:
    """The device to compute on and the number format to compute in."""
    import torch

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if dtype != "auto":
        chosen: torch.dtype = getattr(torch, dtype)
        return device, chosen
    fast = torch.cuda.is_bf16_supported() if device.type == "cuda" else cpu_prefers_bfloat16()
    return device, torch.bfloat16 if fast else torch.float32


def _stop_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """Ids that end an answer: those of the generation configuration and the tokenizer's own."""
    named = model.generation_config.eos_token_id
    stops = set(named if isinstance(named, list) else [named]) | {tokenizer.eos_token_id}
    return frozenset(stops - {None})
