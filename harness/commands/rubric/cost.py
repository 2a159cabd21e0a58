"""``rvpo rubric cost``: what judging costs, before anything is asked. Reads files; asks no judge."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

if TYPE_CHECKING:
    from rvpo.judges import JudgeConfig, JudgeRequest
    from rvpo.judges.cost import Count, ModeCost
    from rvpo.judges.prices import Prices
    from rvpo.rubrics import PromptRow, Rubric

DEFAULT_MODEL = "gpt-4.1"
"""HealthBench's grader."""


class Plan(NamedTuple):
    """One source of rubrics and the responses to be judged by them."""

    name: str
    samples: "list[tuple[JudgeRequest, int]]"


@click.command("cost")
@click.argument("sources", metavar="RUBRIC...", nargs=-1, required=True)
@click.option(
    "--responses",
    type=click.IntRange(min=1),
    help="Responses to each rubric [default: 1000; to each row of a row file 1].",
)
@click.option("--judge", help="Judge file, or 'embedded'; its templates and its model's prices.")
@click.option("--model", help=f"Model whose prices count [default: the judge file's, else {DEFAULT_MODEL}].")
@click.option("--k", default=8, show_default=True, type=click.IntRange(min=2), help="Criteria in one call.")
@click.option(
    "--prompt-tokens", default=500, show_default=True, type=click.IntRange(min=1), help="Of a prompt."
)
@click.option(
    "--response-tokens", default=500, show_default=True, type=click.IntRange(min=1), help="Of a response."
)
@click.option("--output-tokens", type=click.IntRange(min=1), help="Of one verdict [default: 80].")
@click.option(
    "--data", type=click.Path(dir_okay=False, path_type=Path), help="Prompts to measure, JSON lines."
)
@click.option(
    "--answers", type=click.Path(dir_okay=False, path_type=Path), help="Prompts with responses to measure."
)
@click.option("--tokenizer", type=click.Path(path_type=Path), help="A tokenizer.json to count with.")
@click.option("--price-in", type=click.FloatRange(min=0), help="USD per million input tokens.")
@click.option("--price-cached", type=click.FloatRange(min=0), help="USD per million cached input tokens.")
@click.option("--price-out", type=click.FloatRange(min=0), help="USD per million output tokens.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(  # noqa: PLR0917 - click passes the options by name
    sources: tuple[str, ...],
    responses: int | None,
    judge: str | None,
    model: str | None,
    k: int,
    prompt_tokens: int,
    response_tokens: int,
    output_tokens: int | None,
    data: Path | None,
    answers: Path | None,
    tokenizer: Path | None,
    price_in: float | None,
    price_cached: float | None,
    price_out: float | None,
    *,
    as_json: bool,
) -> None:
    """Say what judging costs: calls, tokens and price, in each way of judging.

    RUBRIC is a rubric file, a library rubric, or a file of rows that bring their rubrics (HealthBench's form too).
    Rules cost nothing. Tokens are counted on the judge's real prompts, at four characters each unless --tokenizer is
    given; failed and repeated calls are not counted.
    """
    from rvpo.harness.commands.rubric.show import echo_json
    from rvpo.judges.cost import OUTPUT_TOKENS, estimate_costs, largest_structure
    from rvpo.judges.opening import open_templates
    from rvpo.judges.prices import prices_for

    if data and answers:
        raise click.UsageError("give --data or --answers, not both")
    config = _judge(judge, model)
    count = _counter(tokenizer)
    rows = _rows(data, answers)
    filler = (
        ("word " * prompt_tokens)[: 4 * prompt_tokens],
        ("word " * response_tokens)[: 4 * response_tokens],
    )
    plans = [_plan(source, rows, responses, filler) for source in sources]
    prices = prices_for(config, input=price_in, cached=price_cached, output=price_out)
    costs = estimate_costs(
        [sample for plan in plans for sample in plan.samples],
        open_templates(config.model_copy(update={"mode": None})),
        k=k,
        structure=largest_structure(config),
        count=count,
        output_tokens=1 if config.judge == "embedded" else output_tokens or OUTPUT_TOKENS,
    )
    if as_json:
        echo_json(_plain(plans, costs, prices, k))
    else:
        how = f"counted with {tokenizer}" if tokenizer else "four characters each"
        measured = bool(rows) or any(_brings_rows(source) for source in sources)
        what = "your rows, made-up replies where they bring none" if measured else "made-up texts"
        _print([_counts(plan) for plan in plans], costs, prices, k, f"{how}; {what}")


def _judge(source: str | None, model: str | None) -> "JudgeConfig":
    from rvpo.harness.sources import find_judge
    from rvpo.judges import JudgeConfig

    if source is None:
        return JudgeConfig(judge="openai", model=model or DEFAULT_MODEL)
    config = find_judge(source)
    return config.model_copy(update={"model": model}) if model else config


