"""The warm start: what is learnt from, and that the loss is that of the reply alone."""

import copy
from pathlib import Path
from typing import Any

import pytest
import torch

from rvpo.rubrics import PromptRow
from rvpo.trainer.config import WarmStart
from rvpo.trainer.errors import TrainConfigError
from rvpo.trainer.models import load_model, load_tokenizer
from rvpo.trainer.progress import Progress
from rvpo.trainer.warm_start import Example, examples_of, fine_tune, reply_loss


def row(name: str, prompt: str, reference: str | None) -> PromptRow:
    return PromptRow(id=name, messages=({"role": "user", "content": prompt},), reference=reference)


@pytest.fixture(scope="module")
def tokenizer(tiny_model: Path) -> Any:
    return load_tokenizer(str(tiny_model))


@pytest.fixture
def model(tiny_model: Path) -> Any:
    return load_model(str(tiny_model), "float32")


def test_examples_are_the_first_rows_with_a_reference(tokenizer: Any) -> None:
    rows = [row("a", "x", None), row("b", "dose?", "yes"), row("c", "y", "word " * 50), row("d", "z", "no")]
    (example,) = examples_of(rows, tokenizer, WarmStart(examples=2, max_tokens=60))
    assert tokenizer.decode(example.prompt) == "<|im_start|>user\ndose?<|im_end|>\n<|im_start|>assistant\n"
    assert tokenizer.decode(example.reply) == "yes<|im_end|>"
    with pytest.raises(TrainConfigError, match="none of 1 rows has a reference that fits max_tokens 60"):
        examples_of(rows[:1], tokenizer, WarmStart(max_tokens=60))


def test_loss_is_the_mean_over_reply_tokens_of_separate_unpadded_passes(model: Any, tokenizer: Any) -> None:
    batch = [Example([5, 6, 7, 8], [9, 10]), Example([11], [12, 13, 14])]
    log_likelihoods = []
    for example in batch:
        tokens = torch.tensor([[*example.prompt, *example.reply]])
        log_probabilities = model(input_ids=tokens).logits.log_softmax(dim=-1)[0]
        places = range(len(example.prompt), tokens.shape[1])
        log_likelihoods += [log_probabilities[place - 1, tokens[0, place]] for place in places]
    expected = -torch.stack(log_likelihoods).mean()
    torch.testing.assert_close(reply_loss(model, batch, tokenizer.pad_token_id), expected)


def test_it_learns_and_does_so_again_exactly(model: Any, tokenizer: Any) -> None:
    examples = examples_of([row(str(n), f"q{n}", "yes yes") for n in range(4)], tokenizer, WarmStart())
    settings = WarmStart(epochs=3, batch=3, learning_rate=1e-2)
    heard: list[Progress] = []
    twins = [copy.deepcopy(model), copy.deepcopy(model)]
    losses = [
        fine_tune(twin, tokenizer, examples, settings, seed=1, bf16=False, on_progress=heard.append)
        for twin in twins
    ]
    assert losses[0] == losses[1]
    assert losses[0][-1] < losses[0][0] * 0.7
    assert len(losses[0]) == 6  # four examples in batches of three, three times
    assert (heard[-1].stage, heard[-1].done, heard[-1].total) == ("warm_start", 6, 6)
    assert next(twins[0].parameters()).dtype == torch.float32
