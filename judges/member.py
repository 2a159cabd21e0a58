"""One judge at work: its prompts, the way it is asked several criteria, and what its answers come to as verdicts.

A criterion that a call with several of them left without a verdict is asked once more alone, as any criterion is asked
that has a call to itself. Its verdict then costs its part of both.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from rvpo.judges.answers import ASK_AGAIN, Answer, Answers
from rvpo.judges.calibration import load_calibration
from rvpo.judges.combining import combine_votes, with_cost_of
from rvpo.judges.config import JudgeConfig, JudgeMode
from rvpo.judges.errors import CallFailed
from rvpo.judges.grouping import group
from rvpo.judges.parse import PARSER_VERSION
from rvpo.judges.pending import Pending
from rvpo.judges.prompts import BoundPrompt, Templates
from rvpo.judges.protocol import Judge, Question
from rvpo.judges.reading import Reading
from rvpo.judges.recall import recalled_vector
from rvpo.judges.records import JudgeRequest, RewardVector
from rvpo.judges.storage.records import ReplyStore, Sheet, SheetOrder
from rvpo.judges.tally import Ballot, Source, Tally, add_usage
from rvpo.judges.vectors import Paid, RubricPlan, answered, hole
from rvpo.rubrics import Rubric

DECISIVE: Final = (
    "mode", "votes", "criteria_per_call", "shuffle_criteria", "temperature", "max_tokens", "seed", "structured",
    "extra_body", "replies", "score", "min_mass", "max_prompt_tokens",
)  # fmt: skip
"""The settings that decide a verdict beside judge and templates."""


Asking = tuple[JudgeRequest, RubricPlan]


class Member:
    """Finds verdicts with one judge.

    Args:
        config: Its declaration.
        templates: Its prompts.
        judge: Who is asked.
        store: Where replies lie.
        alone: Whether its verdicts are the last word, so that it may recall whole responses (``storage/sheets.py``).
    """

    def __init__(
        self, config: JudgeConfig, templates: Templates, judge: Judge, store: ReplyStore, *, alone: bool
    ) -> None:
        self.config = config
        self._store = store
        self._recalls = alone and config.votes == 1 and config.calibration is None
        self.identity = judge.identity
        self.tally = Tally(judge.usd)
        self._templates = templates
        self._judge = judge
        self._calibration = load_calibration(config.calibration) if config.calibration else None
        self._answers = Answers(judge, store, self.tally)

    @property
    def tallies(self) -> tuple[Tally, ...]:
        """Its counts, as one of a panel's (``panel.py``)."""
        return (self.tally,)

    def fingerprint(self) -> dict[str, Any]:
        """All that decides a verdict of this judge. JSON values only."""
        who = self.identity
        return {
            "kind": who.kind,
            "model": who.model,
            "endpoint": who.endpoint,
            "templates": self._templates.digests(),
            "parser": PARSER_VERSION,
            **self.config.model_dump(mode="json", include=set(DECISIVE)),
            **({"calibration": msgspec.to_builtins(self._calibration)} if self._calibration else {}),
        }

    async def close(self) -> None:
        """Stop the calls in flight."""
        await self._answers.close()

    async def recall(self, asked: Sequence[Asking]) -> list[RewardVector | None]:
        """See ``Panel``."""
        keys = [self._sheet_key(self._templates.bind(request), plan) for request, plan in asked]
        wanted = [key for key in keys if key is not None]
        sheets = await self._store.sheets(wanted, PARSER_VERSION) if wanted else {}
        return [
            self._recalled(request, plan, sheets[key]) if key in sheets else None
            for key, (request, plan) in zip(keys, asked, strict=True)
        ]

    def _recalled(self, request: JudgeRequest, plan: RubricPlan, sheet: Sheet) -> RewardVector:
        self.tally.saved(sheet.usage, untold=sheet.untold)
        return recalled_vector(request, plan, self.identity, sheet)

    def _sheet_key(self, prompt: BoundPrompt, plan: RubricPlan) -> bytes | None:
        """The key of the response's sheet, if it may have one: its criteria are plain, each is asked alone."""
        if not (self._recalls and plan.all_plain) or self._mode(plan.rubric) != "per-criterion":
            return None
        return self._judge.sheet_key(Question(prompt, plan.rubric.criteria))

    def _keep_sheet(
        self, prompt: BoundPrompt, plan: RubricPlan, places: Sequence[int], ballots: Mapping[int, Ballot]
    ) -> None:
        """Have a sheet made, if every criterion has its score by the first reply to its question."""
        criteria = plan.rubric.criteria
        key = self._sheet_key(prompt, plan) if len(places) == len(criteria) else None
        if key is None or any(ballots[place].verdict.status != "ok" for place in places):
            return
        firsts = [self._judge.key(Question(prompt, (criterion,)), 0) for criterion in criteria]
        if all(ballots[place].verdict.request_key == firsts[place].hex() for place in places):
            self._store.keep(SheetOrder(key, tuple(firsts), PARSER_VERSION))

    def _mode(self, rubric: Rubric) -> JudgeMode:
        mode = self.config.mode or rubric.judge.mode
        return mode if mode and self._templates.several else "per-criterion"

    def calls(self, plan: RubricPlan) -> int:
        """See ``Panel``."""
        criteria = len(plan.llm_places)
        match self._mode(plan.rubric):
            case "per-criterion":
                calls = criteria
            case "k-criteria":
                calls = -(-criteria // self.config.criteria_per_call)
            case _:
                calls = 1
        return calls * self.config.votes

    async def ballots(
        self, request: JudgeRequest, plan: RubricPlan, places: Sequence[int], deadline: float | None
    ) -> dict[int, Ballot]:
        """Judge the criteria at some places of the rubric, until the deadline (a time of the event loop)."""
        prompt = self._templates.bind(request)
        if self.config.votes == 1:
            ballots = await self._vote(prompt, plan, places, deadline, 0)
            self._keep_sheet(prompt, plan, places, ballots)
            return ballots
        samples = range(self.config.votes)
        cast = await asyncio.gather(*[self._vote(prompt, plan, places, deadline, each) for each in samples])
        criteria = plan.rubric.criteria
        return {
            place: combine_votes([one[place] for one in cast], binary=criteria[place].scale == "binary")
            for place in places
        }

    async def _vote(
        self,
        prompt: BoundPrompt,
        plan: RubricPlan,
        places: Sequence[int],
        deadline: float | None,
        sample: int,
    ) -> dict[int, Ballot]:
        """One vote on each criterion."""
        calls = self._calls(prompt.request, places, sample)
        ballots = await self._ask(prompt, plan, calls, deadline, sample)
        if len(calls) < len(places):
            together = {place for call in calls if len(call) > 1 for place in call}
            alone = [(place,) for place in places if place in together and _failed(ballots[place])]
            for place, ballot in (await self._ask(prompt, plan, alone, deadline, sample)).items():
                ballots[place] = with_cost_of(ballots[place], ballot)
        return ballots

    def _calls(self, request: JudgeRequest, places: Sequence[int], sample: int) -> list[tuple[int, ...]]:
        lot = f"{request.response}\0{sample}" if sample else request.response
        return group(
            places,
            request.rubric.criteria,
            self._mode(request.rubric),
            self.config.criteria_per_call,
            shuffle_for=lot if self.config.shuffle_criteria else None,
        )

    async def _ask(
        self,
        prompt: BoundPrompt,
        plan: RubricPlan,
        calls: Sequence[tuple[int, ...]],
        deadline: float | None,
        sample: int,
    ) -> dict[int, Ballot]:
        pending = Pending(self._answers.flight)
        criteria = plan.rubric.criteria
        questions = [Question(prompt, tuple([criteria[place] for place in call]), sample) for call in calls]
        for number, question in enumerate(questions):
            pending.ask(number, self._judge.key(question, 0), question)
        await pending.wait(deadline)
        ballots: dict[int, Ballot] = {}
        for number, (call, question) in enumerate(zip(calls, questions, strict=True)):
            outcome = pending.outcomes.get(number)
            if outcome is None:
                outcome = CallFailed("timeout", "not in by the deadline", attempts=0)
            if isinstance(outcome, CallFailed):
                for place in call:
                    ballots[place] = Ballot(hole(plan, place, self.identity, outcome), "call")
            else:
                source: Source = (
                    "hits" if outcome.from_store else "call" if number in pending.first else "shared"
                )
                readings = self._answers.read_for(question, outcome)
                for position, (place, reading) in enumerate(zip(call, readings, strict=True)):
                    ballots[place] = self._ballot(plan, place, outcome, reading, source, first=not position)
        return ballots

    def _ballot(
        self, plan: RubricPlan, place: int, answer: Answer, reading: Reading, source: Source, *, first: bool
    ) -> Ballot:
        """``first``: of a call's verdicts the first one bears its attempts."""
        if self._calibration is not None and reading.p_met is not None:
            p_met = self._calibration.apply(reading.p_met)
            score = float(p_met >= 0.5) if self.config.score == "verdict" else p_met
            reading = msgspec.structs.replace(reading, p_met=p_met, score=score)
        if source != "call":
            self.tally.saved(reading.usage)
            verdict = answered(plan, place, self.identity, answer.key, reading, usage=reading.usage)
            return Ballot(verdict, source)
        usage = add_usage((answer.before, reading.usage)) if answer.before.prompt_tokens else reading.usage
        paid = Paid(self._judge.usd(usage), answer.attempts if first else 0)
        return Ballot(
            answered(plan, place, self.identity, answer.key, reading, usage=usage, paid=paid), source
        )


def _failed(ballot: Ballot) -> bool:
    return ballot.verdict.status in ASK_AGAIN
