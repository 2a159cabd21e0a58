"""A model folder's own chat format: messages to the page, and the tokens, up to where its answer begins.

Shared by the samplers that hold the weights, so that one item is one prompt whichever of them asks it.
"""

from pathlib import Path
from typing import Any

from rvpo.harness.errors import SamplerError
from rvpo.harness.samplers import Ask
from rvpo.harness.weights import base_folder
from rvpo.judges.quiet import quiet_libraries

_TOKENIZER = ("tokenizer.json", "tokenizer_config.json", "tokenizer.model")


class ChatFormat:
    """The chat template and tokenizer of a model folder; an adapter without its own has its base model's.

    Raises:
        SamplerError: They cannot be loaded, or there is no chat template.
    """

    def __init__(self, folder: Path) -> None:
        from transformers import AutoTokenizer

        own = any((folder / name).exists() for name in _TOKENIZER)
        self.folder = folder if own else base_folder(folder)
        self.tokenizer: Any
        try:
            with quiet_libraries():
                self.tokenizer = AutoTokenizer.from_pretrained(self.folder, padding_side="left")
        except (OSError, ValueError, KeyError) as error:
            raise cannot_load(folder, error) from error
        if self.tokenizer.chat_template is None:
            raise SamplerError(
                f"{self.folder}: the tokenizer has no chat template; examine a chat model, or add one"
            )

    def page(self, ask: Ask) -> str:
        """The messages in the model's own format, up to where its answer begins.

        Raises:
            SamplerError: The template refuses them.
        """
        messages = [dict(turn) for turn in ask.item.messages]
        try:
            page: str = self.tokenizer.apply_chat_template(
                messages, tokenize=False, add_generation_prompt=True
            )
        except Exception as error:  # templates are programs: jinja raises what they say
            raise SamplerError(
                f"{self.folder}: the chat template refuses item {ask.item.id!r}: {error}"
            ) from error
        return page

    def tokens(self, text: str) -> list[int]:
        """The token ids of a page; the template has put in every special token already."""
        ids: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids


def cannot_load(folder: Path, error: Exception) -> SamplerError:
    """What a library said of a folder, in one line."""
    reason = str(error).strip().split("\n", maxsplit=1)[0]
    return SamplerError(f"{folder}: cannot be loaded: {reason}")


def too_long(prompt_tokens: int, room: int) -> str:
    """Why a prompt is not asked."""
    return f"the prompt has {prompt_tokens} tokens, the model takes {room}"
