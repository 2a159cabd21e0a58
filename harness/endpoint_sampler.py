"""Samples a model behind an OpenAI-compatible endpoint, with the judges' own chat client."""

from typing import Any

from rvpo.harness.chat_sampler import ChatSampler
from rvpo.judges.client import ChatClient, Completer


class EndpointSampler(ChatSampler):
    """A chat model behind an endpoint.

    Args:
        base_url: Address up to and without ``/chat/completions``.
        model: Name at the endpoint.
        settings: As ``ChatSampler``'s.

    Raises:
        SamplerError: The address is none, or the key's variable is not set.
    """

    kind = "endpoint"

    def __init__(self, base_url: str, model: str, **settings: Any) -> None:
        super().__init__(model, base_url=base_url, **settings)

    def _open_client(self) -> Completer:
        assert self._base_url is not None
        return ChatClient(self._base_url, api_key=self._api_key, limits=self._limits)
