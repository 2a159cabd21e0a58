"""The in-process sampler against a plain loop over the same model, one token and one prompt at a time."""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch
from scipy import stats
from transformers import AutoModelForCausalLM, AutoTokenizer

from rvpo.harness.errors import SamplerError
from rvpo.harness.exam import Exam
from rvpo.harness.items import ExamItem
from rvpo.harness.samplers import Ask, Completion
from rvpo.harness.transformers_sampler import TransformersSampler, _GumbelNoise

MakeExam = Callable[..., Exam]


def _answers(sampler: TransformersSampler, asks: Sequence[Ask]) -> dict[tuple[str, int], Completion]:
    batches = list(sampler.sample(asks))
    assert all(len(batch) <= sampler.batch_size for batch in batches)
    answers = [completion for batch in batches for completion in batch]
    assert len(answers) == len(asks)
    return {(answer.item_id, answer.draw): answer for answer in answers}


def _greedy(folder: Path, item: ExamItem, limit: int, stops: set[int]) -> list[int]:
    """The reference: no padding, no cache, no batch; ends with the end token if it comes."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    text = tokenizer.apply_chat_template(
        [dict(turn) for turn in item.messages], tokenize=False, add_generation_prompt=True
    )
    prompt = tokenizer(text)["input_ids"]
    said: list[int] = []
    while len(said) < limit and not stops & set(said):
        with torch.no_grad():
            said.append(int(model(torch.tensor([prompt + said])).logits[0, -1].argmax()))
    return said


def test_greedy_equals_the_plain_loop(tiny_model: Path, make_exam: MakeExam) -> None:
    exam = make_exam(5)
    sampler = TransformersSampler(tiny_model, batch_size=3, max_new_tokens=12, dtype="float32")
    answers = _answers(sampler, [Ask(item) for item in exam.items])
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    for item in exam.items:
        said = _greedy(tiny_model, item, 12, {tokenizer.eos_token_id})
        answer = answers[item.id, 0]
        assert answer.text == tokenizer.decode(said, skip_special_tokens=True)
        assert answer.completion_tokens == len(said)
        assert answer.finish_reason == ("stop" if said[-1] == tokenizer.eos_token_id else "length")


def test_stops_at_the_end_token_and_leaves_it_out(
    tiny_model: Path, make_exam: MakeExam, tmp_path: Path
) -> None:
    item = make_exam(1).items[0]
    said = _greedy(tiny_model, item, 8, set())
    end = said[2]
    folder = shutil.copytree(tiny_model, tmp_path / "stops")
    config = json.loads((folder / "generation_config.json").read_text())
    (folder / "generation_config.json").write_text(json.dumps(config | {"eos_token_id": [end]}))
    sampler = TransformersSampler(folder, max_new_tokens=8, dtype="float32")
    answer = _answers(sampler, [Ask(item)])[item.id, 0]
    before_end = said[: said.index(end)]
    assert answer.text == AutoTokenizer.from_pretrained(tiny_model).decode(
        before_end, skip_special_tokens=True
    )
    assert answer.completion_tokens == len(before_end) + 1
    assert answer.finish_reason == "stop"


def test_generation_settings_of_the_checkpoint_are_not_applied(
    tiny_model: Path, make_exam: MakeExam, tmp_path: Path
) -> None:
    asks = [Ask(item) for item in make_exam(3).items]
    folder = shutil.copytree(tiny_model, tmp_path / "opinionated")
    config = json.loads((folder / "generation_config.json").read_text())
    config |= {
        "repetition_penalty": 5.0,
        "do_sample": True,
        "top_k": 3,
        "temperature": 0.1,
        "min_new_tokens": 4,
    }
    (folder / "generation_config.json").write_text(json.dumps(config))
    plain, opinionated = (
        _answers(TransformersSampler(path, max_new_tokens=12, dtype="float32"), asks)
        for path in (tiny_model, folder)
    )
    assert opinionated == plain


def test_a_draw_depends_on_seed_item_and_draw_alone(tiny_model: Path, make_exam: MakeExam) -> None:
    exam = make_exam(6)
    asks = [Ask(item, draw) for draw in range(2) for item in exam.items]

    def texts(seed: int, batch_size: int, order: Sequence[Ask]) -> dict[tuple[str, int], str]:
        sampler = TransformersSampler(
            tiny_model, batch_size=batch_size, max_new_tokens=10, temperature=1.0, dtype="float32", seed=seed
        )
        return {key: answer.text for key, answer in _answers(sampler, order).items()}

    together = texts(0, 12, asks)
    assert texts(0, 1, asks[::-1]) == together
    assert len(set(together.values())) == len(together)
    assert not set(texts(1, 12, asks).values()) & set(together.values())


def test_gumbel_noise_samples_the_softmax() -> None:
    # 4000 rows of the same logits, each with its own generator: counts against softmax(logits / T), chi-square, 4 df.
    logits_V = torch.tensor([0.0, 1.0, 2.0, -1.0, 0.5])
    noise = _GumbelNoise(range(4000), temperature=0.7, device=torch.device("cpu"))
    picks_N = noise(torch.empty(0), logits_V.expand(4000, 5)).argmax(-1)
    expected_V = 4000 * torch.softmax(logits_V.double() / 0.7, -1)
    test = stats.chisquare(torch.bincount(picks_N, minlength=5).numpy(), expected_V.numpy())
    assert test.pvalue > 0.001


def test_prompts_without_room_fail_and_short_room_shortens_only_their_own_answer(
    tiny_model: Path, make_exam: MakeExam
) -> None:
    # The tiny model takes 1024 tokens.
    item = make_exam(1).items[0]
    sampler = TransformersSampler(tiny_model, max_new_tokens=20, dtype="float32")

    def padded(name: str, tokens: int) -> ExamItem:
        def of(words: int) -> ExamItem:
            message = {"role": "user", "content": "x" * words}
            return msgspec.structs.replace(item, id=name, messages=(message,))

        spare = tokens - len(sampler._encode(Ask(of(0))))
        lengths = ((words, len(sampler._encode(Ask(of(words))))) for words in range(spare, 3 * spare))
        return next(of(words) for words, length in lengths if length == tokens)

    items = [padded("full", 1024), padded("tight", 1019), item]
    answers = _answers(sampler, [Ask(each) for each in items])
    assert answers["full", 0].finish_reason == "failed"
    assert answers["full", 0].error == "the prompt has 1024 tokens, the model takes 1024"
    assert answers["tight", 0].completion_tokens <= 5
    assert answers[item.id, 0].completion_tokens == len(_greedy(tiny_model, item, 20, set(sampler._stops)))


def test_identity_follows_weights_and_sampling_not_place(tiny_model: Path, tmp_path: Path) -> None:
    def identity(folder: Path, **settings: Any) -> dict[str, Any]:
        return dict(TransformersSampler(folder, dtype="float32", **settings).identity())

    here = identity(tiny_model)
    moved = shutil.copytree(tiny_model, tmp_path / tiny_model.name)
    assert identity(moved) == here
    assert identity(tiny_model, batch_size=1) == here
    others = [identity(tiny_model, temperature=0.5), identity(tiny_model, seed=1)]
    with (moved / "model.safetensors").open("r+b") as weights:
        weights.seek(-1, 2)
        last = weights.read(1)
        weights.seek(-1, 2)
        weights.write(bytes([last[0] ^ 1]))
    others += [identity(moved), identity(tiny_model, max_new_tokens=5)]
    assert len({json.dumps(each) for each in [here, *others]}) == 5


def test_models_that_cannot_be_examined(tiny_model: Path, tmp_path: Path) -> None:
    bare = shutil.copytree(tiny_model, tmp_path / "bare")
    (bare / "chat_template.jinja").unlink()
    with pytest.raises(SamplerError, match=r"bare: the tokenizer has no chat template"):
        TransformersSampler(bare)
    broken = shutil.copytree(tiny_model, tmp_path / "broken")
    (broken / "config.json").write_text('{"model_type": "no_such_model"}')
    with pytest.raises(SamplerError, match=r"broken: cannot be loaded: .*no_such_model"):
        TransformersSampler(broken)
