"""The judge service: requests in, reward vectors out. Reads top to bottom: rules, then answers, then the vector.

A criterion with a rule is decided on the spot, free. All others become questions, which the store, a call in flight
or the judge answers (``answers.py``). A question that stays without an answer is a hole: NaN in the vector, with the
status that says why. Nothing here turns a failure into a score.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from rvpo.judges.answers import Answers
from rvpo.judges.askable import refuse_unaskable
from rvpo.judges.config import JudgeConfig, load_judge_config
from rvpo.judges.errors import CallFailed
from rvpo.judges.filling import fill_requests
from rvpo.judges.opening import open_judge, open_store, open_templates
from rvpo.judges.parse import PARSER_VERSION
from rvpo.judges.pending import Pending
from rvpo.judges.prompts import Templates
from rvpo.judges.protocol import Judge, Question
from rvpo.judges.records import JudgeIdentity, JudgeRequest, JudgeStats, RewardVector, Verdict
from rvpo.judges.store import Store
from rvpo.judges.tally import Tally
from rvpo.judges.vectors import RubricPlan, answered, build_vector, hole, rule_verdict
from rvpo.rubrics import evaluate_rule

if TYPE_CHECKING:
    from rvpo.judges.blocking import BlockingJudgeService

OnDone = Callable[[RewardVector], None]
"""Called on the event loop with each vector as it is finished."""

_DECISIVE: Final = (
    "mode", "temperature", "max_tokens", "seed", "extra_body", "replies", "score", "min_mass", "max_prompt_tokens",
    "allow_python",
)  # fmt: skip
"""The settings that decide a verdict beside judge and template."""

_LEAST_WORKERS: Final = 256
_MOST_PLANS: Final = 4096


class JudgeService:
    """Judges responses; open it with ``open`` or ``open_sync``.

    Any number of ``judge`` calls may run at once on its event loop: they share limits, store and calls in flight.
    """

    def __init__(self, config: JudgeConfig, templates: Templates, judge: Judge, store: Store) -> None:
        self.config = config
        self._templates = templates
        self._judge = judge
        self._tally = Tally(judge.usd)
        self._answers = Answers(judge, store, self._tally)
        self._plans: dict[int, RubricPlan] = {}

    @classmethod
    @asynccontextmanager
    async def open(cls, source: JudgeConfig | Path | str) -> AsyncIterator[Self]:
        """Open a service from a judge file or its record; closing it writes everything down.

        Raises:
            JudgeConfigError: The file, template, key or model is wrong; nothing was sent.
            StoreError: The store cannot be opened.
        """
        config = source if isinstance(source, JudgeConfig) else load_judge_config(source)
        templates = open_templates(config)
        async with AsyncExitStack() as stack:
            judge = await open_judge(config)
            stack.push_async_callback(judge.close)
            store = await open_store(config)
            stack.callback(store.close)
            service = cls(config, templates, judge, store)
            stack.push_async_callback(service._answers.flight.close)
            yield service

    @staticmethod
    def open_sync(source: JudgeConfig | Path | str) -> "AbstractContextManager[BlockingJudgeService]":
        """The blocking twin of ``open``: the service runs on an event loop in a thread of its own."""
        from rvpo.judges.blocking import BlockingJudgeService

        return BlockingJudgeService.open(source)

    def identity(self) -> JudgeIdentity:
        """Who judges."""
        return self._judge.identity

    def fingerprint(self) -> dict[str, Any]:
        """All that decides a verdict, for a run's identity: judge, template, parser, settings. JSON values only."""
        who = self._judge.identity
        settings = self.config.model_dump(mode="json", include=set(_DECISIVE))
        return {
            "kind": who.kind,
            "model": who.model,
            "endpoint": who.endpoint,
            "templates": self._templates.digests(),
            "parser": PARSER_VERSION,
            **settings,
        }

    def stats(self) -> JudgeStats:
        """What has been done since opening."""
        return self._tally.stats()

    async def judge(
        self, requests: Sequence[JudgeRequest], on_done: OnDone | None = None
    ) -> list[RewardVector]:
        """Judge responses.

        Args:
            requests: Responses with their rubrics; their order is the order of the calls.
            on_done: Called with each vector as it is finished.

        Returns:
            One vector a request, in the order of the requests. Failures are holes in them, not exceptions.

        Raises:
            JudgeConfigError: A request cannot be asked: a malformed prompt, or ``judge: rules`` with an llm criterion.
            RubricError: A rule or a text asks for a field that the request does not have.
            StoreError: A reply cannot be written down (the disk is full).
        """
        requests = fill_requests(requests)
        refuse_unaskable(requests, self.config, self._templates)
        deadline = None
        if self.config.deadline_s is not None:
            deadline = asyncio.get_running_loop().time() + self.config.deadline_s
        vectors: dict[int, RewardVector] = {}
        waiting = iter(range(len(requests)))

        async def work(places: Iterator[int]) -> None:
            for place in places:
                vectors[place] = await self._judge_one(requests[place], deadline)
                if on_done is not None:
                    on_done(vectors[place])

        # As many requests at work as fill every place in flight, and no more: the rest takes no memory yet.
        workers = min(len(requests), max(_LEAST_WORKERS, 2 * self.config.concurrency))
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(workers):
                    group.create_task(work(waiting))
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        return [vectors[place] for place in range(len(requests))]

    async def _judge_one(self, request: JudgeRequest, deadline: float | None) -> RewardVector:
        plan = self._plan(request)
        verdicts: dict[int, Verdict] = {}
        prompt = self._templates.bind(request) if plan.llm_places else None
        pending = Pending(self._answers.flight)
        questions: dict[int, Question] = {}
        for place, criterion in enumerate(request.rubric.criteria):
            if criterion.kind != "llm" or prompt is None:
                verdicts[place] = self._rule_verdict(request, plan, place)
            else:
                question = questions[place] = Question(prompt, criterion)
                pending.ask(place, self._judge.key(question, 0), question)
        await pending.wait(deadline)
        for place, question in questions.items():
            verdicts[place] = self._verdict(plan, place, question, pending)
        return build_vector(request, plan, [verdicts[place] for place in range(len(plan.names))])

    def _rule_verdict(self, request: JudgeRequest, plan: RubricPlan, place: int) -> Verdict:
        criterion = request.rubric.criteria[place]
        outcome = evaluate_rule(
            criterion, request.response, request.fields, allow_python=self.config.allow_python
        )
        verdict = rule_verdict(plan, place, outcome)
        self._tally.delivered(verdict, "rule_verdicts")
        return verdict

    def _verdict(self, plan: RubricPlan, place: int, question: Question, pending: Pending) -> Verdict:
        outcome = pending.outcomes.get(place)
        source = "call"
        if outcome is None:
            late = f"not in by the deadline of {self.config.deadline_s:g} s"
            outcome = CallFailed("timeout", late, attempts=0)
        if isinstance(outcome, CallFailed):
            verdict = hole(plan, place, self._judge.identity, outcome)
        else:
            source = "hits" if outcome.from_store else "call" if place in pending.first else "shared"
            paid = source == "call"
            reading = self._answers.read_for(question, outcome)
            verdict = answered(
                plan, place, self._judge.identity, outcome, reading, paid=paid, usd=self._judge.usd
            )
        self._tally.delivered(verdict, source)
        return verdict

    def _plan(self, request: JudgeRequest) -> RubricPlan:
        plan = self._plans.get(id(request.rubric))
        if plan is None:
            if len(self._plans) >= _MOST_PLANS:
                self._plans.clear()
            plan = self._plans[id(request.rubric)] = RubricPlan.of(request.rubric)
        return plan
