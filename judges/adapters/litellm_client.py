"""Chat completions of any provider through litellm, with our limits, retries and statuses around it.

litellm is asked for one request and nothing else: its own retries are off at both of its levels (left on they
multiply: 3 turn into 12), its price table is the one in its package (no download at import), its limit of 500
connections a host is lifted, and each attempt ends at our time limit. It is an extra, imported on use (seconds), and
costs about 2 ms of CPU a call where our own client costs 0.1: for OpenAI-compatible endpoints use that.

1.82.7 and 1.82.8 were put on PyPI by a thief of credentials (OSV MAL-2026-2144): they are refused by name before the
import, although their ``.pth`` file ran at the start of the interpreter and uninstalling them is not enough.
"""

import asyncio
import os
from collections.abc import Mapping, Sequence
from importlib import import_module, metadata
from typing import Any, Final

import msgspec

from rvpo.judges.classify import Failure, RawReply, classify
from rvpo.judges.errors import JudgeConfigError
from rvpo.judges.limits.dispatch import Dispatcher
from rvpo.judges.limits.settings import Limits

STOLEN: Final = frozenset({"1.82.7", "1.82.8"})
INSTALL: Final = "pip install 'rvpo[litellm]'"

_SETTINGS: Final = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "AIOHTTP_CONNECTOR_LIMIT": "65536",  # 0 would not lift it: aiohttp's own 100 would then hold
    "AIOHTTP_CONNECTOR_LIMIT_PER_HOST": "65536",
}

_encode = msgspec.json.Encoder().encode


class LitellmClient:
    """Asks through litellm; make it inside an event loop and ``close`` it there.

    Args:
        base_url: Address of the endpoint; ``None`` leaves it to litellm and the model's prefix (``anthropic/...``).
        api_key: ``None`` leaves it to the environment variables that litellm knows for the provider.
        limits: How calls are held back and repeated.

    Raises:
        JudgeConfigError: litellm is not installed, or a version that must not run.
    """

    def __init__(
        self, base_url: str | None = None, *, api_key: str | None = None, limits: Limits | None = None
    ) -> None:
        limits = limits or Limits()
        self._litellm = import_litellm()
        self._timeout_s = limits.timeout_s
        self._api_key = api_key
        self._fixed: dict[str, Any] = {"num_retries": 0, "max_retries": 0, "timeout": limits.timeout_s}
        self._fixed |= {"api_base": base_url} if base_url else {}
        self._fixed |= {"api_key": api_key} if api_key else {}
        self.dispatcher = Dispatcher(limits)

    async def close(self) -> None:
        """Close litellm's connections."""
        await self._litellm.close_litellm_async_clients()

    async def complete(
        self, model: str, messages: Sequence[Mapping[str, str]], sampling: Mapping[str, Any]
    ) -> RawReply:
        """Ask for one chat completion; ``model`` with its provider, as in ``anthropic/claude-...``.

        Raises:
            CallFailed: The provider said no for good, or the attempts ran out; ``status`` says which.
        """
        size = sum(len(message["content"]) for message in messages)
        return await self.dispatcher.send(lambda: self._ask(model, messages, sampling), size)

    async def _ask(
        self, model: str, messages: Sequence[Mapping[str, str]], sampling: Mapping[str, Any]
    ) -> bytes | Failure:
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._litellm.acompletion(
                    model=model, messages=[dict(message) for message in messages], **sampling, **self._fixed
                )
        except TimeoutError:
            return Failure("timeout", f"no answer within {self._timeout_s:g} s", retry=True)
        except Exception as wrong:  # noqa: BLE001 - whatever a provider's adapter raises becomes a status
            return self._failure(wrong)
        body = _encode(_with_refusals(response.model_dump(mode="json")))
        return classify(200, {}, body) or body

    def _failure(self, wrong: Exception) -> Failure:
        words = " ".join(f"{wrong} {getattr(wrong, 'code', None) or ''}".split()) or type(wrong).__name__
        if self._api_key:
            words = words.replace(self._api_key, "***")
        if isinstance(wrong, self._litellm.ContentPolicyViolationError):
            return Failure("content_filter", words, retry=False)
        if isinstance(wrong, self._litellm.ContextWindowExceededError):
            return Failure("context_length", words, retry=False)
        code = getattr(wrong, "status_code", None)
        if not isinstance(code, int) or code < 400:
            return Failure("transport", words, retry=True)
        headers = getattr(wrong, "litellm_response_headers", None) or {}
        said = classify(code, headers, words.encode())
        assert said is not None
        return said


def _with_refusals(completion: dict[str, Any]) -> dict[str, Any]:
    """Put refusals back where the protocol has them; litellm files them under the provider's own fields."""
    for choice in completion.get("choices", ()):
        message = choice.get("message") or {}
        refusal = (message.get("provider_specific_fields") or {}).get("refusal")
        if refusal and not message.get("refusal"):
            message["refusal"] = refusal
    return completion


def check_litellm() -> None:
    """Look whether litellm is there, without importing it.

    Raises:
        JudgeConfigError: It is not installed, or a version that must not run.
    """
    try:
        version = metadata.version("litellm")
    except metadata.PackageNotFoundError as wrong:
        raise JudgeConfigError(f"this needs litellm, which is not installed: {INSTALL}") from wrong
    if version in STOLEN:
        raise JudgeConfigError(
            f"litellm {version} steals credentials (OSV MAL-2026-2144) and is not imported: "
            f"clean this machine, renew its keys, then {INSTALL}"
        )


def import_litellm() -> Any:
    """litellm, set up to ask for one request and nothing else.

    Raises:
        JudgeConfigError: See ``check_litellm``.
    """
    check_litellm()
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    litellm: Any = import_module("litellm")
    litellm.suppress_debug_info = True
    return litellm
