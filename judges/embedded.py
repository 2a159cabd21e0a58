"""A judge in this process: a small model's probability of "yes" against "no", or of the letters of options.

For demonstrations, tests and machines without an endpoint; a model this small is a weak judge, and reports say so.
``p_met = yes / (yes + no)``; of options, the score is the expected value over those that are not n/a, unless n/a is
the likeliest. When the answers together hold less than ``min_mass`` of the next token, the model is not answering the
question, and the verdict is ``uncertain``, not a score. Asking again would bring the same numbers.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import msgspec

from rvpo.judges.client import RawReply
from rvpo.judges.config import JudgeConfig
from rvpo.judges.embedded_model import embedded_model_path
from rvpo.judges.errors import CallFailed, JudgeConfigError
from rvpo.judges.key import Asked, KeyShare
from rvpo.judges.protocol import Question
from rvpo.judges.reading import Reading
from rvpo.judges.records import JudgeIdentity, Usage
from rvpo.judges.weights import weights_hash
from rvpo.rubrics import Criterion
from rvpo.rubrics.schema import Option

if TYPE_CHECKING:
    from rvpo.judges.next_token import Chances

EMBEDDED_NAME = "embedded SmolLM2-135M-Instruct"


class YesNoReply(msgspec.Struct, frozen=True):
    """The raw reply to a yes/no question, as stored."""

    yes: float
    no: float
    prompt_tokens: int


class LettersReply(msgspec.Struct, frozen=True):
    """The raw reply to a question with options, as stored."""

    letters: tuple[float, ...]
    prompt_tokens: int


class EmbeddedJudge:
    """Loads its model when made (seconds; do it off the event loop) and asks it on one thread, batch by batch."""

    votes = 1
    reads_reply_alone = False

    def __init__(self, config: JudgeConfig) -> None:
        from rvpo.judges.next_token import NextTokenModel

        folder = Path(config.model).expanduser() if config.model else embedded_model_path()
        if not folder.is_dir():
            raise JudgeConfigError(f"{folder}: there is no such model folder (model of judge: embedded)")
        self._model = NextTokenModel(folder)
        self._config = config
        self._longest = config.max_prompt_tokens or self._model.max_tokens
        weights = weights_hash(folder)
        self.identity = JudgeIdentity(
            kind="embedded", model=config.model or EMBEDDED_NAME, endpoint=f"sha256:{weights[:16]}"
        )
        self._share = KeyShare({"weights": weights, "dtype": str(self._model.dtype)})
        self._waiting: list[tuple[Question, asyncio.Future[RawReply]]] = []
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="rvpo-embedded")
        self._worker: asyncio.Task[None] | None = None

    def key(self, question: Question, vote: int) -> bytes:
        """See ``Judge``."""
        return question.prompt.key(self._share, question.criteria, vote)

    def asked(self, question: Question, vote: int) -> Asked:
        """See ``Judge``."""
        return question.prompt.asked(self._share, question.criteria, vote)

    def sheet_key(self, question: Question) -> None:
        """See ``Judge``; there is none."""

    async def ask(self, question: Question, vote: int) -> RawReply:  # noqa: ARG002 - every vote is the same
        """See ``Judge``."""
        answer: asyncio.Future[RawReply] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        return await answer

    def usd(self, usage: Usage) -> float:  # noqa: ARG002 - whatever it read
        """See ``Judge``; this machine's time is not counted."""
        return 0.0

    def read(self, body: bytes, question: Question) -> tuple[Reading, ...]:
        """See ``Judge``."""
        return (self._read(body, question.only),)

    def _read(self, body: bytes, criterion: Criterion) -> Reading:
        options = criterion.options
        try:
            chances, prompt_tokens = _letters(body) if options else _yes_no(body)
        except msgspec.DecodeError as wrong:
            raise ValueError(f"not a reply to this question: {wrong}") from wrong
        usage = Usage(prompt_tokens=prompt_tokens)
        mass = sum(chances)
        if mass < max(self._config.min_mass, 1e-9):
            return Reading(
                status="uncertain", usage=usage, explanation=f"the answers hold {mass:.3g} of the next token"
            )
        shares = [chance / mass for chance in chances]
        read = (
            read_options(options, shares, self._config) if options else read_yes_no(shares[0], self._config)
        )
        return msgspec.structs.replace(read, usage=usage)

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
        """The first that waits and others about the same response and of its form, without those given up."""
        self._waiting = [entry for entry in self._waiting if not entry[1].done()]
        if not self._waiting:
            return []
        first = self._waiting[0][0]
        same = [entry for entry in self._waiting if _share_a_beginning(entry[0], first)]
        same = same[: self._config.batch_size]
        taken = {id(answer) for _, answer in same}
        self._waiting = [entry for entry in self._waiting if id(entry[1]) not in taken]
        return same

    def _run(self, questions: list[Question]) -> list[RawReply | Exception]:
        started = perf_counter()
        tokens = [self._model.tokens(question.messages(0)) for question in questions]
        fitting = [place for place, ids in enumerate(tokens) if len(ids) <= self._longest]
        found: dict[int, Chances] = {}
        if fitting:
            answers = [self._answers_to(questions[place]) for place in fitting]
            chances = self._model.ask([tokens[place] for place in fitting], answers)
            found = dict(zip(fitting, chances, strict=True))
        took_s = (perf_counter() - started) / len(questions)
        return [
            _reply(questions[place], found[place], len(ids), took_s)
            if place in found
            else self._too_long(len(ids))
            for place, ids in enumerate(tokens)
        ]

    def _answers_to(self, question: Question) -> list[list[int]]:
        options = question.only.options
        return self._model.letters(len(options)) if options else self._model.yes_no

    def _too_long(self, length: int) -> CallFailed:
        return CallFailed(
            "context_length", f"the question has {length} tokens, the judge reads {self._longest}"
        )


