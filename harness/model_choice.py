"""Which sampler a command line means: a checkpoint, ``vllm:`` or ``litellm:`` before a name, an endpoint, stored answers."""

from pathlib import Path
from typing import Any, Final

import msgspec

from rvpo.harness.errors import SamplerError
from rvpo.harness.samplers import Sampler

LITELLM: Final = "litellm:"
VLLM: Final = "vllm:"


class ModelChoice(msgspec.Struct, frozen=True, kw_only=True):
    """What was said of the model."""

    model: str | None = None
    base_url: str | None = None
    api_key_env: str | None = None
    responses: Path | None = None
    likelihood: bool = False
    temperature: float = 0.0
    max_tokens: int = 1024
    batch_size: int = 32
    concurrency: int = 64
    seed: int = 0

    @property
    def folder(self) -> str:
        """The place of the weights, without the word for what runs them; empty where none are given."""
        if self.model is None or self.base_url is not None or self.model.startswith(LITELLM):
            return ""
        return self.model.removeprefix(VLLM)

    def at(self, folder: Path) -> "ModelChoice":
        """The same choice of another checkpoint."""
        runner = VLLM if (self.model or "").startswith(VLLM) else ""
        return msgspec.structs.replace(self, model=f"{runner}{folder}")


def open_sampler(choice: ModelChoice) -> Sampler:
    """Make the sampler.

    Raises:
        SamplerError: No model or two were said, or the one that was said cannot be opened.
        ModuleNotFoundError: What would run it is not installed.
    """
    _refuse_unclear(choice)
    if choice.responses is not None:
        from rvpo.harness.replay_sampler import ReplaySampler

        return ReplaySampler(choice.responses)
    assert choice.model is not None
    sampling: dict[str, Any] = {
        "max_new_tokens": choice.max_tokens,
        "temperature": choice.temperature,
        "seed": choice.seed,
    }
    if choice.base_url is not None or choice.model.startswith(LITELLM):
        return _by_requests(choice, choice.model, sampling)
    if choice.likelihood:
        from rvpo.harness.gpqa.likelihood import LikelihoodSampler

        return LikelihoodSampler(choice.model, batch_size=choice.batch_size)
    if choice.model.startswith(VLLM):
        from rvpo.harness.vllm_sampler import VllmSampler

        return VllmSampler(choice.model.removeprefix(VLLM), **sampling)
    from rvpo.harness.transformers_sampler import TransformersSampler

    return TransformersSampler(choice.model, batch_size=choice.batch_size, **sampling)


def _by_requests(choice: ModelChoice, model: str, sampling: dict[str, Any]) -> Sampler:
    settings = {**sampling, "api_key_env": choice.api_key_env, "concurrency": choice.concurrency}
    if model.startswith(LITELLM):
        from rvpo.harness.litellm_sampler import LitellmSampler

        return LitellmSampler(model.removeprefix(LITELLM), base_url=choice.base_url, **settings)
    from rvpo.harness.endpoint_sampler import EndpointSampler

    assert choice.base_url is not None
    return EndpointSampler(choice.base_url, model, **settings)


def _refuse_unclear(choice: ModelChoice) -> None:
    if choice.likelihood and (not choice.folder or choice.folder != choice.model):
        raise SamplerError("--likelihood needs the weights: --model embedded or a checkpoint folder")
    if bool(choice.model) == (choice.responses is not None) or (choice.base_url and choice.responses):
        raise SamplerError(
            "say which model: --model M, or --base-url URL --model NAME, or --responses FILE alone"
        )
