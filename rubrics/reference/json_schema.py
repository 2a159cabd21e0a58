"""The JSON Schema of rubric files as they are written: editors complete and check by it. Pure.

Made from the records; their docstrings are the descriptions. Draft 7, which editors know best. It says less than
the loader, never other: what no schema can say (ids that occur twice, a pattern that does not compile) is left to
``rvpo rubric lint``. What the records say in validators stands in ``conditions.py``; tests hold both together.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from rvpo.rubrics.reference.conditions import CRITERION, EXTENDS, FILE, OPTION, RULES, rule_fits
from rvpo.rubrics.schema import Rubric
from rvpo.rubrics.schema.written import Reuse, Use

Schema = dict[str, Any]
SCHEMA_FILE = "rubric.schema.json"
"""What the file is called beside rubrics."""


def schema_text() -> str:
    """The JSON Schema as the text of a file; without Markdown's signs, which editors show as they are."""
    plain = _worded(rubric_file_schema(), lambda text: text.replace("`", ""))
    return json.dumps(plain, indent=2, ensure_ascii=False) + "\n"


def rubric_file_schema() -> Schema:
    """The JSON Schema of rubric files.

    Beyond the resolved ``Rubric`` it knows ``extends``, ``drop``, ``fragments`` and ``use``; criteria that override
    those of the extended rubric need only an id; options and expected texts may be plain text.
    """
    schema = _of(Rubric)
    parts: Schema = schema.pop("definitions")
    reuse = _of(Reuse)
    parts |= {"Use": _of(Use), **_criteria(parts["Criterion"])}
    _loosen(parts)
    properties = {
        **{key: reuse["properties"][key] for key in ("extends", "drop")},
        **schema["properties"],
        "fragments": {
            "description": reuse["properties"]["fragments"]["description"],
            "type": "object",
            "propertyNames": schema["properties"]["id"] | {"description": "Names the fragment."},
            "additionalProperties": _list_of("Criterion", 1),
        },
    }
    properties["criteria"] = {
        "description": schema["properties"]["criteria"].get("description", ""),
        "type": "array",
    }
    whole = {"properties": {"criteria": _list_of("Criterion", 1)}}
    partial = {"properties": {"criteria": _list_of("Override", 0)}}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$comment": "made by `rvpo rubric schema`",
        "title": "rvpo rubric",
        "description": _plain(Rubric.__doc__),
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "allOf": [{"if": EXTENDS, "then": partial, "else": whole}, *FILE],
        "definitions": dict(sorted(parts.items())),
    }


class _Generator(GenerateJsonSchema):
    """Without a title for each key, which only repeats it."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's signature
        return False


def _of(record: type[Rubric | Reuse | Use]) -> Schema:
    """A record's schema, its descriptions without reStructuredText and line ends."""
    made: Schema = record.model_json_schema(
        by_alias=True, ref_template="#/definitions/{model}", schema_generator=_Generator
    )
    made = _worded(made, _plain)
    if "$defs" in made:
        made["definitions"] = made.pop("$defs")
    return made


def _worded(node: Any, change: Callable[[str], str]) -> Any:
    """The schema with every description changed."""
    if isinstance(node, list):
        return [_worded(item, change) for item in node]
    if not isinstance(node, Mapping):
        return node
    return {
        key: change(value) if key == "description" and isinstance(value, str) else _worded(value, change)
        for key, value in node.items()
    }


def _plain(docstring: str | None) -> str:
    """A docstring as Markdown in one paragraph a block."""
    blocks = re.split(r"\n\s*\n", (docstring or "").strip())
    return "\n\n".join(" ".join(block.split()) for block in blocks).replace("``", "`")


def _criteria(criterion: Schema) -> Schema:
    """The definitions of a whole criterion and of one that overrides another."""
    union = criterion["properties"]["rule"]["anyOf"][0]
    rules: Mapping[str, str] = union["discriminator"]["mapping"]
    criterion["properties"]["rule"] = {
        "description": criterion["properties"]["rule"]["description"],
        "type": ["object", "null"],
    }
    override = {
        **criterion,
        "title": "Override",
        "description": "A criterion of the extended rubric with the keys that are other here, or a new one.",
        "required": ["id"],
        "allOf": [rule_fits(kind, ref, needed=False) for kind, ref in rules.items()],
    }
    conditions = [rule_fits(kind, ref, needed=kind != "json") for kind, ref in rules.items()]
    return {"Criterion": {**criterion, "allOf": [*conditions, *CRITERION]}, "Override": override}


def _loosen(parts: Schema) -> None:
    """Admit what the records take beside their own form, and add what their validators ask."""
    for name, conditions in RULES.items():
        parts[name]["allOf"] = conditions
    for name in ("ChoiceRule", "MatchRule"):
        expected = parts[name]["properties"]["expected"]
        expected["anyOf"] = [{"type": "string", "minLength": 1}, *expected["anyOf"]]
    option = parts["Option"]
    parts["Option"] = {
        "description": option.pop("description"),
        "anyOf": [{"type": "string", "minLength": 1}, option | {"allOf": OPTION}],
    }


def _list_of(definition: str, least: int) -> Schema:
    """A list of criteria, any of which may be a ``use``."""
    items = [{"$ref": f"#/definitions/{definition}"}, {"$ref": "#/definitions/Use"}]
    return {"type": "array", "minItems": least, "items": {"anyOf": items}}
