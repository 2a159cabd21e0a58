"""The reference page: every key of a rubric file in words, with examples that tests try. Pure.

Made from the JSON Schema, so from the records and their docstrings; nothing is said twice.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from rvpo.rubrics.reference.json_schema import Schema, rubric_file_schema
from rvpo.rubrics.reference.samples import FILE, PYTHON_RULE, REUSE, RULES, SCALES, Sample

_REUSE = ("extends", "drop", "fragments")


def reference_page() -> str:
    """The page as Markdown."""
    schema = rubric_file_schema()
    parts = schema["definitions"]
    kinds = parts["Criterion"]["properties"]["kind"]["enum"]
    blocks = [
        *_opening(),
        "## The rubric",
        _table({**schema, "required": ["id", "criteria"]}, parts, leave_out=_REUSE),
        "## A criterion",
        _table(parts["Criterion"], parts),
        *_scales(parts),
        *_rules(parts, [kind for kind in kinds if kind != "llm"]),
        *_coming_together(parts),
        *_reuse(schema, parts),
    ]
    return "\n\n".join(blocks) + "\n"


def _opening() -> Iterable[str]:
    yield "# Rubric files: every key"
    yield (
        "<!-- made by `rvpo rubric schema --page`; do not edit -->\n\n"
        "This page lists what a rubric file may say. How to write a good one is told in [rubrics](rubrics.md)."
    )
    yield (
        "A rubric is a YAML file. Most need no more than these keys; `rvpo rubric new` writes a file to start from."
    )
    yield _fenced(FILE)
    yield (
        "An unknown key is refused, with the line and the nearest spelling. In an editor that knows YAML schemas, the "
        "line `# yaml-language-server: $schema=rubric.schema.json` brings completion and checks while you type; "
        "`rvpo rubric schema --out rubric.schema.json` writes that schema."
    )


def _scales(parts: Schema) -> Iterable[str]:
    yield "## How a judge may answer"
    yield "A judge says whether a criterion is met, unless the criterion gives labels or numbers to choose from."
    for name, (text, answers) in SCALES.items():
        told = "; ".join(f"{_answer(answer)} is {_share(met)}" for answer, met in answers.items())
        yield f"`{name}`: {told}."
        yield _fenced(text)
    for name, title in (("Option", "An option"), ("Range", "A range"), ("Example", "An example")):
        yield f"### {title}"
        yield from _record(parts[name], parts)


def _rules(parts: Schema, kinds: Iterable[str]) -> Iterable[str]:
    yield "## Rules that need no judge"
    yield (
        "A criterion of any kind but `llm` is decided by a rule, at no cost and always the same way. Its settings stand "
        "under `rule`. Every rule on text has this one beside its own:"
    )
    part = {"properties": {"part": parts["RegexRule"]["properties"]["part"]}}
    yield _table(part, parts)
    for kind in kinds:
        rule, sample = parts[_rule_name(parts, kind)], RULES[kind]
        yield f"### `{kind}`"
        yield rule["description"]
        yield _fenced(sample.yaml)
        if kind == "python":
            yield _fenced(PYTHON_RULE, "")
        yield _tried(sample)
        yield _table(rule, parts, leave_out=("kind", "part"))
    yield "### A tool call"
    yield from _record(parts["ToolCall"], parts)


def _coming_together(parts: Schema) -> Iterable[str]:
    yield "## How verdicts come together"
    for name, title in (
        ("Component", "A component"),
        ("Aggregate", "`aggregate`"),
        ("OnInvalid", "`on_invalid`"),
        ("JudgeHints", "`judge`"),
    ):
        yield f"### {title}"
        yield from _record(parts[name], parts)


def _reuse(schema: Schema, parts: Schema) -> Iterable[str]:
    yield "## Building on other files"
    yield _table({"properties": {key: schema["properties"][key] for key in _REUSE}}, parts)
    yield "Among criteria, an entry of one key stands for those of a fragment:"
    yield _table(parts["Use"], parts)
    yield (
        "A base passes on all that it says but its `id`. `aggregate`, `on_invalid` and `judge` are merged key by key, "
        "`fields` add up; what is left of the base's criteria comes first, then what is new. To replace a criterion as "
        "a whole, drop it and write it anew. Fragments bring the fields that their texts name."
    )
    for text in REUSE.values():
        yield _fenced(text)
    yield (
        "The child's rubric has `asks_duration` (now 8 points), `no_dangerous_dose`, `kind` and `fits_reader`, and "
        "asks every data row for the field `reader`. `{{reader}}` would be the plain text `{reader}`; braces around "
        "any other word mean nothing. A field holds a text, a number, or a list of texts. Only files and the shipped "
        "library are read, never a URL; a rubric inside a data row may name the library only."
    )


def _record(record: Schema, parts: Schema) -> Iterable[str]:
    form = record if "properties" in record else record["anyOf"][1]
    yield record["description"]
    yield _table(form, parts)


def _table(record: Schema, parts: Schema, leave_out: Iterable[str] = ()) -> str:
    rows = [
        (f"`{key}`", _words(node), _default(key, node, record), _meaning(node, parts))
        for key, node in record["properties"].items()
        if key not in leave_out
    ]
    head = ("key", "what it takes", "if left out", "meaning")
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(_cell(text) for text in line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _meaning(node: Mapping[str, Any], parts: Schema) -> str:
    """A key's own description, else that of the record that it holds."""
    described: str = node.get("description") or parts[_name(node["$ref"])]["description"]
    return described


