"""What is said of seeds and empty answers: at the thresholds by hand, and of a real endpoint that ignores the seed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rvpo.harness.endpoint_sampler import EndpointSampler
from rvpo.harness.exam import Exam
from rvpo.harness.remarks import remarks_on
from rvpo.harness.run import run_exam
from rvpo.harness.samplers import SEED_HELD
from rvpo.judges import JudgeConfig
from rvpo.results import ItemRow

MakeExam = Callable[..., Exam]
WARM = {"temperature": 0.7, "seed": 0}
LONG = "The quick brown fox jumps over the dog."


def _row(item: str, draw: int = 0, text: str = LONG, *, held: bool | None = None, **fields: Any) -> ItemRow:
    meta = {} if held is None else {SEED_HELD: held}
    settings = {"prompt_hash": "p", "meta": meta, **fields}
    return ItemRow(item_id=item, draw=draw, response=text, score=None, **settings)


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ([True] * 6, None),
        ([False] + [True] * 5, None),  # one may be rounding
        ([False] * 2 + [True] * 3, None),  # 2 of 5 is less than half
        ([False] * 2 + [True] * 2, "of 4 requests sent twice with the same one, 2 came back different"),
        ([False] * 6, "of 6 requests sent twice with the same one, 6 came back different"),
    ],
)
def test_requests_that_were_sent_twice(held: list[bool], said: str | None) -> None:
    rows = [_row(str(n), text=LONG + str(n), held=each) for n, each in enumerate(held)]
    remarks = remarks_on(rows, WARM)
    assert len(remarks) == (said is not None)
    assert said is None or said in remarks[0]
    assert remarks_on(rows, {"temperature": 0, "seed": 0}) == ()


def test_draws_that_are_one() -> None:
    # Three draws of each of two items: 3 pairs an item, 6 in all.
    same = [_row(item, draw, LONG + item) for item in "ab" for draw in range(3)]
    (remark,) = remarks_on(same, WARM)
    assert "seems to ignore the seed: of 6 pairs of draws with one prompt, 6 have the same reply" in remark
    assert remarks_on(same, {"temperature": 0.0}) == ()
    assert remarks_on([*same[:5], _row("b", 2, "Something else altogether.")], WARM) == ()  # 4 of 6
    assert (
        remarks_on([_row("a", draw, "yes") for draw in range(4)], WARM) == ()
    )  # short replies agree by chance
    assert remarks_on([_row("a", draw, prompt_hash=str(draw)) for draw in range(4)], WARM) == ()
    assert remarks_on([_row(str(n)) for n in range(4)], WARM) == ()


def test_empty_answers_are_counted_and_failed_ones_are_none() -> None:
    rows = [_row("a", text=""), _row("b", text=" \n"), _row("c"), _row("d", text="", status="failed")]
    assert remarks_on(rows, WARM) == ("2 of 3 answers are empty; they were judged as they are",)


def test_a_provider_without_seeds() -> None:
    assert remarks_on([_row("a")], {"temperature": 0.7, "seed": None}) == (
        "the provider takes no seed: these draws cannot be had again",
    )
    assert remarks_on([_row("a")], {"temperature": 0.0, "seed": None}) == ()
    assert remarks_on([_row("a")], {"sampler": "replay"}) == ()


@pytest.mark.parametrize(
    ("chat", "temperature", "requests", "said"),
    [
        ("{seed} is what I make of it, and so on.", 0.7, 18, []),
        ("{request} is what I make of it, and so on.", 0.7, 18, ["6 came back different"]),
        ("Always the same words, whatever the seed.", 0.7, 18, ["of 12 pairs of draws"]),
        ("{request} is what I make of it, and so on.", 0.0, 12, []),
        (" ", 0.7, 18, ["12 of 12 answers are empty"]),
    ],
)
def test_an_endpoint_that_ignores_the_seed_is_found_and_said(
    scripted_server: Any,
    make_exam: MakeExam,
    rules: JudgeConfig,
    tmp_path: Path,
    *,
    chat: str,
    temperature: float,
    requests: int,
    said: list[str],
) -> None:
    # 4 items x 3 draws = 12 requests, of which 6 are sent twice at a temperature; 3 pairs of draws an item.
    scripted_server.script(chat=chat)
    sampler = EndpointSampler(scripted_server.url, "policy", temperature=temperature, max_new_tokens=40)
    run = run_exam(make_exam(4), sampler, rules, tmp_path / "run", draws=3)
    assert scripted_server.counts()["requests"] == requests
    assert len(run.manifest.notes) == len(said)
    assert all(words in note for words, note in zip(said, run.manifest.notes, strict=True))
