"""A judge in this process: a small model's probability of "yes" against "no" after a yes/no question.

For demonstrations, tests and machines without an endpoint; a model this small is a weak judge, and reports say so.
``p_met = yes / (yes + no)``; when yes and no together hold less than ``min_mass`` of the next token, the model is not
answering the question, and the verdict is ``uncertain``, not a score. Asking again would bring the same numbers.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import msgspec

from rvpo.judges.client import RawReply
from rvpo.judges.config import JudgeConfig
from rvpo.judges.embedded_model import embedded_model_path
from rvpo.judges.errors import CallFailed, JudgeConfigError
from rvpo.judges.key import request_key
from rvpo.judges.parse import Reading
from rvpo.judges.protocol import Question
from rvpo.judges.records import JudgeIdentity, Usage
from rvpo.judges.weights import weights_hash

if TYPE_CHECKING:
    from rvpo.judges.yes_no import YesNo

EMBEDDED_NAME = "embedded SmolLM2-135M-Instruct"


class YesNoReply(msgspec.Struct, frozen=True):
    """The raw reply of this judge, as stored."""

    yes: float
    no: float
    prompt_tokens: int


class EmbeddedJudge:
    """Loads its model when made (seconds; do it off the event loop) and asks it on one thread, batch by batch."""

    votes = 1
    usd = 0.0

    def __init__(self, config: JudgeConfig) -> None:
        from rvpo.judges.yes_no import YesNoModel

        folder = Path(config.model).expanduser() if config.model else embedded_model_path()
        if not folder.is_dir():
            raise JudgeConfigError(f"{folder}: there is no such model folder (model of judge: embedded)")
        self._model = YesNoModel(folder)
        self._config = config
        self._longest = config.max_prompt_tokens or self._model.max_tokens
        weights = weights_hash(folder)
        self.identity = JudgeIdentity(
            kind="embedded", model=config.model or EMBEDDED_NAME, endpoint=f"sha256:{weights[:16]}"
        )
        self._share = {"weights": weights, "dtype": str(self._model.dtype)}
        self._waiting: list[tuple[Question, asyncio.Future[RawReply]]] = []
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="rvpo-embedded")
        self._worker: asyncio.Task[None] | None = None

    def key(self, question: Question, vote: int) -> bytes:
        """See ``Judge``."""
        return request_key(self._share, question.messages(vote), vote)

    async def ask(self, question: Question, vote: int) -> RawReply:  # noqa: ARG002 - every vote is the same
        """See ``Judge``."""
        answer: asyncio.Future[RawReply] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        return await answer

    def read(self, body: bytes) -> Reading:
        """See ``Judge``."""
        try:
            reply = msgspec.json.decode(body, type=YesNoReply)
        except msgspec.DecodeError as wrong:
            raise ValueError(f"not a yes/no reply: {wrong}") from wrong
        usage = Usage(prompt_tokens=reply.prompt_tokens)
        mass = reply.yes + reply.no
        if mass < max(self._config.min_mass, 1e-9):
            return Reading(
                status="uncertain", usage=usage, explanation=f"yes and no hold {mass:.3g} of the next token"
            )
        p_met = reply.yes / mass
        score = p_met if self._config.score == "probability" else float(p_met >= 0.5)
        return Reading(
            status="ok", score=score, p_met=p_met, usage=usage, explanation=f"p(yes) = {p_met:.3f}"
        )

    async def close(self) -> None:
        """See ``Judge``."""
        if self._worker is not None:
            self._worker.cancel()
        self._thread.shutdown(wait=True, cancel_futures=True)

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        # One turn of the loop, so that all criteria of a response are waiting.
        await asyncio.sleep(0)
        while batch := self._next_batch():
            try:
                replies = await loop.run_in_executor(
                    self._thread, self._run, [question for question, _ in batch]
                )
            except Exception as wrong:  # noqa: BLE001 - whoever asked is told; the worker goes on
                replies = [wrong] * len(batch)
            for (_, answer), reply in zip(batch, replies, strict=True):
                if answer.done():
                    continue
                if isinstance(reply, Exception):
                    answer.set_exception(reply)
                else:
                    answer.set_result(reply)

    def _next_batch(self) -> list[tuple[Question, asyncio.Future[RawReply]]]:
        """The first that waits and others about the same response, without those that were given up."""
        self._waiting = [entry for entry in self._waiting if not entry[1].done()]
        if not self._waiting:
            return []
        prompt = self._waiting[0][0].prompt
        same = [entry for entry in self._waiting if entry[0].prompt is prompt][: self._config.batch_size]
        taken = {id(answer) for _, answer in same}
        self._waiting = [entry for entry in self._waiting if id(entry[1]) not in taken]
        return same

    def _run(self, questions: list[Question]) -> list[RawReply | Exception]:
        started = perf_counter()
        tokens = [self._model.tokens(question.messages(0)) for question in questions]
        fitting = [place for place, ids in enumerate(tokens) if len(ids) <= self._longest]
        found: dict[int, YesNo] = {}
        if fitting:
            found = dict(zip(fitting, self._model.ask([tokens[place] for place in fitting]), strict=True))
        took_s = (perf_counter() - started) / len(questions)
        return [
            _reply(found[place], len(ids), took_s) if place in found else self._too_long(len(ids))
            for place, ids in enumerate(tokens)
        ]

    def _too_long(self, length: int) -> CallFailed:
        return CallFailed(
            "context_length", f"the question has {length} tokens, the judge reads {self._longest}"
        )


def _reply(answer: "YesNo", prompt_tokens: int, took_s: float) -> RawReply:
    return RawReply(msgspec.json.encode(YesNoReply(answer.yes, answer.no, prompt_tokens)), took_s)
