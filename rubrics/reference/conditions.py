"""What the records say in validators, said again in JSON Schema: which keys need, exclude or fix one another. Pure."""

from typing import Any

Schema = dict[str, Any]

NULL: Schema = {"type": "null"}


def keys(properties: Schema, *needed: str) -> Schema:
    """A mapping with keys of some form. Says that it is one: else an editor takes every condition for met too early."""
    return {"type": "object", "properties": properties, "required": list(needed)}


def when(key: str, *values: str | bool, then: Schema, otherwise: Schema | None = None) -> Schema:
    """A condition on a key that is there and has one of some values."""
    made: Schema = {"if": keys({key: {"enum": list(values)}}, key), "then": then}
    return made if otherwise is None else {**made, "else": otherwise}


def given(*names: str) -> Schema:
    """Keys that are there and not null."""
    return keys({name: {"not": NULL} for name in names}, *names)


def absent(*names: str) -> Schema:
    """Keys that are not there, or null."""
    return {"properties": dict.fromkeys(names, NULL)}


def exactly_one(one: str, other: str) -> Schema:
    """One of two keys, not both."""
    return {
        "oneOf": [
            keys({one: {"not": NULL}, other: NULL}, one),
            keys({other: {"not": NULL}, one: NULL}, other),
        ]
    }


def rule_fits(kind: str, ref: str, *, needed: bool) -> Schema:
    """A criterion of a kind has the rule of that kind."""
    if needed:
        return when("kind", kind, then=keys({"rule": {"$ref": ref}}, "rule"))
    return when("kind", kind, then={"properties": {"rule": {"anyOf": [{"$ref": ref}, NULL]}}})


CRITERION: list[Schema] = [
    {
        "if": keys({"kind": {"const": "llm"}}),
        "then": absent("rule"),
        "else": {
            "properties": {
                "scale": {"const": "binary"},
                "evidence": {"const": "none"},
                "options": NULL,
                "range": NULL,
            }
        },
    },
    when("scale", "binary", then=absent("options", "range")),
    when("scale", "ordinal", "nominal", then={"allOf": [given("options"), absent("range")]}),
    when("scale", "numeric", then={"allOf": [given("range"), absent("options")]}),
    {"not": given("options", "range")},
    {
        "if": keys({"points": {"type": "number", "exclusiveMaximum": 0}}, "points"),
        "then": {"required": ["polarity"]},
    },
    when("gate", "required", then={"properties": {"polarity": {"const": "met_is_good"}}}),
    when("gate", "veto", then=keys({"polarity": {"const": "met_is_bad"}}, "polarity")),
]
"""Of a whole criterion; one that overrides another is whole only together with it."""

OPTION: list[Schema] = [
    when(
        "na",
        True,  # noqa: FBT003 - a value in a schema
        then=absent("value"),
    )
]

RULES: dict[str, list[Schema]] = {
    "ChoiceRule": [exactly_one("expected", "expected_from")],
    "MatchRule": [exactly_one("expected", "expected_from")],
    "NumericAnswerRule": [exactly_one("expected", "expected_from")],
    "LengthRule": [when("unit", "tokens", then=given("tokenizer"), otherwise=absent("tokenizer"))],
    "ToolCallsRule": [
        when(
            "check",
            "limits",
            "irrelevance",
            then=absent("calls", "calls_from"),
            otherwise=exactly_one("calls", "calls_from"),
        ),
        when(
            "row_matchers",
            True,  # noqa: FBT003 - a value in a schema
            then=given("calls_from"),
        ),
    ],
}
"""By definition."""

EXTENDS: Schema = keys({"extends": {"type": "string"}}, "extends")
"""A file that builds on another."""

FILE: list[Schema] = [
    {"if": EXTENDS, "then": {"required": ["id"]}, "else": {"properties": {"drop": {"maxItems": 0}}}},
    {
        "if": {"anyOf": [EXTENDS, {"required": ["fragments"]}]},
        "then": {"dependencies": {"criteria": ["id"]}},
        "else": {"required": ["id", "criteria"]},
    },
]
"""Of a file as a whole: with ``extends`` it may leave the criteria to the base, with only ``fragments`` it is no rubric."""
