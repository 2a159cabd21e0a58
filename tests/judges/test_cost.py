from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.judges import CallFailed, JudgeConfig, JudgeRequest, JudgeService
from rvpo.judges.around import Around
from rvpo.judges.client import RawReply
from rvpo.judges.cost import CACHED_FROM, MODES, estimate_costs, four_characters
from rvpo.judges.endpoint import EndpointJudge
from rvpo.judges.material import guidelines
from rvpo.judges.opening import open_templates
from rvpo.judges.prices import Prices, price_table, prices_of
from rvpo.judges.prompts import Templates, load_template, parse_template
from rvpo.judges.protocol import Question
from rvpo.rubrics import Criterion, Rubric

SMALL = Templates(
    plain=parse_template(
        "## system\nSSSS\n## user\n{{bare_conversation}}{{bare_response}}|{{criterion}}|end", "one"
    ),
    several=parse_template(
        "## system\nTT\n## user\n{{guidelines}}{{bare_conversation}}{{bare_response}}|{{criteria}}|all",
        "several",
    ),
)


def letters(text: str) -> int:
    """One token a character: then everything can be counted by hand."""
    return len(text)


def request(*texts: str, prompt: str = "hi", response: str = "ho") -> JudgeRequest:
    rule = Criterion.model_validate(
        {"id": "rule", "criterion": "Short.", "kind": "length", "rule": {"max": 9}}
    )
    asked = [Criterion(id=f"c{place}", criterion=text) for place, text in enumerate(texts)]
    return JudgeRequest(rubric=Rubric(id="r", criteria=(*asked, rule)), prompt=prompt, response=response)


def sheet(*texts: str) -> int:
    """Letters of criteria on one sheet, by hand: markers, text, question and form of each, a blank line between."""
    question = "Does the response meet the criterion?"
    form = '{"id": "c1", "explanation": "<your reason>", "met": true or false}'
    one = len(
        "<<criterion c1>>\n\n\n\n\nIts verdict, with the keys in this order:\n\n<<end of criterion c1>>"
    )
    return sum(one + len(text) + len(question) + len(form) for text in texts) + 2 * (len(texts) - 1)


def test_calls_and_tokens_are_those_of_a_count_by_hand() -> None:
    each, few, whole = estimate_costs(
        [(request("aa", "b", "cccc"), 10)], SMALL, k=2, count=letters, output_tokens=7
    )
    # "SSSS", and "User: hi" + "ho" + "|" + criterion + "|end": 4 + 8 + 2 + 1 + 4 = 19 beside the criterion.
    assert (each.calls, each.input_tokens) == (30, 10 * (3 * 19 + 2 + 1 + 4))
    assert each.output_tokens == few.output_tokens == whole.output_tokens == 10 * 3 * 7
    # Two on a sheet: "TT", "User: hi", "ho", "|", "|all" are 2 + 8 + 2 + 1 + 4 = 17; the third has a call to itself.
    assert (few.calls, few.input_tokens) == (20, 10 * (17 + sheet("aa", "b") + 19 + 4))
    assert (whole.calls, whole.input_tokens) == (10, 10 * (17 + sheet("aa", "b", "cccc")))
    assert (each.cached_tokens, few.cached_tokens, whole.cached_tokens) == (0, 0, 0)


def test_a_long_beginning_is_paid_once_a_response_and_template() -> None:
    long = "x" * (2 * CACHED_FROM)
    asked = request("aa", "b", "cccc", "d", "e", response=long)
    each, few, whole = estimate_costs([(asked, 10)], SMALL, k=2, count=letters)
    one, several = 4 + 8 + len(long) + 1, 2 + 8 + len(long) + 1
    # Of five calls, four find the beginning kept; of two sheets and a lone one, one; a whole rubric has one call.
    assert (each.cached_tokens, few.cached_tokens, whole.cached_tokens) == (10 * 4 * one, 10 * several, 0)


def test_long_guidelines_are_paid_once_a_rubric() -> None:
    rubric = Rubric(
        id="r",
        guidelines="g" * 2000,
        criteria=(Criterion(id="a", criterion="aa"), Criterion(id="b", criterion="bb")),
    )
    asked = JudgeRequest(rubric=rubric, prompt="hi", response="ho")
    *_, whole = estimate_costs([(asked, 10)], SMALL, count=letters)
    assert whole.cached_tokens == 9 * (2 + len(guidelines(asked)))


def test_one_criterion_costs_the_same_in_every_way() -> None:
    costs = estimate_costs([(request("aa"), 3)], SMALL, count=letters)
    # Alone in its call it is asked by the template for one, in every mode.
    assert {(cost.calls, cost.input_tokens, cost.output_tokens) for cost in costs} == {(3, 63, 240)}


