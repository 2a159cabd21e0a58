"""Who finds verdicts: one judge, an ensemble of them, or either with a stronger judge for what is uncertain.

An ensemble asks all its judges everything; one that fails withholds. An escalation asks the stronger judge only what the
first left uncertain, and then the stronger one's verdict stands, a hole included: no doubt is settled by a failure.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, Protocol

from rvpo.judges.combining import combine_votes, majority_of, with_cost_of
from rvpo.judges.config import JudgeConfig
from rvpo.judges.member import Asking, Member
from rvpo.judges.prompts import Templates
from rvpo.judges.protocol import Judge
from rvpo.judges.records import JudgeIdentity, JudgeRequest, RewardVector, Verdict
from rvpo.judges.storage.records import ReplyStore
from rvpo.judges.tally import Ballot, Tally
from rvpo.judges.vectors import RubricPlan


class Seat(NamedTuple):
    """A judge that is open."""

    config: JudgeConfig
    templates: Templates
    judge: Judge


class Panel(Protocol):
    """Finds verdicts."""

    @property
    def identity(self) -> JudgeIdentity:
        """Who it is."""
        ...

    @property
    def tallies(self) -> tuple[Tally, ...]:
        """The counts of each of its judges."""
        ...

    def fingerprint(self) -> dict[str, Any]:
        """All that decides a verdict. JSON values only."""
        ...

    def calls(self, plan: RubricPlan) -> int:
        """How many calls a response needs, of the judge that needs fewest."""
        ...

    async def ballots(
        self, request: JudgeRequest, plan: RubricPlan, places: Sequence[int], deadline: float | None
    ) -> dict[int, Ballot]:
        """Judge the criteria at some places of the rubric, until the deadline (a time of the event loop)."""
        ...

    async def recall(self, asked: Sequence[Asking]) -> Sequence[RewardVector | None]:
        """The vectors of the responses that can be told from the store by one look at each; ``None`` for the others."""
        ...

    async def close(self) -> None:
        """Stop the calls in flight."""
        ...


def seat_panel(config: JudgeConfig, seats: Sequence[Seat], store: ReplyStore) -> Panel:
    """The panel of a declaration.

    Args:
        config: The declaration, its members read (``with_members``).
        seats: Its judge, or those of the ensemble in their order; then the one it escalates to, if any.
        store: Theirs.
    """
    alone = len(seats) == 1
    members = [Member(seat.config, seat.templates, seat.judge, store, alone=alone) for seat in seats]
    stronger = members.pop() if config.escalate else None
    first = Ensemble(config.combine, members) if config.judge == "ensemble" else members[0]
    if stronger is None or config.escalate is None:
        return first
    return Escalating(first, stronger, config.escalate.between)


class Ensemble:
    """Several judges, each asked everything."""

    def __init__(self, combine: Literal["majority", "mean"], members: Sequence[Member]) -> None:
        self._combine = combine
        self._members = tuple(members)
        names = [member.identity.model or member.identity.kind for member in members]
        self.identity = JudgeIdentity(kind="ensemble", model=" + ".join(names))

    @property
    def tallies(self) -> tuple[Tally, ...]:
        """See ``Panel``."""
        return tuple(member.tally for member in self._members)

    def fingerprint(self) -> dict[str, Any]:
        """See ``Panel``."""
        members = [member.fingerprint() for member in self._members]
        return {"kind": "ensemble", "combine": self._combine, "judges": members}

    def calls(self, plan: RubricPlan) -> int:
        """See ``Panel``."""
        return min(member.calls(plan) for member in self._members)

    async def ballots(
        self, request: JudgeRequest, plan: RubricPlan, places: Sequence[int], deadline: float | None
    ) -> dict[int, Ballot]:
        """See ``Panel``."""
        asked = [member.ballots(request, plan, places, deadline) for member in self._members]
        cast = await asyncio.gather(*asked)
        return {place: self._together(plan, place, [one[place] for one in cast]) for place in places}

    async def recall(self, asked: Sequence[Asking]) -> Sequence[None]:
        """See ``Panel``; what several say is put together verdict by verdict."""
        return [None] * len(asked)

    def _together(self, plan: RubricPlan, place: int, cast: Sequence[Ballot]) -> Ballot:
        binary = plan.rubric.criteria[place].scale == "binary"
        combine = majority_of if self._combine == "majority" else combine_votes
        return combine(cast, binary=binary, judge=self.identity)

    async def close(self) -> None:
        """See ``Panel``."""
        for member in self._members:
            await member.close()


class Escalating:
    """A panel, and a stronger judge for what it leaves uncertain."""

    def __init__(self, first: Panel, stronger: Member, between: tuple[float, float]) -> None:
        self.identity = first.identity
        self._first = first
        self._stronger = stronger
        self._between = between

    @property
    def tallies(self) -> tuple[Tally, ...]:
        """See ``Panel``."""
        return (*self._first.tallies, *self._stronger.tallies)

    def fingerprint(self) -> dict[str, Any]:
        """See ``Panel``."""
        to = {"between": list(self._between), "to": self._stronger.fingerprint()}
        return {**self._first.fingerprint(), "escalate": to}

    def calls(self, plan: RubricPlan) -> int:
        """See ``Panel``."""
        return self._first.calls(plan)

    async def ballots(
        self, request: JudgeRequest, plan: RubricPlan, places: Sequence[int], deadline: float | None
    ) -> dict[int, Ballot]:
        """See ``Panel``."""
        ballots = await self._first.ballots(request, plan, places, deadline)
        doubtful = [place for place in places if self._in_doubt(ballots[place].verdict)]
        if doubtful:
            stands = await self._stronger.ballots(request, plan, doubtful, deadline)
            for place, ballot in stands.items():
                ballots[place] = with_cost_of(ballots[place], ballot)
        return ballots

    async def recall(self, asked: Sequence[Asking]) -> Sequence[None]:
        """See ``Panel``; which verdicts stand is seen verdict by verdict."""
        return [None] * len(asked)

    def _in_doubt(self, verdict: Verdict) -> bool:
        least, most = self._between
        found = (verdict.score, verdict.p_met)
        return verdict.status in {"uncertain", "split"} or any(
            value is not None and least < value < most for value in found
        )

    async def close(self) -> None:
        """See ``Panel``."""
        await self._first.close()
        await self._stronger.close()
