"""A judge that cannot be reached: told from one that fails on some answers, and waited for.

A judge is down when a large share of what it was asked came back without an answer for reasons that have nothing to do
with the answer. Every verdict that did come in is in the store, so that asking again asks only for the rest.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from rvpo.judges import RewardVector
from rvpo.trainer.errors import JudgeDown
from rvpo.trainer.guards.settings import Guards
from rvpo.trainer.telemetry.batch import UNREACHED

LONGEST_PAUSE_S: Final = 60.0


class Reached(NamedTuple):
    """What a judge answered, and how long it was away."""

    vectors: list[RewardVector]
    down_s: float


def down_share(vectors: Sequence[RewardVector]) -> float:
    """Share of the criteria put to a judge that it could not be reached for; 0 if there are none."""
    asked = [verdict for vector in vectors for verdict in vector.verdicts if verdict.judge.kind != "rule"]
    return sum(verdict.status in UNREACHED for verdict in asked) / len(asked) if asked else 0.0


@dataclass(frozen=True)
class Patience:
    """Waits for a judge that is down, or does not.

    Args:
        guards: The policy.
        say: Told in words when waiting begins and ends.
        sleep: Lets time pass.
        clock: Seconds, monotonic.
    """

    guards: Guards
    say: Callable[[str], None] = lambda _words: None
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def answers(self, first: list[RewardVector], again: Callable[[], list[RewardVector]]) -> Reached:
        """Return the first answers, or, while the judge is down, better ones.

        Args:
            first: What came back.
            again: Asks the same again and waits.

        Raises:
            JudgeDown: The policy is ``stop``, or the judge stayed away for longer than it may.
        """
        guards = self.guards
        share = down_share(first)
        if share < guards.judge_down_share or guards.on_judge_down == "skip":
            return Reached(first, 0.0)
        if guards.on_judge_down == "stop":
            raise JudgeDown(
                f"the judge is down: {share:.0%} of what it was asked came back without an answer "
                "(on_judge_down: stop); the same command goes on from the last checkpoint"
            )
        began, pause, vectors = self.clock(), guards.judge_retry_s, first
        self.say(
            f"the judge is down ({share:.0%} unanswered); waiting for it, at most {guards.judge_wait_at_most_s:g} s"
        )
        while share >= guards.judge_down_share:
            if self.clock() - began + pause > guards.judge_wait_at_most_s:
                raise JudgeDown(
                    f"the judge stayed down for {self.clock() - began:.0f} s "
                    f"(judge_wait_at_most_s: {guards.judge_wait_at_most_s:g}); the same command goes on from the last checkpoint"
                )
            self.sleep(pause)
            pause = min(2 * pause, max(LONGEST_PAUSE_S, guards.judge_retry_s))
            vectors = again()
            share = down_share(vectors)
        self.say(f"the judge answers again after {self.clock() - began:.0f} s")
        return Reached(vectors, self.clock() - began)
