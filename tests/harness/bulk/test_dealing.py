import pytest

from rvpo.harness.bulk.dealing import add_stats, most_actors, share_of
from rvpo.judges import JudgeConfig, JudgeStats, Usage

PAID = {"judge": "openai", "model": "m"}


def test_actors_together_never_exceed_the_limits() -> None:
    config = JudgeConfig.model_validate({**PAID, "concurrency": 64, "rpm": 90, "tpm": 600})
    share = share_of(config, 3)
    # 64 / 3 is 21 and a bit: three actors have 63 in flight.
    assert (share.concurrency, share.rpm, share.tpm) == (21, 30, 200)
    assert share_of(config, 1) == config
    assert share_of(JudgeConfig.model_validate(PAID), 2).rpm is None


def test_each_judge_of_several_is_dealt_out() -> None:
    panel = {"judge": "ensemble", "judges": [{**PAID, "concurrency": 8}, {**PAID, "concurrency": 6}]}
    config = JudgeConfig.model_validate({**panel, "escalate": {"to": {**PAID, "concurrency": 4}}})
    assert most_actors(config) == 4
    share = share_of(config, 2)
    assert share.escalate
    found = [each.concurrency for each in (*share.judges, share.escalate.to) if isinstance(each, JudgeConfig)]
    assert found == [4, 3, 2]


def test_a_service_keeps_its_limits_itself() -> None:
    config = JudgeConfig(judge="service", base_url="http://127.0.0.1:9")
    assert share_of(config, 5) == config
    assert most_actors(config) >= 5


def test_counts_add_up_and_one_unknown_price_makes_all_unknown() -> None:
    one = JudgeStats(calls=2, hits=1, failures={"timeout": 1}, usage=Usage(prompt_tokens=5), usd=0.5)
    other = JudgeStats(calls=3, shared=4, failures={"timeout": 2, "refusal": 1}, usd=0.25)
    both = add_stats([one, other])
    assert (both.calls, both.hits, both.shared) == (5, 1, 4)
    assert both.usd == pytest.approx(0.75)
    assert (both.failures, both.usage.prompt_tokens) == ({"timeout": 3, "refusal": 1}, 5)
    assert add_stats([one, JudgeStats(usd=None)]).usd is None
    assert add_stats([]) == JudgeStats()