def _counter(tokenizer: Path | None) -> "Count":
    from rvpo.judges.cost import four_characters

    if tokenizer is None:
        return four_characters
    try:
        from tokenizers import Tokenizer
    except ModuleNotFoundError as missing:
        raise click.UsageError(
            "--tokenizer needs the package tokenizers: pip install tokenizers"
        ) from missing
    path = tokenizer / "tokenizer.json" if tokenizer.is_dir() else tokenizer
    try:
        loaded = Tokenizer.from_file(str(path))
    except Exception as wrong:  # the library raises nothing more exact
        raise click.UsageError(f"{path}: is no tokenizer.json: {wrong}") from wrong
    return lambda text: len(loaded.encode(text, add_special_tokens=False).ids)


# --- what is to be judged -----------------------------------------------------------------------------------------


def _rows(data: Path | None, answers: Path | None) -> "list[tuple[PromptRow, str | None]]":
    """Measured rows, each with its response if there is one."""
    from rvpo.rubrics import read_prompt_rows
    from rvpo.rubrics.answers import read_answers

    if answers:
        return [(answer.row, answer.response) for answer in read_answers(answers)]
    return [(row, _response(row)) for row in read_prompt_rows(data)] if data else []


def _brings_rows(source: str) -> bool:
    return Path(source).suffix == ".jsonl"


def _plan(
    source: str, rows: "list[tuple[PromptRow, str | None]]", responses: int | None, filler: tuple[str, str]
) -> Plan:
    from rvpo.judges import JudgeRequest
    from rvpo.rubrics import RubricError, read_prompt_rows
    from rvpo.rubrics.load import find_rubric

    if _brings_rows(source):
        own = read_prompt_rows(source)
        for row in own:
            if row.rubric is None:
                raise RubricError(
                    f"{source}: row {row.id!r} brings no rubric: name a rubric, and this file with --data"
                )
        times = [responses or 1] * len(own)
        return Plan(
            source, list(zip([_request(row.rubric, row, None, filler) for row in own], times, strict=True))
        )
    rubric, total = find_rubric(source), responses or 1000
    if not rows:
        return Plan(source, [(JudgeRequest(rubric=rubric, prompt=filler[0], response=filler[1]), total)])
    requests = [_request(rubric, row, response, filler) for row, response in rows]
    shares = [total // len(rows) + (place < total % len(rows)) for place in range(len(rows))]
    return Plan(source, list(zip(requests, shares, strict=True)))


def _request(
    rubric: "Rubric | None", row: "PromptRow", response: str | None, filler: tuple[str, str]
) -> "JudgeRequest":
    from rvpo.judges import JudgeRequest
    from rvpo.rubrics.fill import fill_rubric

    assert rubric is not None
    return JudgeRequest(
        rubric=fill_rubric(rubric, row.fields, f"row {row.id!r}"),
        prompt=row.messages,
        response=response or _response(row) or filler[1],
        id=row.id,
    )


def _response(row: "PromptRow") -> str | None:
    """The row's response, or HealthBench's ideal one."""
    ideal = row.fields.get("ideal_completions_data")
    found = row.fields.get("response") or (ideal.get("ideal_completion") if isinstance(ideal, dict) else None)
    return found if isinstance(found, str) else None


# --- what is said of it -------------------------------------------------------------------------------------------


def _counts(plan: Plan) -> dict[str, Any]:
    """Responses, and verdicts of them by who gives them."""
    judged = sum(times * _judged(request) for request, times in plan.samples)
    every = sum(times * len(request.rubric.criteria) for request, times in plan.samples)
    responses = sum(times for _, times in plan.samples)
    return {
        "source": plan.name,
        "responses": responses,
        "judged_verdicts": judged,
        "rule_verdicts": every - judged,
    }


def _judged(request: "JudgeRequest") -> int:
    return sum(criterion.kind == "llm" for criterion in request.rubric.criteria)


def _plain(plans: Sequence[Plan], costs: "Sequence[ModeCost]", prices: "Prices", k: int) -> dict[str, Any]:
    import msgspec

    modes = [
        {
            **msgspec.to_builtins(cost),
            "usd": cost.usd(prices),
            "usd_cached": cost.usd_cached(prices),
        }
        for cost in costs
    ]
    return {
        "rubrics": [_counts(plan) for plan in plans],
        "modes": modes,
        "k": k,
        "prices_per_million": prices.model_dump(mode="json"),
    }


def _print(
    sources: Sequence[dict[str, Any]], costs: "Sequence[ModeCost]", prices: "Prices", k: int, tokens: str
) -> None:
    from rich.console import Console

    from rvpo.harness.rubric_pages.cost import cost_page

    console = Console(highlight=False)
    for block in cost_page(sources, costs, prices, k, tokens):
        console.print(block)
