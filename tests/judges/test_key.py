import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.judges import JudgeConfig, JudgeRequest
from rvpo.judges.key import request_key
from rvpo.judges.opening import open_templates
from rvpo.judges.protocol import Question
from rvpo.rubrics import Criterion, Rubric

MESSAGES = [{"role": "user", "content": "Is it?"}]


@given(st.text(alphabet=st.characters(codec="utf-8")), st.integers(0, 3))
def test_the_key_is_the_hash_of_canonical_json(content: str, vote: int) -> None:
    judge = {"model": "m", "endpoint": "http://h"}
    messages = [{"role": "user", "content": content}]
    # Independent reference: the standard library's JSON with sorted keys and no spaces.
    whole = {"judge": judge, "messages": messages, "v": 1, "vote": vote}
    text = json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert request_key(judge, messages, vote) == hashlib.sha256(text.encode()).digest()


def key_of(criterion: Criterion | None = None, **fields: Any) -> bytes:
    """Key of one question under a judge file with these fields."""
    from rvpo.judges.endpoint import EndpointJudge

    settings = {"judge": "openai-compatible", "model": "m", "base_url": "http://h:1/v1"} | fields
    config = JudgeConfig.model_validate(settings)
    rubric = Rubric(id="r", criteria=(criterion or Criterion(id="a", criterion="Asks"),))
    prompt = open_templates(config).bind(JudgeRequest(rubric=rubric, prompt="hi", response="ho"))

    async def make() -> bytes:
        judge = EndpointJudge(config)
        try:
            return judge.key(Question(prompt, rubric.criteria), 0)
        finally:
            await judge.close()

    import asyncio

    return asyncio.run(make())


@pytest.mark.parametrize(
    "change",
    [
        {"base_url": "http://h:2/v1"},
        {"base_url": "https://h:1/v1"},
        {"model": "m2"},
        {"temperature": 1.0},
        {"temperature": None},
        {"max_tokens": 99},
        {"seed": 0},
        {"extra_body": {"top_p": 0.5}},
        {"template": "yes_no_v1"},
    ],
)
def test_what_decides_the_reply_changes_the_key(change: dict[str, Any]) -> None:
    assert key_of(**change) != key_of()


@pytest.mark.parametrize(
    "change",
    [
        {"concurrency": 1},
        {"timeout_s": 1.0},
        {"max_attempts": 1},
        {"store": "elsewhere"},
        {"deadline_s": 1.0},
        {"base_url": "http://h:1/v1/"},
    ],
)
def test_what_does_not_decide_it_leaves_the_key_alone(change: dict[str, Any]) -> None:
    assert key_of(**change) == key_of()


def test_points_polarity_and_id_leave_the_key_alone_and_the_text_does_not() -> None:
    edited = Criterion(id="b", criterion="Asks", points=-9, polarity="met_is_bad", tags=("x",))
    assert key_of(edited) == key_of()
    assert key_of(Criterion(id="a", criterion="Asks twice")) != key_of()


@pytest.mark.parametrize(
    ("vote", "known"),
    [
        (0, "c5ce0baf11958d86b427bce98d3a211a27905c907742e9f20aafb46b6afb7c0b"),
        (1, "b7b35c0b0ff7d4a5f29d2883ae6559a481c9babed775011320348a13732b2dbb"),
    ],
)
def test_a_plain_criterion_keeps_the_key_that_replies_lie_under(vote: int, known: str) -> None:
    """Both keys were made with the version that knew no other scale; a change would ask everything again."""
    rubric = Rubric(
        id="r", guidelines="Be fair.", criteria=(Criterion(id="a", criterion="Asks for the age."),)
    )
    turns = (("system", "Help."), ("user", "Fever é"), ("assistant", "Since?"), ("user", "Today"))
    prompt = [{"role": role, "content": content} for role, content in turns]
    asked = JudgeRequest(rubric=rubric, prompt=prompt, response="How old?")
    config = JudgeConfig.model_validate(
        {"judge": "openai-compatible", "model": "m", "base_url": "http://h:1/v1"}
    )
    share = {"endpoint": config.endpoint, "model": config.model, "sampling": config.sampling()}
    messages = open_templates(config).bind(asked).messages(rubric.criteria[0], vote)
    assert request_key(share, messages, vote).hex() == known


def test_the_embedded_judge_asks_yes_or_no_as_ever() -> None:
    rubric = Rubric(id="r", criteria=(Criterion(id="a", criterion="Asks for the age."),))
    asked = JudgeRequest(rubric=rubric, prompt="Fever", response="How old?")
    messages = open_templates(JudgeConfig(judge="embedded")).bind(asked).messages(rubric.criteria[0])
    assert [message["content"] for message in messages] == [
        "You check statements about a response. Answer Yes or No.",
        """User: Fever

Response: How old?

Statement about the response: Asks for the age.

Is the statement true? Answer Yes or No.""",
        "Answer:",
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"guidelines": "Ask first."},
        {"examples": [{"response": "How old?", "verdict": True}]},
        {"evidence": "quote"},
        {"options": ["none", "full"]},
        {"options": ["none", "full", {"label": "n/a", "na": True}]},
        {"options": ["none", "full"], "scale": "ordinal", "evidence": "quote"},
        {"range": {"max": 5}},
        {"range": {"max": 6}},
    ],
)
def test_what_a_judge_is_told_of_a_criterion_changes_the_key(change: dict[str, Any]) -> None:
    asks: dict[str, Any] = {"id": "a", "criterion": "Asks"}
    others: list[dict[str, Any]] = [{}, {"options": ["no", "yes"]}, {"range": {"max": 7}}]
    keys = {key_of(Criterion.model_validate(asks | other)) for other in others}
    assert key_of(Criterion.model_validate(asks | change)) not in keys


def test_what_a_label_is_worth_leaves_the_key_alone() -> None:
    worth = [
        Criterion.model_validate(
            {
                "id": "a",
                "criterion": "Asks",
                "options": [
                    {"label": label, "value": value} for label, value in zip("abc", row, strict=True)
                ],
            }
        )
        for row in ((0.0, 0.5, 1.0), (0.0, 0.1, 1.0))
    ]
    assert key_of(worth[0]) == key_of(worth[1])


def test_the_secret_is_not_in_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = set()
    for secret in ("one", "two"):
        monkeypatch.setenv("RVPO_TEST_KEY", secret)
        keys.add(key_of(api_key_env="RVPO_TEST_KEY"))
    assert keys == {key_of()}
