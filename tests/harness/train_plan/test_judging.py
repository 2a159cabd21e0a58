"""What a run's judging takes: the judges' own estimate, over all rows, votes and members."""

from collections.abc import Callable
from typing import Any

import pytest

from rvpo.harness.train_plan import judging
from rvpo.harness.train_plan.judging import judging_estimate
from rvpo.judges.cost import OUTPUT_TOKENS
from rvpo.trainer import TrainConfig
from rvpo.trainer.data import read_prompts

MakeConfig = Callable[..., TrainConfig]
USES = {0: 10, 1: 10, 4: 7}


def estimate(make_config: MakeConfig, **judge: Any) -> judging.JudgingEstimate:
    config = make_config(judge={"judge": "openai", "model": "gpt-4o-mini", **judge})
    return judging_estimate(config, read_prompts(config.data, None), USES)


def test_one_call_a_judged_criterion(make_config: MakeConfig) -> None:
    found = estimate(make_config)
    assert (found.verdicts, found.by_rules, found.calls) == (
        47,
        27,
        20,
    )  # two rows of two criteria, one of a rule
    assert found.output_tokens == 20 * OUTPUT_TOKENS
    assert found.input_tokens is not None
    # gpt-4o-mini: 0.15 and 0.60 USD per million tokens
    assert found.usd == pytest.approx((found.input_tokens * 0.15 + found.output_tokens * 0.60) / 1e6)


def test_votes_and_members_count_each(make_config: MakeConfig) -> None:
    one, three = estimate(make_config), estimate(make_config, votes=3, temperature=1.0)
    assert three.calls == 60
    assert three.usd == pytest.approx(3 * (one.usd or 0))
    members = [{"judge": "openai", "model": model} for model in ("gpt-4o-mini", "gpt-4o")]
    config = make_config(judge={"judge": "ensemble", "judges": members})
    both = judging_estimate(config, read_prompts(config.data, None), USES)
    assert both.calls == 40
    assert (both.usd or 0) > 2 * (one.usd or 0)


def test_an_unknown_price_is_not_nothing(make_config: MakeConfig) -> None:
    found = estimate(make_config, judge="openai-compatible", model="mine", base_url="http://127.0.0.1:9/v1")
    assert (found.calls, found.usd) == (20, None)


def test_a_judge_on_this_machine_costs_nothing(make_config: MakeConfig) -> None:
    config = make_config(judge={"judge": "embedded"})
    found = judging_estimate(config, read_prompts(config.data, None), USES)
    assert (found.calls, found.usd, found.output_tokens) == (20, 0, 20)


def test_of_many_rows_an_even_sample_is_measured(
    make_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = make_config()
    prompts, uses = read_prompts(config.data, None), dict.fromkeys(range(4), 8)
    whole = judging_estimate(config, prompts, uses)
    monkeypatch.setattr(judging, "MEASURED", 2)
    part = judging_estimate(config, prompts, uses)
    assert (part.verdicts, part.calls) == (whole.verdicts, whole.calls)
    assert part.input_tokens == pytest.approx(whole.input_tokens, rel=0.01)
