"""What the end of a judging says of calls, tokens and money: what is not known is said to be so."""

import pytest

from rvpo.harness.judge_pages import run_page
from rvpo.harness.judge_run import JudgeRun
from rvpo.judges import JudgeStats
from rvpo.judges.records import Usage


def page(calls: int, tokens: int, usd: float | None) -> str:
    stats = JudgeStats(calls=calls, usage=Usage(prompt_tokens=tokens), usd=usd)
    run = JudgeRun(
        folder="runs/x", responses=2, coverage=1.0, score=0.5, holes={}, complete=True, stats=stats, usd=usd
    )
    return run_page(run, 0.9).splitlines()[1]


@pytest.mark.parametrize(
    ("calls", "tokens", "usd", "said"),
    [
        (40, 0, None, "40 calls (tokens not told, price unknown)"),
        (40, 900, None, "40 calls (900 tokens, price unknown)"),
        (40, 900, 0.5, "40 calls (900 tokens, 0.50 USD)"),
        (40, 0, 0.0, "40 calls (tokens not told, 0.00 USD)"),
        (0, 0, 0.0, "0 calls"),
    ],
)
def test_what_is_not_known_is_said_to_be_so(calls: int, tokens: int, usd: float | None, said: str) -> None:
    assert page(calls, tokens, usd) == f"{said}, 0 verdicts from the store, 0 by rules"
