"""promptfoo configs: a test is a prompt with its assertions, an assertion a criterion.

Source: ``promptfoo/promptfoo``, ``src/validators/test_cases.ts``, ``src/evaluator.ts`` (default assertions come before
a test's own) and ``site/docs/configuration``. Prompts written in the config make prompt rows, one for each test and
prompt. A config whose prompts are files or code makes one rubric, if every test asserts the same. Assertions:
``promptfoo_asserts.py``. Files, code and what runs a test (providers, transforms, thresholds) are noted, not read.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rvpo.rubrics.errors import SourceError
from rvpo.rubrics.formats.contract import Ambiguous, Format, Imported, Notebook
from rvpo.rubrics.formats.importing import fields_of, identifier, identifiers, messages_of
from rvpo.rubrics.formats.promptfoo_asserts import criterion_of, fields_asked_for, flat_assertions, weight_of
from rvpo.rubrics.formats.promptfoo_export import write
from rvpo.rubrics.formats.promptfoo_templates import RESERVED, rendered
from rvpo.rubrics.formats.source import Source
from rvpo.rubrics.reading.complaints import validate
from rvpo.rubrics.rows import PromptRow
from rvpo.rubrics.schema import Rubric
from rvpo.rubrics.wording import clipped, shown

_CONFIG = frozenset({"description", "prompts", "tests", "defaultTest", "assertionTemplates", "$schema"})
_TEST = frozenset({"description", "vars", "assert", "metadata"})
_FILES = (
    ".txt",
    ".json",
    ".jsonl",
    ".yaml",
    ".yml",
    ".md",
    ".j2",
    ".csv",
    ".py",
    ".js",
    ".ts",
    ".cjs",
    ".mjs",
)


@dataclass(frozen=True, slots=True)
class _Test:
    place: str
    data: Mapping[str, Any]
    variables: Mapping[str, Any]
    assertions: Sequence[tuple[str, dict[str, Any]]]


def read(source: Source, _ambiguous: Ambiguous) -> Imported:
    """Read prompts with their assertions, or the assertions alone.

    Raises:
        SourceError: It is no config; or its tests assert different things and its prompts are files.
    """
    config, name, book = source.first().data, source.name, Notebook()
    for key in sorted(config.keys() - _CONFIG):
        book.add(key, "left out: it says how tests run, not what is good")
    prompts = list(_prompts(config.get("prompts"), book))
    tests = list(_tests(config, name, book))
    with_prompts = bool(prompts) and any("vars" in test.data or "assert" in test.data for test in tests)
    if with_prompts:
        rows = _rows(prompts, tests, name, book)
        return Imported(tuple(rows), notes=book.done())
    rubrics = [
        _rubric(test, identifier(source.path.stem) or "rubric", name, book, known=False) for test in tests
    ]
    found = [rubric for rubric in rubrics if rubric is not None]
    if not found:
        raise SourceError.at(name, None, "no assertion in it can be a criterion")
    if any(rubric != found[0] for rubric in found):
        text = "prompts: none is written in the config, and the tests assert different things; write the prompt out"
        raise SourceError.at(name, None, text)
    return Imported(rubric=found[0], notes=book.done())


def _prompts(value: object, book: Notebook) -> Iterator[str]:
    for index, prompt in enumerate(value if isinstance(value, list) else [] if value is None else [value]):
        text = prompt.get("raw") if isinstance(prompt, dict) else prompt
        is_file = isinstance(text, str) and (
            text.startswith(("file://", "exec:"))
            or ("\n" not in text and text.endswith(_FILES) and " " not in text)
        )
        if isinstance(text, str) and not is_file:
            yield text
        else:
            book.lost(f"prompts[{index}]", f"{shown(text)}: only prompts written in the config are read")


def _tests(config: Mapping[str, Any], name: str, book: Notebook) -> Iterator[_Test]:
    """Every test with its own and the default's variables and assertions; the default alone if there are none."""
    tests = config.get("tests")
    if tests is not None and not isinstance(tests, list):
        text = f"tests: got {shown(tests)}, only tests written in the config are read"
        raise SourceError.at(name, None, text)
    default = config.get("defaultTest") or {}
    if not isinstance(default, dict):
        book.lost("defaultTest", f"{shown(default)}: only tests written in the config are read")
        default = {}
    templates = config.get("assertionTemplates") or {}
    for index, test in enumerate(tests or [{}]):
        place = f"tests[{index}]" if tests else "defaultTest"
        if not isinstance(test, dict):
            book.lost(place, f"{shown(test)}: only tests written in the config are read")
            continue
        for key in sorted((test.keys() | default.keys()) - _TEST):
            book.lost(place, key)
        both: list[tuple[str, dict[str, Any]]] = []
        for owner, where in ((default, "defaultTest"), (test, place)):
            entries = owner.get("assert") or []
            if not isinstance(entries, list):
                text = f"{where}.assert: got {shown(entries)}, should be a list of assertions"
                raise SourceError.at(name, None, text)
            both += flat_assertions(entries, templates, f"{where}.assert", name, book)
        yield _Test(place, test, {**_variables(default, name), **_variables(test, name)}, both)


