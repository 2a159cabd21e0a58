"""The last minutes, against a clock that is set by hand."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rvpo.judges.records import JudgeIdentity, JudgeStats, RewardVector, Status, Told, Usage, Verdict
from rvpo.judges.serve.meter import STEP_S, STEPS, Meter

WHO = JudgeIdentity(kind="scripted")


def verdict(status: Status = "ok", *, cached: bool = False, key: str = "k") -> Verdict:
    return Verdict(
        criterion_id="a",
        score=1.0 if status == "ok" else None,
        status=status,
        usage=Usage(prompt_tokens=10, completion_tokens=1),
        cached=cached,
        judge=WHO,
        criterion_hash="",
        request_key=key,
    )


def vector(*verdicts: Verdict) -> RewardVector:
    return RewardVector(
        id="",
        names=("a",) * len(verdicts),
        values=np.zeros(len(verdicts)),
        applicable=np.ones(len(verdicts), dtype=np.bool_),
        coverage=1.0,
        scalar=None,
        behind=Told(verdicts, ""),
    )


def test_steps_hold_what_came_in_their_time() -> None:
    now = [100.0]
    meter = Meter(lambda: now[0])
    rule = verdict(key="")
    meter.delivered(vector(verdict(), verdict(cached=True), verdict("timeout", key=""), rule))
    now[0] += 2 * STEP_S
    meter.delivered(vector(verdict(cached=True)))
    usage = meter.report(WHO, JudgeStats(), 3, 8)
    assert [(s.verdicts, s.asked, s.spared, s.holes) for s in usage.steps] == [
        (4, 1, 1, 1), (0, 0, 0, 0), (1, 0, 1, 0),
    ]  # fmt: skip
    assert usage.uptime_s == 2 * STEP_S
    # One asked, two spared; the hole and the rule's verdict are in neither.
    assert usage.hit_rate == 2 / 3
    assert (usage.saved.verdicts, usage.saved.usage) == (2, Usage(prompt_tokens=20, completion_tokens=2))


def test_nothing_judged_is_no_rate() -> None:
    assert Meter(lambda: 0.0).report(WHO, JudgeStats(), 0, 1).hit_rate is None


@given(st.lists(st.floats(0, 3 * STEPS * STEP_S), max_size=40))
def test_the_series_ends_now_and_forgets_what_is_older_than_it_is_long(waits: list[float]) -> None:
    now = [0.0]
    meter = Meter(lambda: now[0])
    times = []
    for wait in waits:
        now[0] += wait
        times.append(now[0])
        meter.delivered(vector(verdict()))
    steps = meter.report(WHO, JudgeStats(), 0, 1).steps
    last = int(now[0] // STEP_S)
    assert len(steps) == min(last + 1, STEPS)
    kept = [time for time in times if int(time // STEP_S) > last - STEPS]
    assert sum(step.verdicts for step in steps) == len(kept)
