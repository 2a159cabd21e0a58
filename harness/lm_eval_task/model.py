"""A local checkpoint as lm-eval's model, without its cache of answers, and with the identity of its weights.

lm-eval's ``use_cache`` keeps answers under a key without the model in it, so that a second model gets the first one's
answers; here it cannot be switched on. Its own record of a local checkpoint names no weights; ours hashes them. Its
generation limit, 256 tokens unless a task says otherwise, cuts chains of thought without a word; here it is recorded.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from rvpo.harness.errors import SamplerError
from rvpo.harness.lm_eval_task.contract import GENERATE, Reply
from rvpo.harness.samplers import draw_seed
from rvpo.harness.weights import base_folder, is_adapter, resolve_model, weights_identity
from rvpo.judges.quiet import quiet_libraries


class HarnessModel:
    """A checkpoint that lm-eval asks, loaded when it is first needed.

    Args:
        model: ``embedded``, a checkpoint folder, or a name on the hub.
        batch_size: Requests computed together.
        temperature: ``None`` leaves the task its own (usually greedy).
        max_tokens: Limit of an answer; ``None`` leaves the task its own, or lm-eval's 256.
        seed: Of draws at a temperature.

    Raises:
        SamplerError: There is no such model; when it is needed, that it cannot be loaded.
    """

    apart = False

    def __init__(
        self,
        model: str,
        *,
        batch_size: int = 32,
        temperature: float | None = None,
        max_tokens: int | None = None,
        seed: int = 0,
    ) -> None:
        self.name, self.folder = model, resolve_model(model)
        self.temperature, self.max_tokens, self.seed = temperature, max_tokens, seed
        self._batch_size = batch_size
        self._weights = weights_identity(self.folder)

    @cached_property
    def lm(self) -> Any:
        """lm-eval's model, with the weights in memory."""
        import torch
        from lm_eval.models.huggingface import HFLM

        make: Any = HFLM  # its decorator hides its parameters from type checkers
        adapter, base = is_adapter(self.folder), base_folder(self.folder)
        try:
            with quiet_libraries():
                return make(
                    pretrained=str(base),
                    peft=str(self.folder) if adapter else None,
                    backend="causal",
                    device="cuda" if torch.cuda.is_available() else "cpu",
                    batch_size=self._batch_size,
                )
        except (OSError, ValueError, KeyError) as error:
            reason = str(error).strip().split("\n", maxsplit=1)[0]
            raise SamplerError(f"{self.folder}: cannot be loaded: {reason}") from error

    def identity(self) -> Mapping[str, Any]:
        """Weights, number format and sampling; JSON values only."""
        return {
            **self.known(),
            "dtype": str(self.lm.model.dtype).removeprefix("torch."),
            "max_length": self.lm.max_length,
        }

    def known(self) -> Mapping[str, Any]:
        """See ``TaskModel``; number format and length follow from the weights and their configuration."""
        return {
            "sampler": "lm-eval",
            "model": self.folder.name if self.folder.name in self.name else self.name,
            "weights": self._weights,
            "temperature": self.temperature,
            "max_new_tokens": self.max_tokens,
            "seed": self.seed,
        }

    def refuse(self, name: str, kinds: Sequence[str]) -> None:
        """A local model answers all kinds."""

    def answer(self, kind: str, requests: Sequence[Any], *, name: str, draw: int) -> list[Reply]:
        """See ``TaskModel``; whether a text was cut is told by its length, since lm-eval does not pass on why it ended."""
        import torch

        with quiet_libraries(), torch.random.fork_rng():
            torch.manual_seed(draw_seed(self.seed, name, draw))
            values: list[Any] = getattr(self.lm, kind)(list(requests), disable_tqdm=True)
        return [
            Reply(
                value=value, cut=kind == GENERATE and self._tokens(value) >= request.args[1]["max_gen_toks"]
            )
            for value, request in zip(values, requests, strict=True)
        ]

    @property
    def room(self) -> int:
        """Tokens that prompt and answer may have together; lm-eval cuts a longer prompt on the left."""
        return int(self.lm.max_length)

    def cuts(self, prompt: str, limit: int) -> bool:
        """Whether lm-eval cuts the prompt's beginning off, which it does without a word in its results."""
        return self._tokens(prompt) + limit > self.room

    def _tokens(self, text: str) -> int:
        return len(self.lm.tok_encode(text, add_special_tokens=False))
