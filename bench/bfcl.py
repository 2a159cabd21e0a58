"""Our rules and BFCL's own checker on the same answers: where they agree, and where they do not.

    pip download --no-deps bfcl-eval -d /tmp
    python bench/bfcl.py /tmp/bfcl_eval-2026.3.23-py3-none-any.whl

Of every row that wants calls the right answer is made in its variants, and wrong ones out of it. Each goes to
``bfcl_eval``'s ``ast_checker``, imported out of the wheel, and as a reply in Hermes form to our rules. Of the package only
the table of models is replaced, which imports every vendor's client; the checker asks it one thing, whether dots in a
function's name were written as underscores, and the answer for this form is no.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import click

from rvpo.harness.bfcl import bfcl_exam
from rvpo.harness.bfcl.categories import LIVE, NON_LIVE
from rvpo.harness.bfcl.source import bfcl_files
from rvpo.harness.items import ExamItem
from rvpo.rubrics import evaluate_rule
from rvpo.rubrics.formats.bfcl import ANSWERS
from rvpo.rubrics.reading.source import read_json_lines

Calls = list[dict[str, dict[str, Any]]]
Checker = Callable[[Any, Calls, Any, str], bool]


def their_checker(wheel: Path) -> Checker:
    """``ast_checker`` of the wheel."""
    sys.path.insert(0, str(wheel))
    models = ModuleType("bfcl_eval.constants.model_config")
    plain = SimpleNamespace(underscore_to_dot=False)
    vars(models)["MODEL_CONFIG_MAPPING"] = {"hermes": plain}
    sys.modules[models.__name__] = models
    check = import_module("bfcl_eval.eval_checker.ast_eval.ast_checker").ast_checker
    python = import_module("bfcl_eval.constants.enums").Language.PYTHON

    def right(functions: Any, calls: Calls, truth: Any, category: str) -> bool:
        try:
            return bool(check(functions, calls, truth, python, category, "hermes")["valid"])
        except (
            TypeError,
            AttributeError,
            KeyError,
        ):  # it falls over some wrong types; BFCL counts none of them
            return False

    return right


def our_verdict(item: ExamItem, calls: Calls) -> bool:
    """Whether our rules give the item its point."""
    reply = "\n".join(
        f"<tool_call>\n{json.dumps({'name': name, 'arguments': arguments})}\n</tool_call>"
        for call in calls
        for name, arguments in call.items()
    )
    return evaluate_rule(item.rubric.criteria[-1], reply, item.fields).met == 1.0


def chosen(values: Any, which: int) -> Any:
    """One of the right values; in objects and lists of objects one for each key."""
    if isinstance(values, list):
        values = [value for value in values if value != ""] or [""]
        values = values[which % len(values)]
    return plain_value(values, which)


def plain_value(value: Any, which: int) -> Any:
    """The value with each list of possible values inside it replaced by one of them."""
    if isinstance(value, dict):
        kept = {key: each for key, each in value.items() if each != [""]}
        return {key: chosen(each, which) for key, each in kept.items()}
    if isinstance(value, list):
        return [plain_value(each, which) for each in value]
    return value


def right_calls(truth: Any, which: int, *, optional: bool) -> Calls:
    """The right calls, with or without the arguments that may be left out."""
    return [
        {
            name: {
                key: chosen(values, which)
                for key, values in arguments.items()
                if values != [""] and (optional or "" not in values)
            }
        }
        for call in truth
        for name, arguments in call.items()
    ]


def changed(calls: Calls, change: Callable[[Any], Any]) -> Calls:
    """The calls with every argument changed."""
    return [
        {name: {key: change(value) for key, value in arguments.items()}}
        for call in calls
        for name, arguments in call.items()
    ]


def in_texts(change: Callable[[str], Any]) -> Callable[[Any], Any]:
    """A change of texts, inside lists and objects too."""

    def apply(value: Any) -> Any:
        if isinstance(value, str):
            return change(value)
        if isinstance(value, list):
            return [apply(each) for each in value]
        return {key: apply(each) for key, each in value.items()} if isinstance(value, dict) else value

    return apply


def in_numbers(change: Callable[[float], Any], *, inside: bool) -> Callable[[Any], Any]:
    """A change of numbers that are arguments themselves, or of those inside lists."""

    def apply(value: Any) -> Any:
        if inside:
            return [one(each) for each in value] if isinstance(value, list) else value
        return one(value)

    def one(value: Any) -> Any:
        return change(value) if isinstance(value, int | float) and not isinstance(value, bool) else value

    return apply


def other_number_kind(value: float) -> float:
    """A whole number as a float, a float without a fraction as a whole number."""
    if isinstance(value, int):
        return float(value)
    return int(value) if value.is_integer() else value


def answers(truth: Any) -> Iterator[tuple[str, Calls]]:
    """Named answers to a row: right in several spellings, and wrong in several ways."""
    bare, full = right_calls(truth, 0, optional=False), right_calls(truth, 0, optional=True)
    yield "right, bare", bare
    yield "right, every argument", full
    yield "right, other values", right_calls(truth, 1, optional=True)
    yield "right, last values", right_calls(truth, -1, optional=True)
    yield "right, in reverse order", bare[::-1]
    yield "texts in capitals", changed(full, in_texts(str.upper))
    yield (
        "texts without spaces and commas",
        changed(full, in_texts(lambda text: text.replace(" ", "").replace(",", ""))),
    )
    yield "texts with an odd sign", changed(full, in_texts(lambda text: f"{text}!"))
    yield "texts as lists", changed(full, lambda value: [value] if isinstance(value, str) else value)
    yield "texts as numbers", changed(full, lambda value: 7 if isinstance(value, str) else value)
    yield "numbers as texts", changed(full, in_numbers(str, inside=False))
    yield "numbers one more", changed(full, in_numbers(lambda number: number + 1, inside=False))
    yield "1 for 1.0, and the reverse", changed(full, in_numbers(other_number_kind, inside=False))
    yield "1 for 1.0, and the reverse, in lists", changed(full, in_numbers(other_number_kind, inside=True))
    yield "truth values turned", changed(full, lambda value: not value if isinstance(value, bool) else value)
    yield (
        "truth values as texts",
        changed(full, lambda value: str(value) if isinstance(value, bool) else value),
    )
    yield "lists in reverse", changed(full, lambda value: value[::-1] if isinstance(value, list) else value)
    yield (
        "objects without a key",
        changed(full, lambda value: dict([*value.items()][1:]) if isinstance(value, dict) else value),
    )
    yield (
        "objects with a key more",
        changed(full, lambda value: {**value, "odd": 1} if isinstance(value, dict) else value),
    )
    yield "empty texts", changed(full, lambda value: "" if isinstance(value, str) else value)
    yield "null", changed(full, lambda _value: None)
    yield (
        "an argument less",
        [{name: dict([*arguments.items()][1:])} for call in bare for name, arguments in call.items()],
    )
    yield (
        "an argument more",
        [{name: {**arguments, "odd": 1}} for call in bare for name, arguments in call.items()],
    )
    yield "another name", [{f"{name}_x": arguments} for call in bare for name, arguments in call.items()]
    yield "a call less", bare[:-1]
    yield "the first call twice", [bare[0], *bare]
    yield "only the first call, as often", [bare[0]] * len(bare)


@click.command()
@click.argument("wheel", type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print counts and the answers that differ as JSON.")
def main(*, wheel: Path, as_json: bool) -> None:
    """Compare on every row of the categories that want calls."""
    right = their_checker(wheel)
    counts: dict[str, Counter[str]] = {}
    differing: list[Mapping[str, Any]] = []
    categories = (*NON_LIVE, *LIVE)
    with bfcl_files(wheel, categories) as files:
        for category, path in files.items():
            functions = {row["id"]: row["function"] for _, row in read_json_lines(path)}
            truths = {
                row["id"]: row["ground_truth"]
                for _, row in read_json_lines(path.parent / ANSWERS / path.name)
            }
            for item in bfcl_exam(f"bfcl:{category}", wheel).items:
                for kind, calls in answers(truths[item.id]):
                    ours, theirs = (
                        our_verdict(item, calls),
                        right(functions[item.id], calls, truths[item.id], category),
                    )
                    verdict = (
                        "both right"
                        if ours and theirs
                        else "both wrong"
                        if ours == theirs
                        else "ours alone"
                        if ours
                        else "theirs alone"
                    )
                    counts.setdefault(kind, Counter())[verdict] += 1
                    if ours != theirs:
                        differing.append(
                            {"item": item.id, "answer": kind, "right for": verdict, "calls": calls}
                        )
    if as_json:
        click.echo(json.dumps({"counts": counts, "differing": differing}))
        return
    verdicts = ("both right", "both wrong", "ours alone", "theirs alone")
    click.echo(f"{'answer':38}" + "".join(f"{verdict:>14}" for verdict in verdicts))
    for kind, found in counts.items():
        click.echo(f"{kind:38}" + "".join(f"{found[verdict]:14}" for verdict in verdicts))
    total = Counter[str]()
    for found in counts.values():
        total.update(found)
    click.echo(f"{'all':38}" + "".join(f"{total[verdict]:14}" for verdict in verdicts))


if __name__ == "__main__":
    main()