def _name(ref: str) -> str:
    return ref.rsplit("/", 1)[-1]


def _words(node: Mapping[str, Any]) -> str:
    """What a key takes, in words."""
    if "$ref" in node:
        return _linked(_name(node["$ref"]))
    if "anyOf" in node:
        return _either([_words(choice) for choice in node["anyOf"] if choice.get("type") != "null"])
    if "const" in node or "enum" in node:
        return _either([f"`{value}`" for value in node.get("enum", [node.get("const")])])
    return _typed(node)


def _typed(node: Mapping[str, Any]) -> str:
    match node.get("type"):
        case "array":
            return f"a list of {_many(node.get('items', {}))}"
        case "integer" | "number" as kind:
            return ("a whole number" if kind == "integer" else "a number") + _bounds(node)
        case "string" if "maxLength" in node:
            return "a name without spaces"
        case "object" if "propertyNames" in node:
            return "names, and a list of criteria for each"
        case other:
            return _TYPES[str(other)]


_TYPES = {
    "string": "text",
    "boolean": "`true` or `false`",
    "object": "keys and values",
    "['object', 'null']": "[settings](#rules-that-need-no-judge)",
    "None": "any value",
}


def _many(item: Mapping[str, Any]) -> str:
    match item:
        case {"$ref": ref}:
            return _linked(_name(ref), _PLURALS[_name(ref)])
        case {"type": "string", "pattern": _}:
            return "names"
        case {"type": "string"}:
            return "texts"
        case _:
            return "[criteria](#a-criterion)"


_PLURALS = {"Option": "options", "Example": "examples", "Component": "components", "ToolCall": "tool calls"}
_SECTIONS = {
    "Option": ("an option", "an-option"),
    "Range": ("a range", "a-range"),
    "Example": ("an example", "an-example"),
    "Component": ("a component", "a-component"),
    "Aggregate": ("settings", "aggregate"),
    "OnInvalid": ("settings", "on_invalid"),
    "JudgeHints": ("settings", "judge"),
    "ToolCall": ("a tool call", "a-tool-call"),
}


def _linked(name: str, word: str = "") -> str:
    if name not in _SECTIONS:
        return "any value"
    singular, anchor = _SECTIONS[name]
    return f"[{word or singular}](#{anchor})"


def _either(words: list[str]) -> str:
    *first, last = dict.fromkeys(words)
    return f"{', '.join(first)} or {last}" if first else last


def _bounds(node: Mapping[str, Any]) -> str:
    low, high = node.get("minimum"), node.get("maximum")
    over, under = node.get("exclusiveMinimum"), node.get("exclusiveMaximum")
    words = [
        f"from {low:g}" if low is not None else "",
        f"above {over:g}" if over is not None else "",
        f"to {high:g}" if high is not None else "",
        f"below {under:g}" if under is not None else "",
    ]
    return "".join(f" {word}" for word in words if word)


def _default(key: str, node: Mapping[str, Any], record: Schema) -> str:
    if key in record.get("required", ()):
        return "must be given"
    default = node.get("default")
    if default in (None, "", [], {}):
        return "none"
    return "each key's own" if isinstance(default, dict) else f"`{_plain_number(default)}`"


def _plain_number(value: Any) -> str:
    return (
        f"{value:g}" if isinstance(value, float) else value if isinstance(value, str) else json.dumps(value)
    )


def _rule_name(parts: Schema, kind: str) -> str:
    return next(
        name
        for name, part in parts.items()
        if part.get("properties", {}).get("kind", {}).get("const") == kind
    )


def _answer(answer: bool | float | str) -> str:
    return (
        {True: "met", False: "not met"}[answer] if isinstance(answer, bool) else f"`{_plain_number(answer)}`"
    )


def _share(met: float | None) -> str:
    return "not applicable" if met is None else f"{met:g}"


def _tried(sample: Sample) -> str:
    row = f", where the data row has `{json.dumps(dict(sample.fields))}`" if sample.fields else ""
    return f"Met by `{sample.met}` and not by `{sample.unmet}`{row}."


def _fenced(text: str, kind: str = "yaml") -> str:
    return f"```{kind}\n{text}```"
