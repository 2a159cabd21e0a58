"""A causal language model that answers with one token: the probability of yes and no, or of letters, after a question.

Questions that share their beginning (all criteria of one response) are read together: the beginning once, then
all the endings side by side. The only file here that knows torch; import it when it is used.
"""

from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from rvpo.judges.errors import JudgeConfigError
from rvpo.judges.prompts import ChatMessages
from rvpo.judges.quiet import quiet_libraries

_YES = ("yes", "Yes", "YES", " yes", " Yes", " YES")
_NO = ("no", "No", "NO", " no", " No", " NO")

Tokens = list[int]
"""First tokens of an answer's spellings."""
Chances = tuple[float, ...]


class NextTokenModel:
    """A transformers folder with a chat template, on the GPU in bfloat16 if there is one, else on the CPU in float32."""

    def __init__(self, folder: Path) -> None:
        try:
            self._device = "cuda" if torch.cuda.is_available() else "cpu"
            self.dtype = torch.bfloat16 if self._device == "cuda" else torch.float32
            with quiet_libraries():
                self._tokenizer: Any = AutoTokenizer.from_pretrained(folder)
                model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=self.dtype)
        except (OSError, ValueError) as wrong:
            reason = str(wrong).split("\n", maxsplit=1)[0]
            raise JudgeConfigError(f"{folder}: cannot be loaded as a judge: {reason}") from wrong
        if not self._tokenizer.chat_template:
            raise JudgeConfigError(f"{folder}: has no chat template, so it cannot be asked as a judge")
        self._model = model.to(self._device).eval()
        self.max_tokens: int = getattr(model.config, "max_position_embeddings", 2048)
        self._folder = folder
        self.yes_no = self._answers((_YES, _NO))

    def tokens(self, messages: ChatMessages) -> list[int]:
        """The question's tokens, up to where the answer begins."""
        begun = messages[-1]["role"] == "assistant"
        text = self._tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=not begun, continue_final_message=begun
        )
        ids: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids

    @torch.inference_mode()
    def ask(self, questions: Sequence[Sequence[int]], answers: Sequence[Sequence[Tokens]]) -> list[Chances]:
        """Answer tokenised questions, best of one shared beginning.

        Args:
            questions: Token ids of each.
            answers: For each question the tokens of its possible answers: ``yes_no``, or ``letters(n)``.

        Returns:
            For each question the next-token probability of every answer, summed over its spellings.
        """
        shared = min(_common_length(questions), min(map(len, questions)) - 1)
        cache: Any = None
        if shared > 0 and len(questions) > 1:
            start = torch.tensor([list(questions[0][:shared])], device=self._device)
            cache = self._model(start, use_cache=True, logits_to_keep=1).past_key_values
            cache.batch_repeat_interleave(len(questions))
        else:
            shared = 0
        ends = [list(question[shared:]) for question in questions]
        width = max(map(len, ends))
        # Padded between the beginning and the end, so that every row's last token is the last column.
        ids = torch.tensor([[0] * (width - len(end)) + end for end in ends], device=self._device)
        real = torch.tensor([[0] * (width - len(end)) + [1] * len(end) for end in ends], device=self._device)
        seen = torch.cat([torch.ones(len(ends), shared, dtype=torch.long, device=self._device), real], dim=1)
        places = (shared + real.cumsum(dim=1) - 1).clamp(min=0)
        out = self._model(
            ids, attention_mask=seen, position_ids=places, past_key_values=cache, use_cache=cache is not None,
            logits_to_keep=1,
        )  # fmt: skip
        chances = out.logits[:, -1].float().softmax(dim=-1)
        return [
            tuple(float(row[tokens].sum()) for tokens in of_question)
            for row, of_question in zip(chances, answers, strict=True)
        ]

    def letters(self, count: int) -> list[Tokens]:
        """The tokens of the first letters of the alphabet.

        Raises:
            JudgeConfigError: The tokenizer does not tell them apart.
        """
        return self._answers([(letter, f" {letter}") for letter in ascii_uppercase[:count]])

    def _answers(self, spellings: Sequence[Sequence[str]]) -> list[Tokens]:
        """The first tokens of each answer that are not another's too."""
        firsts = [self._first_tokens(words) for words in spellings]
        found = [
            sorted(first.difference(*firsts[:place], *firsts[place + 1 :]))
            for place, first in enumerate(firsts)
        ]
        if not all(found):
            names = ", ".join(words[0] for words in spellings)
            raise JudgeConfigError(
                f"{self._folder}: its tokenizer does not tell {names} apart by the first token"
            )
        return found

    def _first_tokens(self, words: Sequence[str]) -> set[int]:
        return {self._tokenizer(word, add_special_tokens=False)["input_ids"][0] for word in words}


def _common_length(rows: Sequence[Sequence[int]]) -> int:
    return sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, zip(*rows, strict=False)))
