"""Choosing by probability: equal to a plain forward pass, one prompt at a time, without padding."""

import math
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from rvpo.harness.errors import SamplerError
from rvpo.harness.gpqa.exam import ChoiceExam, with_options
from rvpo.harness.gpqa.likelihood import LikelihoodSampler
from rvpo.harness.run import run_exam
from rvpo.harness.samplers import Ask
from rvpo.harness.summary import summarise
from rvpo.judges import JudgeConfig


def _asks(exam: ChoiceExam, draws: int = 2) -> list[Ask]:
    direct = with_options(exam, None, likelihood=True)
    return [Ask(direct.shown(item, draw), draw) for item in direct.items[:6] for draw in range(draws)]


def test_letters_have_the_probabilities_of_a_plain_forward_pass(exam: ChoiceExam, tiny_model: Path) -> None:
    asks = _asks(exam)
    sampler = LikelihoodSampler(tiny_model, batch_size=5, dtype="float32")
    found = {(each.item_id, each.draw): each for batch in sampler.sample(asks) for each in batch}
    assert len(found) == len(asks)
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    model = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)
    for ask in asks:
        page = tokenizer.apply_chat_template(
            [dict(turn) for turn in ask.item.messages], tokenize=False, add_generation_prompt=True
        )
        whole = [tokenizer(f"{page}Answer: {letter}")["input_ids"] for letter in "ABCD"]
        with torch.inference_mode():
            logprobs_V = model(torch.tensor([whole[0][:-1]])).logits[0, -1].log_softmax(-1)
        expected = [float(logprobs_V[tokens[-1]]) for tokens in whole]
        answer = found[ask.item.id, ask.draw]
        assert list(answer.extra["letter_logprobs"].values()) == pytest.approx(expected, abs=1e-4)
        assert answer.extra["letter_mass"] == pytest.approx(sum(map(math.exp, expected)), rel=1e-3)
        assert answer.text == f"Answer: {'ABCD'[max(range(4), key=expected.__getitem__)]}"


def test_a_run_has_no_temperature_and_keeps_the_probabilities(
    exam: ChoiceExam, tiny_model: Path, tmp_path: Path
) -> None:
    direct = with_options(exam, None, likelihood=True)
    run = run_exam(
        direct, LikelihoodSampler(tiny_model), JudgeConfig(judge="rules"), tmp_path / "run", draws=2
    )
    assert not {"temperature", "seed", "max_new_tokens"} & set(run.manifest.identity["model"])
    assert run.manifest.identity["model"]["sampler"] == "likelihood"
    assert run.manifest.identity["exam"]["template"] == "gpqa-direct/1"
    for row in run.items:
        probabilities = row.meta["letter_logprobs"]
        assert row.meta["letters"]["standard"] == max(probabilities, key=probabilities.get)
    health = summarise(run).health
    assert health is not None
    assert health.letter_mass is not None
    assert health.unparsed == 0


def test_prompts_too_long_for_the_model_fail(exam: ChoiceExam, tiny_model: Path) -> None:
    sampler = LikelihoodSampler(tiny_model)
    asks = _asks(exam)
    lengths = sorted(len(sampler._read(ask)[0]) for ask in asks)
    sampler._room = lengths[5]
    answers = [each for batch in sampler.sample(asks) for each in batch]
    assert len(answers) == 12
    failed = [each for each in answers if each.finish_reason == "failed"]
    assert len(failed) == sum(length > lengths[5] for length in lengths) > 0
    assert all(f"tokens, the model takes {lengths[5]}" in each.error for each in failed)


def test_a_tokenizer_that_splits_the_letters_is_refused(exam: ChoiceExam, tiny_model: Path) -> None:
    sampler = LikelihoodSampler(tiny_model)
    sampler._tokenizer.add_tokens([": A"])
    with pytest.raises(SamplerError, match="does not end 'Answer:' \\+ letter in one token for each of ABCD"):
        list(sampler.sample(_asks(exam, 1)))
