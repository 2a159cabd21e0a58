import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

pytest.importorskip("transformers")

from rvpo.judges import JudgeConfig, JudgeConfigError, JudgeRequest, JudgeService, RewardVector
from rvpo.judges.calibration import Calibration, save_calibration
from rvpo.judges.embedded import LettersReply, YesNoReply, read_options
from rvpo.judges.opening import open_templates
from rvpo.judges.weights import weights_hash
from rvpo.rubrics import Criterion, Rubric

RUBRIC = Rubric(
    id="r",
    criteria=tuple(
        Criterion(id=f"c{number}", criterion=text)
        for number, text in enumerate(
            ("Asks for the age.", "Names a dose.", "Is polite, and says when to come back.")
        )
    ),
)


def request(response: str, rubric: Rubric = RUBRIC) -> JudgeRequest:
    return JudgeRequest(rubric=rubric, prompt="fever", response=response)


def judge(model: Path, *requests: JudgeRequest, **fields: Any) -> list[RewardVector]:
    settings = {"judge": "embedded", "model": str(model), "store": ":memory:", "min_mass": 0.0} | fields
    with JudgeService.open_sync(JudgeConfig.model_validate(settings)) as service:
        return service.judge_sync(requests)


def test_p_met_is_yes_over_yes_and_no_of_the_next_token(tiny_model: Path) -> None:
    """Reference: one question at a time, whole, without padding or cache, softmax by hand."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    responses = ("the fox", "the lazy dog jumps over the quick brown fox")
    vectors = judge(tiny_model, *map(request, responses))
    tokenizer: Any = AutoTokenizer.from_pretrained(tiny_model)
    model: Any = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)
    model.eval()

    def first(word: str) -> int:
        token: int = tokenizer(word, add_special_tokens=False)["input_ids"][0]
        return token

    yes = {first(word) for word in ("yes", "Yes", "YES", " yes", " Yes", " YES")}
    no = {first(word) for word in ("no", "No", "NO", " no", " No", " NO")}
    for response, vector in zip(responses, vectors, strict=True):
        bound = open_templates(JudgeConfig(judge="embedded")).bind(request(response))
        for criterion, verdict in zip(RUBRIC.criteria, vector.verdicts, strict=True):
            messages = bound.messages(criterion)
            text = tokenizer.apply_chat_template(messages, tokenize=False, continue_final_message=True)
            ids = torch.tensor([tokenizer(text, add_special_tokens=False)["input_ids"]])
            with torch.inference_mode():
                chances = model(ids).logits[0, -1].double().softmax(-1)
            p_yes, p_no = (float(sum(chances[token] for token in side)) for side in (yes - no, no - yes))
            assert verdict.p_met == pytest.approx(p_yes / (p_yes + p_no), abs=1e-5)
            assert verdict.usage.prompt_tokens == ids.shape[1]


def test_score_is_the_probability_or_the_verdict(tiny_model: Path) -> None:
    (soft,) = judge(tiny_model, request("the fox"))
    (hard,) = judge(tiny_model, request("the fox"), score="verdict")
    chances = [verdict.p_met for verdict in soft.verdicts]
    assert soft.values.tolist() == chances
    assert hard.values.tolist() == [float(p is not None and p >= 0.5) for p in chances]
    assert [verdict.p_met for verdict in hard.verdicts] == chances


def test_too_little_probability_on_yes_and_no_is_no_verdict(tiny_model: Path) -> None:
    # A random model spreads its probability over 330 tokens: yes and no hold far less than half.
    (vector,) = judge(tiny_model, request("the fox"), min_mass=0.5)
    assert {verdict.status for verdict in vector.verdicts} == {"uncertain"}
    assert vector.values_or_none() == [None, None, None]
    assert (vector.coverage, vector.scalar) == (0.0, None)


def test_a_question_too_long_is_told_and_the_others_are_judged(tiny_model: Path) -> None:
    lengths = [verdict.usage.prompt_tokens for verdict in judge(tiny_model, request("fox"))[0].verdicts]
    (vector,) = judge(tiny_model, request("fox"), max_prompt_tokens=sorted(lengths)[1])
    assert [verdict.status for verdict in vector.verdicts] == [
        "context_length" if length > sorted(lengths)[1] else "ok" for length in lengths
    ]


def test_its_replies_are_kept_by_the_hash_of_the_weights(tiny_model: Path, tmp_path: Path) -> None:
    settings = {"judge": "embedded", "model": str(tiny_model), "min_mass": 0.0, "store": str(tmp_path / "s")}
    calls = []
    for fields in ({}, {"score": "verdict", "min_mass": 0.001, "batch_size": 2}):
        with JudgeService.open_sync(JudgeConfig.model_validate(settings | fields)) as service:
            service.judge_sync([request("the fox")])
            calls.append(service.stats().calls)
            assert service.identity().endpoint == f"sha256:{weights_hash(tiny_model)[:16]}"
    assert calls == [3, 0]


def test_a_calibration_says_what_its_chances_are_worth(tiny_model: Path, tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    save_calibration(Calibration(p=(0.0, 1.0), calibrated=(0.5, 1.0), labels=9), path)
    (raw,) = judge(tiny_model, request("the fox"))
    for score in ("probability", "verdict"):
        (vector,) = judge(tiny_model, request("the fox"), calibration=str(path), score=score)
        for verdict, before in zip(vector.verdicts, raw.verdicts, strict=True):
            assert before.p_met is not None
            # From 0.5 to 1 in a straight line: never under 0.5, so always "met".
            assert verdict.p_met == pytest.approx(0.5 + before.p_met / 2)
            assert verdict.score == (1.0 if score == "verdict" else verdict.p_met)


def test_the_raw_reply_is_readable_json() -> None:
    body = msgspec.json.encode(YesNoReply(0.25, 0.5, 10))
    assert body == b'{"yes":0.25,"no":0.5,"prompt_tokens":10}'
    assert msgspec.json.encode(LettersReply((0.25, 0.5), 10)) == b'{"letters":[0.25,0.5],"prompt_tokens":10}'


DEPTH = Criterion.model_validate(
    {
        "id": "depth",
        "criterion": "How thorough is it?",
        "options": [
            {"label": "none", "value": 0.0},
            {"label": "some", "value": 0.25},
            {"label": "full", "value": 1.0},
            {"label": "n/a", "na": True},
        ],
    }
)


def test_options_are_weighed_by_the_probability_of_their_letters(tiny_model: Path) -> None:
    """Reference: one question, whole; chances of the letters' tokens alone, softmax by hand."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    rubric = Rubric(id="r", criteria=(*RUBRIC.criteria, DEPTH))
    asked = request("the fox", rubric)
    (vector,) = judge(tiny_model, asked)
    tokenizer: Any = AutoTokenizer.from_pretrained(tiny_model)
    model: Any = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)
    messages = open_templates(JudgeConfig(judge="embedded")).bind(asked).messages(DEPTH)
    assert "A. none\nB. some\nC. full\nD. n/a\nAnswer with the letter only." in messages[1]["content"]
    text = tokenizer.apply_chat_template(messages, tokenize=False, continue_final_message=True)
    ids = torch.tensor([tokenizer(text, add_special_tokens=False)["input_ids"]])
    with torch.inference_mode():
        chances = model.eval()(ids).logits[0, -1].double().softmax(-1)
    # The space before a letter is a token of its own here, and so no letter's.
    letters = [
        float(chances[tokenizer(letter, add_special_tokens=False)["input_ids"][0]]) for letter in "ABCD"
    ]
    verdict = vector.verdicts[3]
    if letters[3] == max(letters):
        assert verdict.status == "not_applicable"
    else:
        none, some, full, _ = letters
        assert verdict.score == pytest.approx((0.25 * some + full) / (none + some + full), abs=1e-4)
    assert verdict.answer == ("none", "some", "full", "n/a")[letters.index(max(letters))]
    assert verdict.usage.prompt_tokens == ids.shape[1]


