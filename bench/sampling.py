"""What the harness costs: in-process sampling against plain ``generate``, and a whole run an item with stored answers.

``python bench/sampling.py`` prints CPU seconds, medians of interleaved repetitions, and their ratios. Both arms share one
copy of the embedded model, the prompts and the batches; the plain arm tokenizes, pads, generates and decodes by the calls a
script would use. At temperature 0 both say the same; at 1 the plain arm draws by ``do_sample``, so lengths differ and
seconds are per token.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

import torch

from rvpo.harness import Ask, ReplaySampler, TransformersSampler, load_exam, run_exam
from rvpo.judges import JudgeConfig

PROMPTS: Final = 32
BATCH: Final = 16
TOKENS: Final = 32
REPETITIONS: Final = 5
ITEMS: Final = 5_000


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--repetitions", type=int, default=REPETITIONS)
    repetitions: int = options.parse_args().repetitions
    seconds = overhead()
    print(
        f"run of {ITEMS:,} stored answers, rule judge, sealed: {1e3 * seconds / ITEMS:.3f} ms of CPU an item"
    )
    print(f"embedded model, {PROMPTS} prompts, batch {BATCH}, {TOKENS} new tokens, {repetitions} repetitions")
    for temperature in (0.0, 1.0):
        ours, plain = race(temperature, repetitions)
        print(
            f"  temperature {temperature:g}: sampler {1e3 * ours:.2f}, plain generate {1e3 * plain:.2f} ms of CPU "
            f"a token, ratio of medians {ours / plain:.3f}"
        )


def race(temperature: float, repetitions: int) -> tuple[float, float]:
    """Median CPU seconds a new token: the sampler's, and those of plain ``generate`` on the same batches."""
    sampler = TransformersSampler(
        "embedded", batch_size=BATCH, max_new_tokens=TOKENS, temperature=temperature
    )
    items = load_exam("tool_calls").subset(limit=PROMPTS).items
    asks = sorted((Ask(item) for item in items), key=lambda ask: -len(sampler._encode(ask)))  # noqa: SLF001
    arms: tuple[Callable[[], int], ...] = (
        lambda: _sampled(sampler, asks),
        lambda: _plain(sampler, asks, temperature),
    )
    for arm in arms:
        arm()
    found: tuple[list[float], ...] = ([], [])
    for _ in range(repetitions):
        for arm, times in zip(arms, found, strict=True):
            before = time.process_time()
            tokens = arm()
            times.append((time.process_time() - before) / tokens)
    return median(found[0]), median(found[1])


def _sampled(sampler: TransformersSampler, asks: Sequence[Ask]) -> int:
    return sum(each.completion_tokens for batch in sampler.sample(asks) for each in batch)


def _plain(sampler: TransformersSampler, asks: Sequence[Ask], temperature: float) -> int:
    model, tokenizer = sampler._model, sampler._tokenizer  # noqa: SLF001
    sampling: dict[str, Any] = (
        {"do_sample": True, "temperature": temperature, "top_k": 0} if temperature else {}
    )
    new = 0
    for start in range(0, len(asks), BATCH):
        pages = [
            tokenizer.apply_chat_template(
                [dict(turn) for turn in ask.item.messages], tokenize=False, add_generation_prompt=True
            )
            for ask in asks[start : start + BATCH]
        ]
        batch = tokenizer(pages, add_special_tokens=False, padding=True, return_tensors="pt")
        with torch.inference_mode():
            output = model.generate(
                **batch,
                max_new_tokens=TOKENS,
                eos_token_id=tokenizer.eos_token_id,
                pad_token_id=tokenizer.pad_token_id,
                **sampling,
            )
        replies = output[:, batch["input_ids"].shape[1] :]
        tokenizer.batch_decode(replies, skip_special_tokens=True)
        ended = (replies == tokenizer.eos_token_id).cumsum(-1)
        new += int((ended - (replies == tokenizer.eos_token_id).int() == 0).sum())
    return new


def overhead() -> float:
    """CPU seconds of a run whose answers are there already: reading, judging by six rules, journal, sealing."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = [{"id": f"i{n}", "prompt": f"What is {n}?", "calls": []} for n in range(ITEMS)]
        said = [{"id": row["id"], "response": f"It is {row['id']}."} for row in rows]
        for path, content in ((folder / "items.jsonl", rows), (folder / "said.jsonl", said)):
            path.write_text("".join(json.dumps(each) + "\n" for each in content), encoding="utf-8")
        exam = load_exam("tool_calls", folder / "items.jsonl")
        times = []
        for repetition in range(3):
            before = time.process_time()
            run = run_exam(
                exam,
                ReplaySampler(folder / "said.jsonl"),
                JudgeConfig(judge="rules"),
                folder / f"run-{repetition}",
            )
            times.append(time.process_time() - before)
            assert len(run.items) == ITEMS
        return median(times)


if __name__ == "__main__":
    main()