def _variables(test: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    variables = test.get("vars") or {}
    if not isinstance(variables, dict):
        raise SourceError.at(name, None, f"vars: got {shown(variables)}, should be a mapping of keys")
    return variables


def _rows(prompts: Sequence[str], tests: Sequence[_Test], name: str, book: Notebook) -> Iterator[PromptRow]:
    names = _row_names(tests)
    for test, row_name in zip(tests, names, strict=True):
        rubric = _rubric(test, identifier(row_name) or "rubric", name, book, known=True)
        if rubric is None:
            book.lost(test.place, "the test: no assertion of it can be a criterion")
            continue
        metadata = test.data.get("metadata")
        data = {**(metadata if isinstance(metadata, dict) else {}), **test.variables}
        reference = data.get("reference")
        reference = reference if isinstance(reference, str) else None
        for index, prompt in enumerate(prompts):
            yield PromptRow(
                id=row_name if len(prompts) == 1 else f"{row_name}.prompt-{index + 1}",
                messages=_messages(prompt, test.variables, f"prompts[{index}]", name),
                reference=reference,
                fields=fields_of(data, (), reference),
                rubric=rubric,
            )


def _row_names(tests: Sequence[_Test]) -> list[str]:
    given = [str(test.data.get("description") or "") for test in tests]
    usable = [
        text if text and given.count(text) == 1 else f"test-{place}" for place, text in enumerate(given, 1)
    ]
    return (
        usable if len(set(usable)) == len(usable) else [f"test-{place}" for place in range(1, len(tests) + 1)]
    )


def _messages(
    template: str, variables: Mapping[str, Any], place: str, name: str
) -> tuple[Mapping[str, str], ...]:
    """A prompt, rendered: chat messages if it is JSON for them, before or after, else one user's turn."""
    for text, values in ((template, variables), (rendered(template, variables), {})):
        if text.lstrip().startswith("["):
            try:
                turns = json.loads(text)
            except ValueError:
                continue
            messages = messages_of(turns, place, name)
            return tuple({**turn, "content": rendered(turn["content"], values)} for turn in messages)
    return ({"role": "user", "content": rendered(template, variables)},)


def _rubric(test: _Test, rubric_id: str, name: str, book: Notebook, *, known: bool) -> Rubric | None:
    """A test's rubric. ``known``: the variables are all there; otherwise any name may be a field of a later row."""
    asked = fields_asked_for([entry for _, entry in test.assertions]) - RESERVED
    fields = sorted(field for field in asked if not known or field in test.variables)
    for field in sorted(asked - set(fields)):
        book.add(test.place, f"the variable {clipped(field)} has no value and is left empty")
    made = []
    for place, entry in test.assertions:
        criterion = criterion_of(entry, test.variables, fields, place, book)
        if criterion is not None:
            made.append((entry, {**criterion, "points": weight_of(entry, place, name)}))
    if not made:
        return None
    for _, criterion in made:
        if criterion["points"] < 0:  # what passes then costs: the other way round
            was_good = criterion.get("polarity", "met_is_good") == "met_is_good"
            criterion["polarity"] = "met_is_bad" if was_good else "met_is_good"
    names = identifiers(
        entry.get("metric") if isinstance(entry.get("metric"), str) else None for entry, _ in made
    )
    used = [field for field in fields if any(f"{{{field}}}" in each["criterion"] for _, each in made)]
    data = {
        "id": rubric_id,
        "fields": used,
        "criteria": [
            {"id": each_id, **criterion} for each_id, (_, criterion) in zip(names, made, strict=True)
        ],
    }
    return validate(Rubric, data, name, {})


def _sniff(record: Mapping[str, Any]) -> bool:
    tests = record.get("tests") or [record.get("defaultTest")]
    has_tests = isinstance(tests, list) and any(isinstance(test, dict) for test in tests)
    return has_tests and not {"prompts", "providers", "targets", "defaultTest"}.isdisjoint(record)


PROMPTFOO = Format("promptfoo", "promptfoo configs", (".yaml", ".yml", ".json"), _sniff, read, write)
