"""Samples any model that litellm reaches, with the judges' litellm client around it (our retries, limits and statuses).

Everything but who sends the requests is ``ChatSampler``'s. A provider that takes no seed gets none, and the run says so:
litellm would refuse the request, or drop the seed unasked.
"""

from collections.abc import Mapping
from typing import Any

from rvpo.harness.chat_sampler import ChatSampler
from rvpo.harness.samplers import Ask
from rvpo.judges.adapters.litellm_client import LitellmClient, import_litellm
from rvpo.judges.client import Completer


class LitellmSampler(ChatSampler):
    """A chat model of any provider.

    Args:
        model: With its provider, as in ``anthropic/claude-...``.
        base_url: Address of the endpoint; ``None`` leaves it to litellm and the model's prefix.
        settings: As ``ChatSampler``'s; without ``api_key_env`` litellm reads the provider's own variable.

    Raises:
        JudgeConfigError: litellm is not installed, or a version that must not run.
        SamplerError: The address is none, or the key's variable is not set.
    """

    kind = "litellm"

    def __init__(self, model: str, *, base_url: str | None = None, **settings: Any) -> None:
        super().__init__(model, base_url=base_url, **settings)
        supported = import_litellm().get_supported_openai_params(model)
        self._takes_seed = supported is None or "seed" in supported

    def identity(self) -> Mapping[str, Any]:
        """Model, address if one was given, sampling; no seed where the provider takes none."""
        return {**super().identity(), "seed": self._seed if self._takes_seed else None}

    def _open_client(self) -> Completer:
        return LitellmClient(self._base_url, api_key=self._api_key, limits=self._limits)

    def _seeded(self, ask: Ask) -> dict[str, int]:
        return super()._seeded(ask) if self._takes_seed else {}
