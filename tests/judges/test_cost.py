import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.judges import JudgeConfig, JudgeRequest
from rvpo.judges.cost import CACHED_FROM, estimate_costs, four_characters
from rvpo.judges.opening import open_templates
from rvpo.judges.prices import Prices, price_table, prices_of
from rvpo.judges.prompts import Templates, load_template, parse_template
from rvpo.rubrics import Criterion, Rubric

SMALL = Templates(
    plain=parse_template(
        "## system\nSSSS\n## user\n{{bare_conversation}}{{bare_response}}|{{criterion}}|end", "t"
    )
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


def test_calls_and_tokens_are_those_of_a_count_by_hand() -> None:
    each, few, whole = estimate_costs(
        [(request("aa", "b", "cccc"), 10)], SMALL, k=2, count=letters, output_tokens=7
    )
    # A message is "SSSS\n" + "User: hi" + "ho" + "|" + criterion + "|end": 5 + 8 + 2 + 1 + 4 = 20 beside the criterion.
    assert (each.calls, each.input_tokens) == (30, 10 * (3 * 20 + 2 + 1 + 4))
    assert each.output_tokens == few.output_tokens == whole.output_tokens == 10 * 3 * 7
    # Two criteria: each between "<<criterion c0>>\n" and "\n<<end of criterion c0>>", 17 + 24, and a line break between.
    two = 20 + 2 + 1 + 2 * 41 + 1
    assert (few.calls, few.input_tokens) == (20, 10 * (two + 20 + 4))
    assert (whole.calls, whole.input_tokens) == (10, 10 * (20 + 2 + 1 + 4 + 3 * 41 + 2))
    assert (each.cached_tokens, few.cached_tokens, whole.cached_tokens) == (0, 0, 0)


def test_a_long_beginning_is_paid_once_a_response() -> None:
    long = "x" * (2 * CACHED_FROM)
    each, few, whole = estimate_costs(
        [(request("aa", "b", "cccc", response=long), 10)], SMALL, k=2, count=letters
    )
    head = 5 + 8 + len(long) + 1
    # Of three calls, two find the beginning kept; of two, one; between responses to one rubric nothing this long.
    assert (each.cached_tokens, few.cached_tokens, whole.cached_tokens) == (10 * 2 * head, 10 * head, 0)


def test_the_criteria_of_a_whole_rubric_are_paid_once() -> None:
    texts = ["y" * 600, "z" * 600]
    *_, whole = estimate_costs([(request(*texts), 10)], SMALL, count=letters)
    assert whole.cached_tokens == 9 * (4 + 1200)


def test_one_criterion_costs_the_same_in_every_way() -> None:
    costs = estimate_costs([(request("aa"), 3)], SMALL, count=letters)
    assert {(cost.calls, cost.input_tokens, cost.output_tokens) for cost in costs} == {(3, 66, 240)}


def test_the_judges_own_prompts_are_what_is_counted() -> None:
    templates = open_templates(JudgeConfig(judge="openai", model="m"))
    graded = Criterion.model_validate({"id": "d", "criterion": "Deep?", "options": ["no", "yes"]})
    numbered = Criterion.model_validate({"id": "n", "criterion": "How many?", "range": {"max": 5}})
    plain = Criterion(id="a", criterion="Asks for the age.", guidelines="Or the year of birth.")
    rubric = Rubric(id="r", guidelines="Be fair.", criteria=(plain, graded, numbered))
    asked = JudgeRequest(rubric=rubric, prompt="Fever", response="How old?")
    each, few, _ = estimate_costs([(asked, 1)], templates, count=letters)
    bound = templates.bind(asked)
    sent = [bound.messages(criterion) for criterion in rubric.criteria]
    # A line break stands between the two messages.
    assert each.input_tokens == sum(
        len(system["content"]) + 1 + len(user["content"]) for system, user in sent
    )
    # Plain criteria and others have prompts of their own, so one call each.
    assert (each.calls, few.calls) == (3, 2)


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
    head = 5 + 8 + len(long) + 1
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
        assert prices.as_of[:2] == "20"
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
