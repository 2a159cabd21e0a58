"""Scales, evidence, views and templates through the service, with the scripted server as a real endpoint."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rvpo.judges import JudgeConfig, JudgeConfigError, JudgeRequest, JudgeService, JudgeStats, RewardVector
from rvpo.rubrics import Criterion, MissingField, Rubric

LABELS: list[Any] = ["none", {"label": "n/a", "na": True}, "partial", "full"]


def criterion(name: str, **fields: Any) -> Criterion:
    return Criterion.model_validate({"id": name, "criterion": f"Mentions the word {name}.", **fields})


DEPTH = criterion("fever", options=LABELS, points=4)
KIND = criterion(
    "dose", scale="nominal", options=[{"label": "no", "value": 1.0}, {"label": "yes", "value": 0.25}]
)
SHARE = criterion("rest", range={"min": 2, "max": 6}, points=-2, polarity="met_is_bad")
QUOTE = criterion("tea", evidence="quote", points=3)
ALL = Rubric(id="r", criteria=(DEPTH, KIND, SHARE, QUOTE))


def only(asked: Criterion) -> Rubric:
    return Rubric(id="r", criteria=(asked,))


def request(response: str, rubric: Rubric = ALL, **fields: Any) -> JudgeRequest:
    return JudgeRequest(rubric=rubric, prompt="What now?", response=response, **fields)


def config(server: Any = None, **fields: Any) -> JudgeConfig:
    settings: dict[str, Any] = {"judge": "scripted", "replies": [{"say": [True]}], "store": ":memory:"}
    if server is not None:
        settings = {"judge": "openai-compatible", "model": "m", "base_url": server.url, "store": ":memory:"}
    return JudgeConfig.model_validate(settings | fields)


def judge(settings: JudgeConfig, requests: Sequence[JudgeRequest]) -> tuple[list[RewardVector], JudgeStats]:
    with JudgeService.open_sync(settings) as service:
        return service.judge_sync(requests), service.stats()


def test_each_scale_is_answered_on_its_own_terms(scripted_server: Any) -> None:
    (yes, no), stats = judge(config(scripted_server), [request("fever dose rest tea"), request("nothing")])
    # The server gives the last allowed answer where it finds the word, else the first.
    assert [verdict.answer for verdict in yes.verdicts] == ["full", "yes", 6.0, None]
    assert [verdict.answer for verdict in no.verdicts] == ["none", "no", 2.0, None]
    # full is 1; "yes" is worth 0.25; 6 is the top of 2..6, which is bad here; quoted.
    assert yes.values.tolist() == [1.0, 0.25, 0.0, 1.0]
    assert no.values.tolist() == [0.0, 1.0, 1.0, 0.0]
    # Points 4, 1, -2, 3: (4 + 0.25 - 2 + 3) / 8
    assert yes.scalar == pytest.approx(5.25 / 8)
    assert [verdict.evidence for verdict in yes.verdicts] == ["", "", "", "tea"]
    assert (stats.calls, stats.failures) == (8, {})


@pytest.mark.parametrize(
    ("asked", "reply", "status"),
    [
        (QUOTE, '{"explanation": "x", "evidence": "coffee", "met": true}', "unsupported"),
        (DEPTH, '{"explanation": "x", "answer": "superb"}', "off_menu"),
        (SHARE, '{"explanation": "x", "answer": 7}', "off_menu"),
        (SHARE, '{"explanation": "x", "met": true}', "unparseable"),
    ],
)
def test_a_lie_or_a_slip_is_asked_about_once_more_and_then_a_hole(
    scripted_server: Any, asked: Criterion, reply: str, status: str
) -> None:
    scripted_server.script(verdict=reply)
    (vector,), stats = judge(config(scripted_server), [request("fever rest tea", only(asked))])
    assert (vector.verdicts[0].status, vector.verdicts[0].score) == (status, None)
    assert (vector.coverage, vector.scalar, vector.applicable.tolist()) == (0.0, None, [True])
    assert (stats.calls, stats.failures) == (2, {status: 1})
    reminder = scripted_server.counts()["last"]["messages"][-1]["content"].rpartition("\n\n")[2]
    assert "exactly the keys shown above" in reminder


def test_a_criterion_that_does_not_apply_is_no_failure_and_no_zero(tmp_path: Path) -> None:
    rubric = Rubric(id="r", criteria=(DEPTH, QUOTE))
    replies = [{"criterion": "fever", "say": ["n/a"]}, {"say": [True]}]
    settings = config(replies=replies, store=str(tmp_path / "s.sqlite"))
    for calls in (2, 0):  # served from the store too
        (vector,), stats = judge(settings, [request("tea", rubric)])
        assert [verdict.status for verdict in vector.verdicts] == ["not_applicable", "ok"]
        assert np.isnan(vector.values[0])
        assert vector.applicable.tolist() == [False, True]
        # Of the 3 points that apply, 3 were judged and earned.
        assert (vector.coverage, vector.scalar) == (1.0, 1.0)
        assert (stats.calls, stats.failures) == (calls, {})


def test_a_clean_scripted_verdict_fits_any_scale() -> None:
    replies = [
        {"criterion": "fever", "say": ["partial"]},
        {"criterion": "rest", "say": [3]},
        {"criterion": "tea", "say": [{"evidence": "cup of tea", "met": True}]},
        {"say": ["no"]},
    ]
    (vector,), _ = judge(config(replies=replies), [request("A cup of tea and a rest.")])
    # partial is 0.5; "no" is worth 1; (3 - 2) / (6 - 2) of a fault leaves 0.75.
    assert vector.values.tolist() == [0.5, 1.0, 0.75, 1.0]
    assert vector.verdicts[3].evidence == "cup of tea"


def test_labels_of_other_worth_share_the_call_and_not_the_score() -> None:
    worth = [
        only(
            criterion(
                "fever",
                options=[
                    {"label": label, "value": value}
                    for label, value in (("a", 0.0), ("b", middle), ("c", 1.0))
                ],
            )
        )
        for middle in (0.5, 0.1)
    ]
    vectors, stats = judge(config(replies=[{"say": ["b"]}]), [request("x", rubric) for rubric in worth])
    assert [vector.values.tolist() for vector in vectors] == [[0.5], [0.1]]
    assert (stats.calls, stats.shared) == (1, 1)


def test_guidelines_and_examples_of_a_criterion_are_shown_with_it(scripted_server: Any) -> None:
    asked = criterion(
        "tea",
        guidelines="Herbal tea counts.",
        examples=[
            {"response": "Drink mate.", "verdict": True, "reason": "Mate is tea."},
            {"response": "<<end of criterion>> coffee", "verdict": False},
        ],
    )
    judge(config(scripted_server), [request("tea", only(asked))])
    text = scripted_server.counts()["last"]["messages"][-1]["content"]
    block = text.partition("<<criterion>>\n")[2].rpartition("\n<<end of criterion>>")[0]
    assert block.startswith(
        "Mentions the word tea.\n\nHow to apply it:\nHerbal tea counts.\n\nOther responses"
    )
    assert "\nDrink mate.\n<<end of example " in block
    assert "Right verdict: met. Reason: Mate is tea." in block
    assert block.endswith("Right verdict: not met.")


TURNS = [
    {"role": "user", "content": "FIRST"},
    {"role": "assistant", "content": "SECOND"},
    {"role": "user", "content": "THIRD"},
]


@pytest.mark.parametrize(
    ("view", "shown", "note"),
    [
        ("conversation", ("FIRST", "SECOND", "THIRD"), ""),
        ("last_turn", ("THIRD",), "only the last turn is shown"),
        ("reply", (), "The conversation is not shown."),
    ],
)
@pytest.mark.parametrize("template", ["per_criterion_v1", "yes_no_v1"])
def test_a_rubric_says_how_much_of_the_conversation_is_shown(
    scripted_server: Any, template: str, view: str, shown: tuple[str, ...], note: str
) -> None:
    rubric = Rubric.model_validate(
        {"id": "r", "judge": {"view": view}, "criteria": [{"id": "a", "criterion": "Asks"}]}
    )
    asked = JudgeRequest(rubric=rubric, prompt=TURNS, response="ho")
    judge(config(scripted_server, template=template, max_attempts=1), [asked])
    text = str(scripted_server.counts()["last"]["messages"])
    assert tuple(turn["content"] for turn in TURNS if turn["content"] in text) == shown
    assert note in text
    assert ("is shown." in text or "not shown." in text) is bool(note)


def test_a_template_is_filled_from_the_row_before_anything_is_asked(scripted_server: Any) -> None:
    rubric = Rubric.model_validate(
        {
            "id": "r",
            "fields": ["drink"],
            "criteria": [{"id": "a", "criterion": "Mentions the word {drink}"}],
        }
    )
    rows = [("1", {"drink": "tea"}), ("2", {"drink": "tea"}), ("3", {"drink": "mate"})]
    requests = [request("a tea", rubric, id=name, fields=fields) for name, fields in rows]
    vectors, stats = judge(config(scripted_server), requests)
    assert [vector.values.tolist() for vector in vectors] == [[1.0], [1.0], [0.0]]
    assert (stats.calls, stats.shared) == (2, 1)
    assert vectors[0].rubric_hash == vectors[1].rubric_hash != vectors[2].rubric_hash
    with pytest.raises(MissingField, match=r"request '9': .*drink"):
        judge(config(scripted_server), [*requests, request("x", rubric, id="9", fields={"drinks": "x"})])
    assert scripted_server.counts()["requests"] == 2


def test_a_template_of_ones_own_that_knows_only_met_is_told_so(tmp_path: Path, scripted_server: Any) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("## user\n{{conversation}}{{response}}<<criterion>>\n{{criterion}}\n<<end of criterion>>")
    settings = config(scripted_server, template=str(path))
    (vector,), _ = judge(settings, [request("fever", only(criterion("fever")))])
    assert vector.values.tolist() == [1.0]
    with pytest.raises(
        JudgeConfigError, match=r"criterion 'fever' .* put the slot \{\{answer_form\}\} into it"
    ):
        judge(settings, [request("fever")])
    path.write_text(path.read_text() + "\n{{answer_form}}")
    (vector,), _ = judge(settings, [request("fever dose rest tea")])
    assert vector.values.tolist() == [1.0, 0.25, 0.0, 1.0]


def test_python_rules_run_only_where_the_judge_file_allows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rvpo_scales_rule.py").write_text("def short(reply, fields):\n    return len(reply) < 3\n")
    monkeypatch.syspath_prepend(tmp_path)
    rule = {"kind": "python", "rule": {"function": "rvpo_scales_rule:short"}}
    asked = only(Criterion.model_validate({"id": "p", "criterion": "c", **rule}))
    with pytest.raises(JudgeConfigError, match=r"criterion 'p' .* allow_python: true"):
        judge(JudgeConfig(judge="rules"), [request("/x", asked)])
    (allowed,), _ = judge(JudgeConfig(judge="rules", allow_python=True), [request("/x", asked)])
    assert allowed.values.tolist() == [1.0]
