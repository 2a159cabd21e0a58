"""What lm-eval's tasks need of a model: answers to requests, and how the task's settings are read. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import msgspec

LM_EVAL_LIMIT: Final = 256
"""What lm-eval cuts an answer at where neither task nor user says."""
_LIMITS: Final = ("max_gen_toks", "max_new_tokens", "max_tokens", "max_completion_tokens")
"""Names that a task gives its limit by."""
GENERATE: Final = "generate_until"
"""lm-eval's kind of request that is answered by text; all others are answered by likelihoods."""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What a model gave to one request."""

    value: Any = None
    """A text, or (log-likelihood, is greedy); ``None`` if there is no answer."""
    cut: bool = False
    """Whether the text ended at the token limit."""
    error: str = ""
    """Why there is no answer."""


class TaskModel(Protocol):
    """A model that sits lm-eval's tasks."""

    @property
    def temperature(self) -> float | None:
        """``None`` leaves the task its own (usually greedy)."""
        ...

    @property
    def max_tokens(self) -> int | None:
        """Limit of an answer; ``None`` leaves the task its own, or lm-eval's 256."""
        ...

    @property
    def apart(self) -> bool:
        """Whether no answer depends on what else is asked with it, so that a piece cut short need not be asked whole."""
        ...

    @property
    def room(self) -> int | None:
        """Tokens that prompt and answer may have together, where that is known."""
        ...

    def identity(self) -> Mapping[str, Any]:
        """All that decides the answers; JSON values only."""
        ...

    def known(self) -> Mapping[str, Any]:
        """What of the identity is known before the weights are in memory; the rest follows from it."""
        ...

    def refuse(self, name: str, kinds: Sequence[str]) -> None:
        """Refuse a task that has a kind of request which the model cannot answer.

        Raises:
            ExamError: It has.
        """
        ...

    def answer(self, kind: str, requests: Sequence[Any], *, name: str, draw: int) -> list[Reply]:
        """Answer requests of one kind together.

        Args:
            kind: ``generate_until``, ``loglikelihood`` or ``loglikelihood_rolling``.
            requests: lm-eval's ``Instance``s, their settings spelled out.
            name: Of this piece of work: with ``draw`` and the seed it decides all random numbers.
            draw: Which of several draws.
        """
        ...

    def cuts(self, prompt: str, limit: int) -> bool:
        """Whether the beginning of a prompt is cut off to leave room for so many tokens."""
        ...


def settings_of(given: Mapping[str, Any], model: TaskModel) -> dict[str, Any]:
    """A task's generation settings, with what the user said in their place and the limit spelled out."""
    settings = dict(given)
    for name in _LIMITS:
        settings.pop(name, None)
    own = limit_of(given)
    settings["max_gen_toks"] = model.max_tokens or (LM_EVAL_LIMIT if own is None else own)
    if model.temperature is not None:
        settings |= {"do_sample": model.temperature > 0, "temperature": model.temperature}
    return settings


def limit_of(given: Mapping[str, Any]) -> int | None:
    """The limit of an answer that a task itself sets, in tokens; ``None`` if it sets none."""
    return next((given[name] for name in _LIMITS if name in given), None)