def _share_a_beginning(one: Question, other: Question) -> bool:
    return one.prompt is other.prompt and (one.only.options is None) == (other.only.options is None)


def read_yes_no(p_met: float, config: JudgeConfig) -> Reading:
    """The verdict of a probability of yes."""
    score = float(p_met >= 0.5) if config.score == "verdict" else p_met
    return Reading(status="ok", score=score, p_met=p_met, explanation=f"p(yes) = {p_met:.3f}")


def read_options(options: Sequence[Option], shares: Sequence[float], config: JudgeConfig) -> Reading:
    """The verdict of probabilities that sum to 1, in the order of the options."""
    chosen = options[max(range(len(options)), key=shares.__getitem__)]
    said = ", ".join(
        f"p({option.label}) = {share:.3f}" for option, share in zip(options, shares, strict=True)
    )
    if chosen.na:
        return Reading(status="not_applicable", answer=chosen.label, explanation=said)
    if config.score == "verdict":
        return Reading(status="ok", score=chosen.value, answer=chosen.label, explanation=said)
    real = [
        (option.value or 0.0, share) for option, share in zip(options, shares, strict=True) if not option.na
    ]
    expected = sum(value * share for value, share in real) / sum(share for _, share in real)
    return Reading(status="ok", score=min(expected, 1.0), answer=chosen.label, explanation=said)


def _yes_no(body: bytes) -> tuple["Chances", int]:
    reply = msgspec.json.decode(body, type=YesNoReply)
    return (reply.yes, reply.no), reply.prompt_tokens


def _letters(body: bytes) -> tuple["Chances", int]:
    reply = msgspec.json.decode(body, type=LettersReply)
    return reply.letters, reply.prompt_tokens


def _reply(question: Question, chances: "Chances", prompt_tokens: int, took_s: float) -> RawReply:
    reply: YesNoReply | LettersReply = LettersReply(chances, prompt_tokens)
    if question.only.options is None:
        yes, no = chances
        reply = YesNoReply(yes, no, prompt_tokens)
    return RawReply(msgspec.json.encode(reply), took_s)
