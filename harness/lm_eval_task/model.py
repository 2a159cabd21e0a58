"""A local checkpoint as lm-eval's model, without its cache of answers, and with the identity of its weights.

lm-eval's ``use_cache`` keeps answers under a key without the model in it, so that a second model gets the first one's
answers; here it cannot be switched on. Its own record of a local checkpoint names no weights; ours hashes them. Its
generation limit, 256 tokens unless a task says otherwise, cuts chains of thought without a word; here it is recorded.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rvpo.harness.errors import SamplerError
from rvpo.harness.samplers import draw_seed
from rvpo.harness.weights import resolve_model, weights_identity
from rvpo.judges.quiet import quiet_libraries

LM_EVAL_LIMIT: Final = 256
"""What lm-eval cuts an answer at where neither task nor user says."""


class HarnessModel:
    """A checkpoint that lm-eval asks.

    Args:
        model: ``embedded``, a checkpoint folder, or a name on the hub.
        batch_size: Requests computed together.
        temperature: ``None`` leaves the task its own (usually greedy).
        max_tokens: Limit of an answer; ``None`` leaves the task its own, or lm-eval's 256.
        seed: Of draws at a temperature.

    Raises:
        SamplerError: There is no such model, or it cannot be loaded.
    """

    def __init__(
        self,
        model: str,
        *,
        batch_size: int = 32,
        temperature: float | None = None,
        max_tokens: int | None = None,
        seed: int = 0,
    ) -> None:
        import torch
        from lm_eval.models.huggingface import HFLM

        self.name, self.folder = model, resolve_model(model)
        self.temperature, self.max_tokens, self.seed = temperature, max_tokens, seed
        self._weights = weights_identity(self.folder)
        make: Any = HFLM  # its decorator hides its parameters from type checkers
        adapter = (self.folder / "adapter_config.json").exists()
        base = _base_of(self.folder) if adapter else self.folder
        try:
            with quiet_libraries():
                self.lm: Any = make(
                    pretrained=str(base),
                    peft=str(self.folder) if adapter else None,
                    backend="causal",
                    device="cuda" if torch.cuda.is_available() else "cpu",
                    batch_size=batch_size,
                )
        except (OSError, ValueError, KeyError) as error:
            reason = str(error).strip().split("\n", maxsplit=1)[0]
            raise SamplerError(f"{self.folder}: cannot be loaded: {reason}") from error

    def identity(self) -> Mapping[str, Any]:
        """Weights, number format and sampling; JSON values only."""
        return {
            "sampler": "lm-eval",
            "model": self.folder.name if self.folder.name in self.name else self.name,
            "weights": self._weights,
            "dtype": str(self.lm.model.dtype).removeprefix("torch."),
            "max_length": self.lm.max_length,
            "temperature": self.temperature,
            "max_new_tokens": self.max_tokens,
            "seed": self.seed,
        }

    def settings(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """A task's generation settings, with what the user said in their place and the limit spelled out."""
        settings = dict(given)
        names = ("max_gen_toks", "max_new_tokens", "max_tokens", "max_completion_tokens")
        limits = [settings.pop(name) for name in names if name in settings]
        settings["max_gen_toks"] = self.max_tokens or next(iter(limits), LM_EVAL_LIMIT)
        if self.temperature is not None:
            settings |= {"do_sample": self.temperature > 0, "temperature": self.temperature}
        return settings

    def answer(self, kind: str, requests: Sequence[Any], *, name: str, draw: int) -> list[Any]:
        """Answer requests of one kind together.

        Args:
            kind: ``generate_until``, ``loglikelihood`` or ``loglikelihood_rolling``.
            requests: lm-eval's ``Instance``s.
            name: Of this piece of work: with ``draw`` and the seed it decides all random numbers.
            draw: Which of several draws.
        """
        import torch

        with quiet_libraries(), torch.random.fork_rng():
            torch.manual_seed(draw_seed(self.seed, name, draw))
            replies: list[Any] = getattr(self.lm, kind)(list(requests), disable_tqdm=True)
        return replies

    @property
    def room(self) -> int:
        """Tokens that prompt and answer may have together; lm-eval cuts a longer prompt on the left."""
        return int(self.lm.max_length)

    def tokens(self, text: str) -> int:
        """How many tokens a text is."""
        return len(self.lm.tok_encode(text, add_special_tokens=False))


def _base_of(folder: Any) -> Any:
    import json

    said = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    return resolve_model(said["base_model_name_or_path"])
