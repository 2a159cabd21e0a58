"""A chat model behind an endpoint that sits lm-eval's tasks: only those answered by text, each prompt one user's message.

lm-eval's own ``local-chat-completions`` does the same, without a seed for each draw and without ours of retries. What
comes after a stop sequence is cut off here too, since endpoints take no more than four and some take none.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rvpo.harness.endpoint_sampler import EndpointSampler
from rvpo.harness.errors import ExamError
from rvpo.harness.items import ExamItem
from rvpo.harness.lm_eval_task.contract import GENERATE, Reply
from rvpo.harness.samplers import Ask
from rvpo.rubrics import parse_rubric

_RUBRIC: Final = parse_rubric("{id: lm_eval, criteria: [{id: metric, criterion: As lm-eval grades it.}]}")
"""Items bear one; these are never judged by it."""


class EndpointModel:
    """A chat model behind an endpoint.

    Args:
        base_url: Address up to and without ``/chat/completions``.
        model: Name at the endpoint.
        api_key_env: Environment variable with the key; ``None`` sends none.
        temperature: ``None`` leaves the task its own (usually greedy).
        max_tokens: Limit of an answer; ``None`` leaves the task its own, or lm-eval's 256.
        seed: Of draws at a temperature.
        concurrency: Requests in flight.

    Raises:
        SamplerError: The address is none, or the key's variable is not set.
    """

    apart, room = True, None

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        api_key_env: str | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
        seed: int = 0,
        concurrency: int = 64,
    ) -> None:
        self.temperature, self.max_tokens = temperature, max_tokens
        self._settings: dict[str, Any] = {
            "base_url": base_url,
            "model": model,
            "api_key_env": api_key_env,
            "seed": seed,
            "concurrency": concurrency,
        }
        self._identity = {
            name: value
            for name, value in EndpointSampler(**self._settings).identity().items()
            if name in {"sampler", "model", "endpoint", "seed"}
        }

    def identity(self) -> Mapping[str, Any]:
        """Endpoint, model name and sampling; what weights lie behind the name only the server knows."""
        sampling = {"temperature": self.temperature, "max_new_tokens": self.max_tokens}
        return {**self._identity, **sampling, "prompt": "one message of the user's"}

    def known(self) -> Mapping[str, Any]:
        """See ``TaskModel``: all of it."""
        return self.identity()

    def refuse(self, name: str, kinds: Sequence[str]) -> None:
        """See ``TaskModel``."""
        if set(kinds) != {GENERATE}:
            raise ExamError(
                f"lm-eval:{name}: is scored by likelihoods, which a chat endpoint does not give: name a local "
                "checkpoint (--model FOLDER, without --base-url)"
            )

    def answer(self, kind: str, requests: Sequence[Any], *, name: str, draw: int) -> list[Reply]:  # noqa: ARG002
        """See ``TaskModel``; requests of other settings are asked after one another."""
        replies: dict[int, Reply] = {}
        places_of = {_name(request): place for place, request in enumerate(requests)}
        groups: dict[tuple[int, float], list[int]] = {}
        for place, request in enumerate(requests):
            told = request.args[1]
            sampled = told.get("do_sample", False)
            warmth = float(told.get("temperature", 1.0)) if sampled else 0.0
            groups.setdefault((told["max_gen_toks"], warmth), []).append(place)
        for (limit, warmth), places in groups.items():
            sampler = EndpointSampler(**self._settings, max_new_tokens=limit, temperature=warmth)
            asks = [Ask(_item(requests[place]), draw) for place in places]
            for batch in sampler.sample(asks):
                for said in batch:
                    place = places_of[said.item_id]
                    if said.finish_reason == "failed":
                        replies[place] = Reply(error=said.error)
                    else:
                        text = _stopped(said.text, requests[place].args[1].get("until") or ())
                        cut = said.finish_reason == "length" and text == said.text
                        replies[place] = Reply(value=text, cut=cut)
        return [replies[place] for place in range(len(requests))]

    def cuts(self, prompt: str, limit: int) -> bool:  # noqa: ARG002
        """No: an endpoint refuses what is too long for its model."""
        return False


def _name(request: Any) -> str:
    """One's own for each request of a task; with the draw it decides the seed that is sent."""
    return f"{request.task_name}/{request.doc_id}/{request.idx}"


def _item(request: Any) -> ExamItem:
    return ExamItem(
        id=_name(request), messages=({"role": "user", "content": str(request.args[0])},), rubric=_RUBRIC
    )


def _stopped(text: str, until: str | Sequence[str]) -> str:
    """What comes before the first stop sequence, as lm-eval cuts a local model's text."""
    for stop in [until] if isinstance(until, str) else until:
        if stop:
            text = text.split(stop, maxsplit=1)[0]
    return text
