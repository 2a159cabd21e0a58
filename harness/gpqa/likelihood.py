"""Lets a local model choose by probability instead of by words: the likeliest letter after ``Answer:``.

The model's chat format is opened for its answer, ``Answer:`` is put into its mouth, and the next token's probabilities of
the four letters are compared; nothing is generated. Options are not scored by their texts, so that their lengths cannot
matter. Models that think before they answer are short-changed by this; a base-like comparison of checkpoints is what it
is good for. A tie goes to the earlier letter, and the order of options changes from draw to draw.
"""

import math
from collections.abc import Generator, Mapping, Sequence
from typing import Any, Final

from rvpo.harness.errors import SamplerError
from rvpo.harness.gpqa.shuffle import LETTERS
from rvpo.harness.samplers import Ask, Completion
from rvpo.harness.transformers_sampler import TransformersSampler

OPENING: Final = "Answer:"


class LikelihoodSampler(TransformersSampler):
    """A local chat model that answers with its likeliest letter; takes the settings of ``TransformersSampler``.

    Raises:
        SamplerError: The model cannot be loaded, or its tokenizer does not end the four answers in one token each.
    """

    def identity(self) -> Mapping[str, Any]:
        """Weights, number format and the opening; nothing is drawn, so there is no temperature and no seed."""
        drawn = {"temperature", "max_new_tokens", "seed"}
        whole = {name: value for name, value in super().identity().items() if name not in drawn}
        return {**whole, "sampler": "likelihood", "opening": OPENING}

    def sample(self, asks: Sequence[Ask]) -> Generator[Sequence[Completion], None, None]:
        """Answer in batches, longest prompts first; a prompt that is longer than the model takes fails."""
        read = [self._read(ask) for ask in asks]
        order = sorted(range(len(asks)), key=lambda at: (-len(read[at][0]), at))
        fits = [at for at in order if self._room is None or len(read[at][0]) <= self._room]
        long = order[: len(order) - len(fits)]
        for start in range(0, len(fits), self._batch_size):
            batch = fits[start : start + self._batch_size]
            logprobs_NL = self._letter_logprobs([read[at][0] for at in batch], [read[at][1] for at in batch])
            yield [_chosen(asks[at], row_L) for at, row_L in zip(batch, logprobs_NL, strict=True)]
        if long:
            yield [self._too_long(asks[at], len(read[at][0])) for at in long]

    def _read(self, ask: Ask) -> tuple[list[int], list[int]]:
        """The tokens that all four answers share, and the one that follows them in each."""
        page = self._format.page(ask) + OPENING
        whole = [self._format.tokens(f"{page} {letter}") for letter in LETTERS]
        shared, ends = whole[0][:-1], [tokens[-1] for tokens in whole]
        if any(tokens[:-1] != shared for tokens in whole) or len(set(ends)) < len(ends):
            raise SamplerError(
                f"{self.folder}: the tokenizer does not end {OPENING!r} + letter in one token for each of {LETTERS}"
            )
        return shared, ends

    def _letter_logprobs(
        self, prompts: Sequence[list[int]], letters: Sequence[list[int]]
    ) -> list[list[float]]:
        """Log-probability of each letter as the next token, (N, 4)."""
        import torch

        ids_NT, mask_NT = self._padded(prompts)
        with torch.inference_mode():
            logits_N1V = self._model(
                input_ids=ids_NT,
                attention_mask=mask_NT,
                position_ids=(mask_NT.cumsum(-1) - 1).clamp(min=0),
                logits_to_keep=1,
                use_cache=False,
            ).logits
            logprobs_NV = logits_N1V[:, -1].float().log_softmax(-1).cpu()
        found: list[list[float]] = logprobs_NV.gather(1, torch.tensor(letters)).tolist()
        return found


def _chosen(ask: Ask, logprobs_L: Sequence[float]) -> Completion:
    best = max(range(len(LETTERS)), key=lambda at: logprobs_L[at])
    return Completion(
        item_id=ask.item.id,
        draw=ask.draw,
        text=f"{OPENING} {LETTERS[best]}",
        extra={
            "letter_logprobs": dict(zip(LETTERS, logprobs_L, strict=True)),
            "letter_mass": math.fsum(math.exp(each) for each in logprobs_L),
        },
    )
