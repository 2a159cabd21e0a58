"""A short supervised fine-tuning on reference replies, so that the first samples earn anything at all.

Loss on the reply's tokens only, float32 weights, bfloat16 arithmetic where the hardware has it, AdamW with a rate
that falls linearly to 0. Deterministic. A plain loop: TRL's ``SFTTrainer`` needs as many lines of settings and brings
its own data pipeline. Logits are made for the end of the sequence only, where (left-padded) the replies are.
"""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any, NamedTuple

import torch
from torch import Tensor

from rvpo.rubrics import PromptRow
from rvpo.trainer.config import WarmStart
from rvpo.trainer.data import prompt_ids
from rvpo.trainer.errors import TrainConfigError
from rvpo.trainer.progress import OnProgress, Progress


class Example(NamedTuple):
    """A prompt and its reference reply, as tokens; the reply ends with the end-of-turn token."""

    prompt: list[int]
    reply: list[int]


def examples_of(rows: Sequence[PromptRow], tokenizer: Any, settings: WarmStart) -> list[Example]:
    """Turn the rows that have a reference into examples, leaving out those that are too long.

    Raises:
        TrainConfigError: No row is left.
    """
    chosen = [row for row in rows if row.reference is not None][: settings.examples]
    examples = []
    for row in chosen:
        reply = tokenizer(row.reference, add_special_tokens=False)["input_ids"]
        example = Example(prompt_ids(tokenizer, row), [*reply, tokenizer.eos_token_id])
        if len(example.prompt) + len(example.reply) <= settings.max_tokens:
            examples.append(example)
    if not examples:
        raise TrainConfigError(
            f"warm_start: none of {len(rows)} rows has a reference that fits max_tokens {settings.max_tokens}"
        )
    return examples


def fine_tune(
    model: Any,
    tokenizer: Any,
    examples: Sequence[Example],
    settings: WarmStart,
    *,
    seed: int,
    bf16: bool,
    on_progress: OnProgress,
) -> list[float]:
    """Fine-tune ``model`` in place.

    Args:
        model: A causal language model with float32 weights.
        tokenizer: Its tokenizer.
        examples: What to learn.
        settings: Epochs, batch, rate.
        seed: Of the order of the examples.
        bf16: Whether to compute in bfloat16.
        on_progress: Told after every update.

    Returns:
        The loss of every update: mean negative log-likelihood of a reply token.
    """
    batches = list(_batches(examples, settings, seed))
    optimizer = torch.optim.AdamW(model.parameters(), lr=settings.learning_rate, weight_decay=0.0)
    decay = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=len(batches))
    model.train()
    losses = []
    for done, batch in enumerate(batches, start=1):
        with torch.autocast(model.device.type, torch.bfloat16, enabled=bf16):
            loss = reply_loss(model, batch, tokenizer.pad_token_id)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        decay.step()
        optimizer.zero_grad()
        losses.append(loss.item())
        on_progress(Progress("warm_start", done, len(batches), {"loss": losses[-1]}))
    return losses


def _batches(examples: Sequence[Example], settings: WarmStart, seed: int) -> Iterator[list[Example]]:
    shuffle = Random(seed)  # noqa: S311  an order, not a secret
    for _ in range(settings.epochs):
        order = shuffle.sample(list(examples), len(examples))
        for start in range(0, len(order), settings.batch):
            yield order[start : start + settings.batch]


def reply_loss(model: Any, batch: Sequence[Example], pad: int) -> Tensor:
    """Mean negative log-likelihood of the batch's reply tokens, a scalar with gradient."""
    longest = max(len(example.prompt) + len(example.reply) for example in batch)
    ids = torch.full((len(batch), longest), pad)
    mask = torch.zeros_like(ids)
    labels = torch.full_like(ids, -100)
    for row, example in enumerate(batch):
        tokens = torch.tensor([*example.prompt, *example.reply])
        ids[row, longest - len(tokens) :] = tokens
        mask[row, longest - len(tokens) :] = 1
        labels[row, longest - len(example.reply) :] = tokens[-len(example.reply) :]
    ids, mask, labels = (tensor.to(model.device) for tensor in (ids, mask, labels))
    replies = max(len(example.reply) for example in batch)
    logits = model(
        input_ids=ids,
        attention_mask=mask,
        position_ids=(mask.cumsum(dim=1) - 1).clamp(min=0),
        logits_to_keep=replies + 1,
        use_cache=False,
    ).logits
    return torch.nn.functional.cross_entropy(
        logits[:, :-1].reshape(-1, logits.shape[-1]).float(),
        labels[:, -replies:].reshape(-1),
        ignore_index=-100,
    )
