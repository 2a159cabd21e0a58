"""ToolRL's rewards: equal to the authors' own program on bent replies, and to hand-made figures."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics import RubricError
from rvpo.rubrics.tool_calls import parse_calls, toolrl_rewards
from rvpo.rubrics.tool_calls.toolrl import reference_calls

REFERENCE = '<think> t </think>\n<tool_call>\n{"name": "f", "parameters": {"a": 1, "b": "x"}}\n</tool_call>'


def test_golden(shared: Path) -> None:
    """1 342 replies scored by the reference program; its figures are printed with ten decimals."""
    cases = json.loads((shared / "golden" / "tool_call_rewards.json").read_text())
    rows = json.loads((shared / "data" / "tool_calls_sample.json").read_text())
    assert len(cases) == 1342
    for case in cases:
        form, correctness = toolrl_rewards(case["response"], rows[case["row"]]["output"])
        assert form == case["format"]
        assert correctness == pytest.approx(case["correctness"], rel=0, abs=1e-10)


def test_every_reference_of_the_sample_against_itself(shared: Path) -> None:
    """383 of 400 earn all there is. The thoughts of the other 17 mention ``<tool_call>``.

    ToolRL takes a reply's first ``<tool_call>`` for its block, in the thoughts too, so those 17 replies earn format 0
    and correctness -3 of the original and of us. Our ``rlla`` parser looks behind the thoughts and reads all 400.
    """
    odd = 0
    for row in json.loads((shared / "data" / "tool_calls_sample.json").read_text()):
        reference = row["output"]
        thoughts, _, answer = reference.partition("</think>")
        best = 3.0 if "<tool_call>" in answer else 0.0
        misread = "<tool_call>" in thoughts
        odd += misread
        assert toolrl_rewards(reference, reference) == ((0.0, -3.0) if misread else (1.0, best))
        assert toolrl_rewards(f"<think> t </think>{answer}", reference)[1] == best
        reply = parse_calls(reference, "rlla")
        assert reply.sound
        calls = [{"name": call.name, "parameters": call.arguments} for call in reply.calls]
        assert calls == (reference_calls(reference) if best else [])
    assert odd == 17


def reply(*calls: str) -> str:
    return "<think> t </think>\n<tool_call>\n" + "\n".join(calls) + "\n</tool_call>"


@pytest.mark.parametrize(
    ("response", "form", "correctness"),
    [
        (REFERENCE, 1.0, 3.0),
        (f" \n{REFERENCE}\n", 1.0, 3.0),
        # to be had: 1 (names) + 1 (argument names) + 2 (values) = 4 points
        (reply('{"name": "f", "parameters": {"a": 1, "b": "y"}}'), 1.0, 6 * (1 + 1 + 1) / 4 - 3),
        (reply('{"name": "f", "parameters": {"a": 1}}'), 1.0, 6 * (1 + 1 / 2 + 1) / 4 - 3),
        (reply('{"name": "f", "parameters": {"a": 1, "b": "x", "c": 0}}'), 1.0, 6 * (1 + 2 / 3 + 2) / 4 - 3),
        (reply('{"name": "f", "parameters": {}}'), 1.0, 6 * 1 / 4 - 3),
        (reply('{"name": "g", "parameters": {"a": 1, "b": "x"}}'), 1.0, -3.0),
        # names 1 of 2, then the better of two calls, all of it
        (
            reply('{"name": "f", "parameters": {}}', REFERENCE.split("\n")[2]),
            1.0,
            6 * (1 / 2 + 1 + 2) / 4 - 3,
        ),
        # true equals 1 here, as in the original
        (reply('{"name": "f", "parameters": {"a": true, "b": "x"}}'), 1.0, 3.0),
        (reply('{"name": "f"}'), 1.0, -3.0),
        (reply('["f"]'), 1.0, -3.0),
        (reply('{"name": ["f"], "parameters": {}}'), 1.0, -3.0),
        (reply(REFERENCE.split("\n")[2], ""), 1.0, 3.0),
        (reply("[" * 100_000), 1.0, -3.0),
        (f"Sure! {REFERENCE}", 0.0, 3.0),
        (REFERENCE + REFERENCE, 0.0, 3.0),
        ("</tool_call><tool_call>", 0.0, -3.0),
        ("", 0.0, -3.0),
    ],
)
def test_by_hand(response: str, form: float, correctness: float) -> None:
    assert toolrl_rewards(response, REFERENCE) == pytest.approx((form, correctness), abs=1e-12)


@pytest.mark.parametrize(
    ("response", "reference", "form"),
    [
        ("<think>a</think>\n<response>b</response>", "<response>x</response>", 1.0),
        ("<think>a</think>\n<response>b</response></response>", "<response>x</response>", 0.0),
        ("<think>a</think><response>b</response>", "<response>x</response>", 0.0),
        ("<think>a</think>", "no tags", 1.0),
        ("<think>a</think> b", "no tags", 0.0),
        (f"{REFERENCE}\n<response>b</response>", f"{REFERENCE}\n<response>x</response>", 1.0),
        (REFERENCE, f"{REFERENCE}\n<response>x</response>", 0.0),
    ],
)
def test_the_form_wanted_is_that_of_the_reference(response: str, reference: str, form: float) -> None:
    rewards = toolrl_rewards(response, reference)
    assert rewards[0] == form
    assert "<tool_call>" in reference or rewards[1] == 0.0


@pytest.mark.parametrize(
    "reference",
    [
        "<tool_call>",
        "<tool_call>x</tool_call>",
        "<tool_call>[1]</tool_call>",
        '<tool_call>{"name": "f"}</tool_call>',
    ],
)
def test_a_reference_that_cannot_be_read(reference: str) -> None:
    with pytest.raises(RubricError, match=r"^the reference's calls cannot be read: [^\n]+$"):
        toolrl_rewards("", reference)


def test_a_reference_whose_thoughts_mention_the_tag() -> None:
    reference = REFERENCE.replace(" t ", " use <tool_call> here ")
    assert toolrl_rewards(REFERENCE, reference) == (1.0, 3.0)


PIECES = st.sampled_from(["<think>", "</think>\n", "<tool_call>\n", "\n</tool_call>", "\n<response>", "</response>", *REFERENCE.split("\n"), "\n", "{}", "3"])  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=5), max_size=10).map("".join), st.booleans())
def test_bounds_on_any_reply(response: str, wants_reply: bool) -> None:
    reference = f"{REFERENCE}\n<response>r</response>" if wants_reply else REFERENCE
    form, correctness = toolrl_rewards(response, reference)
    assert form in {0.0, 1.0}
    assert -3.0 <= correctness <= 3.0
