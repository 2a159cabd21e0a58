"""Ragged samples in any order -> advantages and figures."""

import math
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import pytest
import torch

from rvpo.trainer.errors import TrainerError
from rvpo.trainer.learning import Learning
from rvpo.trainer.verl_plugin.reply import Reply, read_reply, stack
from rvpo.trainer.verl_plugin.step import Sample, step_of
from rvpo.trainer.verl_plugin.trainer import Session, estimate, sessions_of

MakeReply = Callable[[Sequence[float | None]], Reply]
GROUPS: list[list[list[float | None]]] = [
    [[1, 0, 1, 0, 1], [0, 0, 1, 1, 1], [1, 1, None, 0, 0], [0, 1, 0, 0, 1]],
    [[1, 0], [0, 1], [None, 1]],
    [[0.5, 0.25, 1], [None, None, None], [1, 0, 0], [0, 1, 0.5]],
]


def samples_of(groups: Sequence[Sequence[Sequence[float | None]]], reply: MakeReply) -> list[Sample]:
    return [
        Sample(f"p{number}", reply(row), 3 + place)
        for number, group in enumerate(groups)
        for place, row in enumerate(group)
    ]


@pytest.mark.parametrize("whiten", ["batch", "none", "group"])
def test_ragged_groups_and_rubrics_equal_the_reference(
    reply: MakeReply, reference: Callable[..., list[list[float]]], whiten: str
) -> None:
    learning = Learning.model_validate({"k": 2.0, "whiten": whiten})
    step = step_of(samples_of(GROUPS, reply), learning, 0.0)
    expected = [each for group in reference(GROUPS, 2.0, whiten=whiten) for each in group]
    assert step.advantages_N.tolist() == pytest.approx(expected, abs=1e-9)
    assert step.advantages_N[8] == 0  # the reply of which nothing was judged


@pytest.mark.parametrize("method", ["rvpo", "gdpo", "grpo", "dr_grpo", "explicit_variance", "hard_min"])
def test_order_does_not_matter(reply: MakeReply, method: str) -> None:
    learning = Learning.model_validate({"method": method, "k": 1.0})
    samples = samples_of(GROUPS, reply)
    straight = step_of(samples, learning, 0.5)
    order = Random(1).sample(range(len(samples)), len(samples))
    shuffled = step_of([samples[place] for place in order], learning, 0.5)
    assert shuffled.advantages_N.tolist() == pytest.approx(straight.advantages_N[order].tolist(), abs=1e-12)
    assert shuffled.figures == pytest.approx(straight.figures, nan_ok=True)


def test_k_follows_the_run(reply: MakeReply) -> None:
    learning = Learning.model_validate({"k": {"schedule": "linear", "start": 0.5, "end": 2.0}})
    seen = [step_of(samples_of(GROUPS, reply), learning, at).figures["rvpo/k"] for at in (0.0, 0.5, 1.0)]
    assert seen == [0.5, 1.25, 2.0]


def test_token_whitening_counts_a_reply_once_for_each_token(reply: MakeReply) -> None:
    samples = samples_of([[[1, 0], [0, 1], [1, 1], [0, 0]]], reply)
    learning = Learning.model_validate({"k": 1.0, "whiten": "token", "whiten_eps": 0})
    advantages = step_of(samples, learning, 0.0).advantages_N
    tokens = torch.tensor([float(sample.tokens) for sample in samples], dtype=torch.float64)
    by_token = advantages.repeat_interleave(tokens.long())
    assert float(by_token.mean()) == pytest.approx(0, abs=1e-12)
    assert float(by_token.std()) == pytest.approx(1, abs=1e-12)


def test_figures_count_real_rows_only(reply: MakeReply) -> None:
    figures = step_of(samples_of(GROUPS, reply), Learning(), 0.0).figures
    assert figures["rvpo/unjudged_rows"] == pytest.approx(
        1 / 11
    )  # the padded fourth row of the second prompt is none
    assert figures["rvpo/coverage"] == pytest.approx(33 / 38)  # 20 + 6 + 12 entries; 1 + 1 + 3 holes
    assert figures["holes/timeout"] == pytest.approx(5 / 38)
    assert figures["rewards/c0/mean"] == pytest.approx(4.5 / 9)
    assert all("/" in name for name in figures)


def test_a_reply_survives_the_text(reply: MakeReply) -> None:
    sent = reply([1, None, 0.25])
    assert read_reply(sent.text()) == sent
    assert sent.holes == 1
    row = stack([sent, reply([0])]).rewards_NC
    torch.testing.assert_close(row[0], torch.tensor([1, math.nan, 0.25], dtype=torch.float64), equal_nan=True)
    assert row[1].isnan().tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("text", "expected"), [(None, "reward_manager.name must be rvpo"), ("{}", "cannot be read")]
)
def test_a_sample_without_its_vector_is_an_error(text: Any, expected: str) -> None:
    with pytest.raises(TrainerError, match=expected):
        read_reply(text)


def test_sessions_leave_out_what_fills_the_batch() -> None:
    keys = ["a_b_1_0", "pad_0_0", "a_b_0_1", "a_b_0_0"]
    tags = [{}, {"is_padding": True}, {}, {}]
    assert sessions_of(keys, tags) == [Session("a_b", (0,)), Session("a_b", (3, 2))]
    with pytest.raises(TrainerError, match="uid_session_index"):
        sessions_of(["plain"], [{}])
    with pytest.raises(TrainerError, match="no sample"):
        sessions_of(["pad_0_0"], [{"is_padding": True}])


def test_the_estimator_alone_is_refused() -> None:
    with pytest.raises(TrainerError, match="trainer_mode=rvpo_sync"):
        estimate(token_level_rewards=torch.zeros(1, 2), response_mask=torch.ones(1, 2), index=["a"])
