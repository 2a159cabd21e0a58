"""Fixtures every room uses: no network by accident, no real home, a tiny real model made on the spot."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("gate", derandomize=True)
settings.register_profile("explore", max_examples=2_000, deadline=None)
settings.load_profile("gate")
"""The gate sees the same examples each time; ``--hypothesis-profile=explore`` looks for new ones."""

collect_ignore = ["batch_server.py"]
"""A program that tests start; it finds its sister beside it only when run."""

SHARED = Path(os.environ.get("RVPO_SHARED", Path(__file__).resolve().parents[2] / "shared"))


@pytest.fixture(autouse=True, scope="session")
def _offline() -> None:
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with reference data and goldens; tests that need it skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"no reference data at {SHARED} (set RVPO_SHARED)")
    return SHARED


CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a random two-layer Qwen2 and a byte-level tokenizer with a chat template."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

    folder = tmp_path_factory.mktemp("tiny_qwen2")
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    core.train_from_iterator(
        ["the quick brown fox jumps over the lazy dog. yes no Yes No patient fever dose doctor"] * 4,
        trainers.BpeTrainer(
            vocab_size=330,
            special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    make_tokenizer: Any = PreTrainedTokenizerFast  # untyped upstream
    tokenizer = make_tokenizer(
        tokenizer_object=core, eos_token="<|im_end|>", pad_token="<|endoftext|>", chat_template=CHATML
    )
    tokenizer.padding_side = "left"
    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
    )
    Qwen2ForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


# --- a scripted OpenAI-compatible server -----------------------------------------------------------------------------


class ScriptedServer:
    """A running ``tests/scripted_server.py``, or a program that builds on it, and its controls."""

    def __init__(self, program: str = "scripted_server.py") -> None:
        script = Path(__file__).with_name(program)
        self._process = subprocess.Popen(
            [sys.executable, str(script), "--port", "0"], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}/v1"

    def script(self, **settings: Any) -> None:
        """Say how to answer from now on (see ``Script`` in the server) and forget the counts."""
        self._control(json.dumps(settings).encode())

    def counts(self) -> dict[str, Any]:
        """Requests seen, their peak in flight, how many repeated a prompt, and the last body."""
        counts: dict[str, Any] = json.loads(self._control(None))
        return counts

    def stop(self) -> None:
        """End the process; its port then refuses."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _control(self, body: bytes | None) -> bytes:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/control", data=body)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
            request, timeout=30
        ) as response:
            reply: bytes = response.read()
            return reply


@pytest.fixture
def scripted_server() -> Iterator[ScriptedServer]:
    """A server of its own for this test; see ``tests/scripted_server.py``."""
    server = ScriptedServer()
    yield server
    server.stop()


@pytest.fixture
def batch_server() -> Iterator[ScriptedServer]:
    """A server of its own for this test that takes batches too; see ``tests/batch_server.py``."""
    server = ScriptedServer("batch_server.py")
    yield server
    server.stop()