@pytest.mark.parametrize("structured", ["text", "json_schema"])
@pytest.mark.parametrize("place", range(3))
def test_what_is_counted_is_what_the_service_sends(place: int, structured: Any) -> None:
    mode = MODES[place]
    graded = Criterion.model_validate({"id": "d", "criterion": "Deep?", "options": ["no", "yes"]})
    numbered = Criterion.model_validate({"id": "n", "criterion": "How many?", "range": {"max": 5}})
    plain = Criterion(id="a", criterion="Asks for the age.", guidelines="Or the year of birth.")
    rubric = Rubric(id="r", guidelines="Be fair.", criteria=(plain, graded, numbered))
    asked = JudgeRequest(rubric=rubric, prompt="Fever", response="How old?")
    config = JudgeConfig(
        judge="openai-compatible", model="m", base_url="http://127.0.0.1:9/v1", mode=mode, criteria_per_call=2,
        structured=structured, store=":memory:",
    )  # fmt: skip
    bodies: list[dict[str, Any]] = []

    class Overheard(Around):
        async def ask(self, question: Question, vote: int) -> RawReply:
            judge = self._judge
            assert isinstance(judge, EndpointJudge)
            bodies.append(judge.body(question, vote))
            raise CallFailed("not_asked", "only overheard", attempts=0)

    with JudgeService.open_sync(config, lambda judge: Overheard(judge).as_judge()) as service:
        service.judge_sync([asked])
    cost = estimate_costs(
        [(asked, 1)],
        open_templates(config.model_copy(update={"mode": None})),
        k=2,
        structure=structured,
        count=letters,
    )[place]
    sent = sum(len(message["content"]) for body in bodies for message in body["messages"])
    schemas = sum(
        len(msgspec.json.encode(body["response_format"])) for body in bodies if "response_format" in body
    )
    assert (cost.calls, cost.input_tokens) == (len(bodies), sent + schemas)
    assert len(bodies) == (3, 2, 1)[place]
    assert bool(schemas) == (structured == "json_schema")


def test_rules_cost_nothing() -> None:
    costs = estimate_costs([(request(), 1000)], SMALL)
    assert all((cost.calls, cost.input_tokens, cost.usd(Prices(model="m"))) == (0, 0, 0.0) for cost in costs)


@given(
    st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=6), st.integers(1, 50), st.integers(1, 9)
)
def test_more_criteria_a_call_never_cost_more_calls(texts: list[str], times: int, k: int) -> None:
    each, few, whole = estimate_costs([(request(*texts), times)], SMALL, k=k)
    assert each.calls >= few.calls >= whole.calls == times
    assert all(0 <= cost.cached_tokens <= cost.input_tokens for cost in (each, few, whole))


def test_prices_by_hand_and_unknown_ones() -> None:
    long = "x" * (2 * CACHED_FROM)
    each, *_ = estimate_costs([(request("aa", "bb", response=long), 1000)], SMALL, count=letters)
    head = 4 + 8 + len(long) + 1
    assert (each.input_tokens, each.cached_tokens, each.output_tokens) == (
        2000 * (head + 6),
        1000 * head,
        160_000,
    )
    known = Prices(model="m", input=2.0, cached=0.5, output=8.0)
    # Plain: 2000 (head + 6) at 2; 160 000 at 8. Cached: 1000 head of them at 0.5 in place of 2.
    plain = (2000 * (head + 6) * 2 + 160_000 * 8) / 1e6
    assert each.usd(known) == pytest.approx(plain)
    assert each.usd_cached(known) == pytest.approx(plain - 1000 * head * 1.5 / 1e6)
    assert each.usd_cached(known.model_copy(update={"cached": None})) is None
    assert each.usd(known.model_copy(update={"cached": None})) == pytest.approx(plain)
    assert each.usd(Prices(model="m", input=2.0)) is None


def test_the_shipped_prices_are_dated_and_whole() -> None:
    assert len(price_table()) >= 8
    for prices in price_table().values():
        assert prices.input
        assert prices.output
        # A day as ISO 8601 has it, and the page that it was seen on.
        assert date.fromisoformat(prices.as_of).isoformat() == prices.as_of
        assert prices.source.startswith("https://")
        assert prices.output > prices.input > (prices.cached or 0.0)
    assert prices_of("GPT-4.1").input == 2.0
    assert prices_of("anthropic/claude-haiku-4-5-20251001").output == 5.0
    assert prices_of("gpt-4.1-micro").input is None


def test_four_characters_are_a_token() -> None:
    assert [four_characters(text) for text in ("", "a", "abcd", "abcde")] == [0, 1, 1, 2]


def test_the_shipped_template_holds_its_beginning() -> None:
    templates = Templates(plain=load_template("per_criterion_v1"))
    each, *_ = estimate_costs([(request("aa", "b", response="x" * 9000), 1)], templates, count=letters)
    assert each.cached_tokens > 9000