@pytest.mark.parametrize(
    ("shares", "score", "expected", "answer"),
    [
        # Over the options that are not n/a: (0 * .2 + .25 * .2 + 1 * .4) / .8
        ((0.2, 0.2, 0.4, 0.2), "probability", 0.5625, "full"),
        ((0.2, 0.2, 0.4, 0.2), "verdict", 1.0, "full"),
        ((0.1, 0.1, 0.1, 0.7), "probability", None, "n/a"),
        ((0.1, 0.1, 0.1, 0.7), "verdict", None, "n/a"),
    ],
)
def test_the_expected_value_leaves_out_what_does_not_apply(
    shares: tuple[float, ...], score: Any, expected: float | None, answer: str
) -> None:
    reading = read_options(DEPTH.options or (), shares, JudgeConfig(judge="embedded", score=score))
    assert reading.score == (None if expected is None else pytest.approx(expected))
    assert (reading.answer, reading.status) == (answer, "ok" if expected else "not_applicable")


def test_letters_without_probability_are_no_verdict(tiny_model: Path) -> None:
    (vector,) = judge(tiny_model, request("the fox", Rubric(id="r", criteria=(DEPTH,))), min_mass=0.9)
    assert vector.verdicts[0].status == "uncertain"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"range": {"max": 5}}, "has scale numeric.*give it options instead of a range"),
        ({"evidence": "quote"}, "has evidence: quote.*leave evidence out"),
        ({"options": [f"o{n}" for n in range(27)]}, "has scale ordinal.*give it at most 26 options"),
    ],
)
def test_what_one_letter_cannot_say_is_refused_before_anything_is_judged(
    tiny_model: Path, change: dict[str, Any], words: str
) -> None:
    odd = Criterion.model_validate({"id": "odd", "criterion": "c", **change})
    with pytest.raises(JudgeConfigError, match=f"criterion 'odd' of rubric 'r' {words}"):
        judge(tiny_model, request("x"), request("x", Rubric(id="r", criteria=(odd,))))


def test_a_folder_that_is_no_model_is_told_in_one_line(tmp_path: Path) -> None:
    for folder, words in (
        (tmp_path / "absent", "there is no such model folder"),
        (tmp_path, "cannot be loaded"),
    ):
        with pytest.raises(JudgeConfigError, match=words) as caught:
            judge(folder, request("x"))
        assert "\n" not in str(caught.value)


@pytest.mark.slow
@pytest.mark.skipif(
    not os.environ.get("RVPO_EMBEDDED"), reason="set RVPO_EMBEDDED=1 to use the model of 135 M parameters"
)
def test_the_embedded_model_tells_a_good_answer_from_a_bad_one() -> None:
    good = "Rest and drink. Take 500 mg of paracetamol every six hours. See a doctor today if you get a stiff neck."
    bad = "lol just sleep it off, doctors are useless"
    settings = JudgeConfig(judge="embedded", store=":memory:")
    rubric = Rubric(
        id="r", criteria=(Criterion(id="a", criterion="Gives at least one concrete, safe step."),)
    )
    with JudgeService.open_sync(settings) as service:
        better, worse = service.judge_sync(
            [JudgeRequest(rubric=rubric, prompt="I have a fever.", response=text) for text in (good, bad)]
        )
    assert better.values[0] > worse.values[0]
