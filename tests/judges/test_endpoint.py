"""What a judge behind an endpoint sends: the bytes that the key of the reply is the hash of."""

import asyncio
from typing import Any

import pytest

from rvpo.judges import JudgeConfig, JudgeRequest
from rvpo.judges.endpoint import EndpointJudge
from rvpo.judges.opening import open_templates
from rvpo.judges.protocol import Question
from rvpo.rubrics import Criterion, Rubric

PLAIN = Criterion(id="a", criterion='Says "tea", \\ or é.')
GRADED = Criterion.model_validate({"id": "b", "criterion": "How far?", "options": ["none", "full"]})
HARD = 'so "],\\"v\\":1" it goes: ],"v":1,"vote":0} \u2028 😀'
"""Looks like the end of a key's bytes."""


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"temperature": None, "max_tokens": None},
        {"seed": 4, "structured": "json_schema", "extra_body": {"top_p": 0.5, "stop": ["a", "b"]}},
        {"structured": "json_object"},
        {"score": "probability"},
    ],
)
@pytest.mark.parametrize("criteria", [(PLAIN,), (GRADED,), (PLAIN, GRADED)], ids=["plain", "graded", "both"])
@pytest.mark.parametrize(("vote", "sample"), [(0, 0), (1, 2)])
def test_what_is_sent_is_the_body_of_the_question(
    scripted_server: Any, fields: dict[str, Any], criteria: tuple[Criterion, ...], vote: int, sample: int
) -> None:
    settings = {"judge": "openai-compatible", "model": 'm"é', "base_url": scripted_server.url, **fields}
    config = JudgeConfig.model_validate(settings)
    rubric = Rubric(id="r", criteria=criteria)
    prompt = open_templates(config).bind(JudgeRequest(rubric=rubric, prompt=HARD, response=HARD))
    question = Question(prompt, criteria, sample)

    async def ask() -> dict[str, Any]:
        judge = EndpointJudge(config)
        try:
            await judge.ask(question, vote)
            return judge.body(question, vote)
        finally:
            await judge.close()

    body = asyncio.run(ask())
    assert scripted_server.counts()["last"] == body
