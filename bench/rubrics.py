"""Rubrics beside their bars: loading HealthBench, verdicts of simple rules, verdicts of tool-call rules.

    OMP_NUM_THREADS=1 python bench/rubrics.py [--data HEALTHBENCH.jsonl]

The bars: 5 000 HealthBench rows with 57 000 criteria loaded and validated in 2 s and 300 MB; 50 000 simple verdicts and
10 000 tool-call verdicts a second on one core. Without ``--data`` the rows are made up in HealthBench's form and size.
Medians of CPU time. The peers of the first row do less: ``json`` only parses, ``pydantic`` alone checks types.
"""

import argparse
import json
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from rvpo.rubrics import Criterion, evaluate_rule, read_prompt_rows

ROWS, CRITERIA, CALLS = 5_000, 57_000, 2_000

SENTENCE = "The response explains when to see a doctor and which signs make it urgent, such as a stiff neck, "
REPLY = " ".join(f"word{n % 40}" for n in range(198)) + " the answer is 42"

EXPECTED: list[dict[str, Any]] = [
    {"name": "search", "arguments": {"city": "Oslo", "days": 3, "units": "metric"}},
    {"name": "book", "arguments": {"hotel": "Grand", "nights": 2, "breakfast": True}},
]
PARAMETERS = [{"name": call["name"], "parameters": call["arguments"]} for call in EXPECTED]
FUNCTIONS = [{"name": call["name"], "arguments": json.dumps(call["arguments"])} for call in EXPECTED]

SIMPLE: tuple[tuple[str, Mapping[str, Any], str], ...] = (
    ("regex", {"pattern": r"(?i)stiff neck|word39 word0"}, REPLY),
    ("contains", {"texts": ["word7", "word33"]}, REPLY),
    ("not_contains", {"texts": ["as an AI", "I cannot"]}, REPLY),
    ("length", {"max": 400}, REPLY),
    ("json", {"type": "object"}, json.dumps({"summary": REPLY, "dose_mg": 400, "refer": True})),
    ("numeric_answer", {"expected": 42}, REPLY),
    ("choice", {"expected": "B"}, REPLY.replace("42", "(B)")),
    ("match", {"expected": "rest and water"}, REPLY),
    ("match", {"expected": "rest and water", "measure": "f1"}, REPLY),
)
REPLIES = {
    "hermes": "\n".join(f"<tool_call>\n{json.dumps(call)}\n</tool_call>" for call in EXPECTED),
    "rlla": "<think> t </think>\n<tool_call>\n" + "\n".join(map(json.dumps, PARAMETERS)) + "\n</tool_call>",
    "openai": json.dumps({"tool_calls": [{"type": "function", "function": each} for each in FUNCTIONS]}),
    "llama": "<|python_tag|>" + "; ".join(map(json.dumps, PARAMETERS)),
    "pythonic": '[search(city="Oslo", days=3, units="metric"), book(hotel="Grand", nights=2, breakfast=True)]',
    "json": json.dumps(EXPECTED),
}


class TypesOnly(BaseModel):
    """A HealthBench row as pydantic alone would check it."""

    prompt: list[dict[str, str]]
    rubrics: list[dict[str, str | float | list[str]]]


def median_s(work: Callable[[], object], repeats: int = 5) -> float:
    """Median CPU time in seconds, after one run to warm up."""
    work()
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times)


def made_up_rows() -> Iterator[str]:
    """Rows of HealthBench's form: a prompt, 11 or 12 criteria of some 270 characters."""
    base, more = divmod(CRITERIA, ROWS)
    for row in range(ROWS):
        rubrics = [
            {
                "criterion": f"{row}-{n}: {SENTENCE * 2}and why.",
                "points": -5 if n % 4 == 3 else 6,
                "tags": ["level:example", f"axis:{('accuracy', 'completeness')[n % 2]}"],
            }
            for n in range(base + (row < more))
        ]
        prompt = [{"role": "user", "content": SENTENCE * 6}]
        yield json.dumps(
            {"prompt_id": f"p{row}", "prompt": prompt, "rubrics": rubrics, "example_tags": ["t"]}
        )


def multiplied(path: Path) -> Iterator[str]:
    """The rows of a file, over and over under new ids, until there are enough criteria."""
    given = [json.loads(line) for line in path.read_text().splitlines()]
    given.sort(key=lambda row: -len(row["rubrics"]))
    given = given[: max(1, len(given) * 2 // 3)]  # the longer ones: the whole set has 11.4 a row
    for n in range(ROWS):
        yield json.dumps({**given[n % len(given)], "prompt_id": f"p{n}"})


def loading(lines: Iterator[str]) -> None:
    """Print what loading costs, beside parsers that do less."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rows.jsonl")
        with path.open("w") as file:
            file.writelines(f"{line}\n" for line in lines)
        start = time.process_time()
        rows = read_prompt_rows(path)
        first_s = time.process_time() - start
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        count = sum(len(row.rubric.criteria) for row in rows if row.rubric)
        del rows
        ours = median_s(lambda: read_prompt_rows(path), 3)
        parsed = median_s(lambda: [json.loads(line) for line in path.open()], 3)
        typed = median_s(lambda: [TypesOnly.model_validate_json(line) for line in path.open()], 3)
    print(f"loading {ROWS} rows, {count} criteria (bar 2 s, 300 MB)")
    print(f"  rvpo      {ours:6.2f} s  (first {first_s:.2f} s, peak {peak_mb:.0f} MB)")
    print(f"  json      {parsed:6.2f} s  x{ours / parsed:.1f}")
    print(f"  pydantic  {typed:6.2f} s  x{ours / typed:.1f}")


def rate(kind: str, rule: Mapping[str, Any], reply: str, fields: Mapping[str, Any]) -> float:
    """Verdicts a second."""
    criterion = Criterion.model_validate({"id": "a", "criterion": "x", "kind": kind, "rule": rule})

    def work() -> None:
        for _ in range(CALLS):
            evaluate_rule(criterion, reply, fields)

    return CALLS / median_s(work)


def main() -> None:
    """Print all rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="HealthBench rows to multiply")
    data: Path | None = parser.parse_args().data
    loading(multiplied(data) if data else made_up_rows())
    print("\nsimple rules on a reply of 200 words, verdicts a second (bar 50 000)")
    for kind, rule, reply in SIMPLE:
        print(f"  {kind:15} {rate(kind, rule, reply, {}):9,.0f}  {rule.get('measure', '')}")
    print("\ntwo calls of three arguments, verdicts a second (bar 10 000)")
    for name, reply in REPLIES.items():
        own = rate("tool_calls", {"format": name, "calls": EXPECTED}, reply, {})
        row = rate("tool_calls", {"format": name, "calls_from": "calls"}, reply, {"calls": EXPECTED})
        print(f"  {name:15} {own:9,.0f}   calls from the row {row:9,.0f}")


if __name__ == "__main__":
    main()
