"""A judge behind an OpenAI-compatible endpoint (vLLM, SGLang, OpenAI and the like), or behind litellm."""

from collections.abc import Coroutine
from functools import partial
from typing import Any, Final, NamedTuple

import msgspec

from rvpo.judges.chances import ALTERNATIVES, with_chance
from rvpo.judges.client import ChatClient, Completer, RawReply
from rvpo.judges.config import JudgeConfig
from rvpo.judges.errors import CallFailed, JudgeConfigError
from rvpo.judges.key import Asked, KeyShare
from rvpo.judges.limits.leader import LONG_BEGINNING, LeaderFirst
from rvpo.judges.parse import read_completion
from rvpo.judges.prices import prices_of
from rvpo.judges.protocol import Question
from rvpo.judges.reading import Reading
from rvpo.judges.records import JudgeIdentity, Usage
from rvpo.judges.schemas import Structure, response_format
from rvpo.rubrics import Criterion

_TRIAL: Final = Criterion(id="trial", criterion="The word is short.")
_TRIAL_MESSAGES: Final = [
    {
        "role": "user",
        "content": 'Answer with the JSON object {"explanation": "a test", "met": true} and nothing else.',
    }
]


class _Form(NamedTuple):
    """What the requests of one structure and vote have in common."""

    share: KeyShare
    head: bytes
    """The body up to the messages."""

    def body(self, asked: Asked) -> bytes:
        """The body of a request: made of the bytes that its key is the hash of."""
        return b"%b%b}" % (self.head, self.share.messages(asked))


class EndpointJudge:
    """Asks for a reason and a verdict of each criterion. Make it inside an event loop."""

    votes = 2

    def __init__(self, config: JudgeConfig) -> None:
        self.identity = JudgeIdentity(kind=config.judge, model=config.model, endpoint=config.endpoint)
        self._prices = prices_of(config.model)
        self._sampling = config.sampling()
        self._structure: Structure = "text" if config.structured == "auto" else config.structured
        self._by_chance = config.score == "probability"
        self._min_mass = config.min_mass
        self._forms: dict[tuple[int, bytes], _Form] = {}
        self._client = _client(config)
        self._leader_first = config.leader_first
        self._leaders = LeaderFirst()

    @property
    def reads_reply_alone(self) -> bool:
        """See ``Judge``: what is uncertain hangs on ``min_mass``."""
        return not self._by_chance

    def usd(self, usage: Usage) -> float | None:
        """See ``Judge``; a reply that does not tell its tokens has no known price."""
        return self._prices.of_replies(usage)

    def key(self, question: Question, vote: int) -> bytes:
        """See ``Judge``."""
        return question.prompt.key(self._form(question).share, question.criteria, vote)

    def asked(self, question: Question, vote: int) -> Asked:
        """See ``Judge``."""
        return question.prompt.asked(self._form(question).share, question.criteria, vote)

    def sheet_key(self, question: Question) -> bytes | None:
        """See ``Judge``; requests about plain criteria all have the form of the first."""
        if self._by_chance:
            return None
        first = Question(question.prompt, question.criteria[:1], question.sample)
        return question.prompt.sheet_key(self._form(first).share, question.criteria)

    async def ask(self, question: Question, vote: int) -> RawReply:
        """See ``Judge``."""
        asked = self.asked(question, vote)
        leads = self._leader_first
        if leads is False or (leads == "auto" and len(asked.start) < LONG_BEGINNING):
            return await self._ask(question, vote, asked)
        async with self._leaders.turn(id(question.prompt)):
            return await self._ask(question, vote, asked)

    def _ask(self, question: Question, vote: int, asked: Asked) -> Coroutine[Any, Any, RawReply]:
        client = self._client
        if not isinstance(client, ChatClient):
            fields = self._fields(question.criteria, question.sample)
            return client.complete(self.identity.model, question.messages(vote), fields)
        form = self._form(question)
        return client.send(partial(form.body, asked), len(form.head) + len(asked.start) + len(asked.rest))

    def body(self, question: Question, vote: int) -> dict[str, Any]:
        """The body of the request that asks it, for those who send it themselves."""
        fields = self._fields(question.criteria, question.sample)
        return {"model": self.identity.model, "messages": question.messages(vote), **fields}

    async def takes_structure(self) -> bool:
        """Ask one tiny question to see whether the endpoint takes requests of the declared structure.

        Raises:
            JudgeConfigError: It cannot be asked.
        """
        try:
            await self._client.complete(self.identity.model, _TRIAL_MESSAGES, self._fields((_TRIAL,)))
        except CallFailed as failed:
            if failed.status == "rejected":
                return False
            raise JudgeConfigError(
                f"structured: auto found no answer at {self.identity.endpoint}: {failed}"
            ) from failed
        return True

    def read(self, body: bytes, question: Question) -> tuple[Reading, ...]:
        """See ``Judge``."""
        readings = read_completion(body, question.criteria, question.response)
        if self._wants_chances(question.criteria):
            return (with_chance(readings[0], body, min_mass=self._min_mass),)
        return readings

    def _wants_chances(self, criteria: tuple[Criterion, ...]) -> bool:
        return self._by_chance and len(criteria) == 1 and criteria[0].scale == "binary"

    def _fields(self, criteria: tuple[Criterion, ...], sample: int = 0) -> dict[str, Any]:
        """The fields of a request beside model and messages; each vote has a seed of its own, if there is one."""
        fields = self._sampling
        if sample and isinstance(seed := fields.get("seed"), int):
            fields = {**fields, "seed": seed + sample}
        if self._wants_chances(criteria):
            fields = {"logprobs": True, "top_logprobs": ALTERNATIVES, **fields}
        wanted = response_format(self._structure, criteria)
        return fields if wanted is None else {**fields, "response_format": wanted}

    def _form(self, question: Question) -> _Form:
        structured = self._structure == "json_schema"
        kind = msgspec.json.encode(response_format(self._structure, question.criteria)) if structured else b""
        if self._wants_chances(question.criteria):
            kind += b" logprobs"
        sample = question.sample
        form = self._forms.get((sample, kind))
        if form is None:
            who = self.identity
            fields = self._fields(question.criteria, sample)
            judge = {"endpoint": who.endpoint, "model": who.model, "sampling": fields}
            share = KeyShare({**judge, "sample": sample} if sample else judge)
            head = msgspec.json.encode({"model": who.model, **fields})[:-1] + b',"messages":'
            form = self._forms[sample, kind] = _Form(share, head)
        return form

    async def close(self) -> None:
        """See ``Judge``."""
        await self._client.close()


def _client(config: JudgeConfig) -> Completer:
    if config.judge == "litellm":
        from rvpo.judges.adapters.litellm_client import LitellmClient

        return LitellmClient(config.base_url, api_key=config.api_key(), limits=config.limits())
    return ChatClient(config.endpoint, api_key=config.api_key(), limits=config.limits())
