"""The judge service: requests in, reward vectors out. Reads top to bottom: rules, then answers, then the vector.

A criterion with a rule is decided on the spot, free. All others are put to the judge or judges (``panel.py``): the store, a call
in flight or a new call answers (``answers.py``). What stays without an answer is a hole: NaN in the vector, with the
status that says why. Nothing here turns a failure into a score.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rvpo.judges.askable import refuse_unaskable
from rvpo.judges.collecting import rare_collection
from rvpo.judges.config import JudgeConfig, load_judge_config, with_members
from rvpo.judges.errors import JudgeConfigError
from rvpo.judges.filling import fill_requests
from rvpo.judges.member import Asking
from rvpo.judges.opening import open_seats, open_store
from rvpo.judges.panel import Seat, seat_panel
from rvpo.judges.protocol import Judge
from rvpo.judges.records import JudgeIdentity, JudgeRequest, JudgeStats, RewardVector, Verdict
from rvpo.judges.storage.records import ReplyStore
from rvpo.judges.tally import Deliveries
from rvpo.judges.vectors import RubricPlan, build_vector, rule_verdict
from rvpo.rubrics import evaluate_rule

if TYPE_CHECKING:
    from rvpo.judges.blocking import BlockingJudgeService

OnDone = Callable[[RewardVector], None]
"""Called on the event loop with each vector as it is finished."""

_LEAST_AT_WORK: Final = 1024
_AT_WORK_A_PLACE: Final = 4
"""Calls begun for each place in flight: one is sent, the others are read for in the store or wait for its place."""
_RECALLED_TOGETHER: Final = 512
_MOST_PLANS: Final = 4096


class JudgeService:
    """Judges responses; open it with ``open`` or ``open_sync``.

    Any number of ``judge`` calls may run at once on its event loop: they share limits, store and calls in flight.
    """

    def __init__(self, config: JudgeConfig, seats: Sequence[Seat], store: ReplyStore) -> None:
        self.config = config
        self.store = store
        self._seats = tuple(seats)
        self._panel = seat_panel(config, seats, store)
        self._delivered = Deliveries()
        self._plans: dict[int, RubricPlan] = {}

    @classmethod
    @asynccontextmanager
    async def open(
        cls, source: JudgeConfig | Path | str, around: Callable[[Judge], Judge] | None = None
    ) -> "AsyncIterator[JudgeService]":
        """Open a service from a judge file or its record; closing it writes everything down.

        ``judge: service`` opens the one at its address instead (``serve/remote.py``).

        Args:
            source: The judge.
            around: Puts something between the service and its judge, as a budget does.

        Raises:
            JudgeConfigError: The file, template, key or model is wrong, or ``around`` is wanted of ``judge: service``;
                nothing was sent.
            StoreError: The store cannot be opened.
        """
        config = source if isinstance(source, JudgeConfig) else load_judge_config(source)
        if config.judge == "service":
            if around is not None:
                raise JudgeConfigError(
                    "a budget, an estimate or a batch needs the judge itself, not judge: service; use its own judge file"
                )
            from rvpo.judges.serve.remote import RemoteJudgeService

            async with RemoteJudgeService.connect(config) as remote:
                yield remote
            return
        config = with_members(config)
        async with AsyncExitStack() as stack:
            seats = await open_seats(config, stack, around)
            store = await open_store(config)
            stack.push_async_callback(store.aclose)
            service = cls(config, seats, store)
            stack.push_async_callback(service._panel.close)
            yield service

    @staticmethod
    def open_sync(
        source: JudgeConfig | Path | str, around: Callable[[Judge], Judge] | None = None
    ) -> "AbstractContextManager[BlockingJudgeService]":
        """The blocking twin of ``open``: the service runs on an event loop in a thread of its own."""
        from rvpo.judges.blocking import BlockingJudgeService

        return BlockingJudgeService.open(source, around)

    @asynccontextmanager
    async def beside(self, around: Callable[[Judge], Judge]) -> "AsyncIterator[JudgeService]":
        """Open a second service with the same judge and store, and something of its own put between."""
        seats = [seat._replace(judge=around(seat.judge)) for seat in self._seats]
        service = JudgeService(self.config, seats, self.store)
        try:
            yield service
        finally:
            await service._panel.close()

    def identity(self) -> JudgeIdentity:
        """Who judges."""
        return self._panel.identity

    def fingerprint(self) -> dict[str, Any]:
        """All that decides a verdict, for a run's identity: judge, template, parser, settings. JSON values only."""
        return {**self._panel.fingerprint(), "allow_python": self.config.allow_python}

    def stats(self) -> JudgeStats:
        """What has been done since opening."""
        return self._delivered.stats([tally.stats() for tally in self._panel.tallies])

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
        asked = [(request, self._plan(request)) for request in fill_requests(requests)]
        for seat in self._seats:
            refuse_unaskable(asked, seat.config, seat.templates)
        deadline = None
        if self.config.deadline_s is not None:
            deadline = asyncio.get_running_loop().time() + self.config.deadline_s
        vectors: dict[int, RewardVector] = {}

        def finish(place: int, vector: RewardVector) -> None:
            vectors[place] = vector
            if on_done is not None:
                on_done(vector)

        try:
            with rare_collection():
                await self._judge_all(asked, deadline, finish)
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        return [vectors[place] for place in range(len(asked))]

    async def _judge_all(
        self, asked: Sequence[Asking], deadline: float | None, finish: Callable[[int, RewardVector], None]
    ) -> None:
        # As many calls at work as fill every place in flight, and no more: the rest takes no memory yet.
        places = max(seat.config.concurrency for seat in self._seats)
        most = max(_LEAST_AT_WORK, _AT_WORK_A_PLACE * places)
        few = most * 3 // 4  # begun many at a time, they are read for in the store together
        at_work = 0
        less = asyncio.Event()

        async def work(place: int, calls: int) -> None:
            nonlocal at_work
            finish(place, await self._judge_one(*asked[place], deadline))
            at_work -= calls
            if at_work <= few:
                less.set()

        async with asyncio.TaskGroup() as group:
            for start in range(0, len(asked), _RECALLED_TOGETHER):
                known = await self._recall(asked[start : start + _RECALLED_TOGETHER])
                for place, vector in enumerate(known, start):
                    if vector is not None:
                        finish(place, vector)
                for place, vector in enumerate(known, start):
                    if vector is None:
                        calls = max(1, self._panel.calls(asked[place][1]))
                        while at_work and at_work + calls > most:
                            less.clear()
                            await less.wait()
                        at_work += calls
                        group.create_task(work(place, calls))

    async def _recall(self, asked: Sequence[Asking]) -> Sequence[RewardVector | None]:
        known = await self._panel.recall(asked)
        self._delivered.add_hits(sum(len(vector.names) for vector in known if vector is not None))
        return known

    async def _judge_one(
        self, request: JudgeRequest, plan: RubricPlan, deadline: float | None
    ) -> RewardVector:
        verdicts = {
            place: self._rule_verdict(request, plan, place)
            for place, criterion in enumerate(request.rubric.criteria)
            if criterion.kind != "llm"
        }
        if plan.llm_places:
            ballots = await self._panel.ballots(request, plan, plan.llm_places, deadline)
            for place, (verdict, source) in ballots.items():
                verdicts[place] = verdict
                self._delivered.add(verdict, source)
        return build_vector(request, plan, [verdicts[place] for place in range(len(plan.names))])

    def _rule_verdict(self, request: JudgeRequest, plan: RubricPlan, place: int) -> Verdict:
        criterion = request.rubric.criteria[place]
        outcome = evaluate_rule(
            criterion, request.response, request.fields, allow_python=self.config.allow_python
        )
        verdict = rule_verdict(plan, place, outcome)
        self._delivered.add(verdict, "rule_verdicts")
        return verdict

    def _plan(self, request: JudgeRequest) -> RubricPlan:
        plan = self._plans.get(id(request.rubric))
        if plan is None:
            if len(self._plans) >= _MOST_PLANS:
                self._plans.clear()
            plan = self._plans[id(request.rubric)] = RubricPlan(request.rubric)
        return plan
