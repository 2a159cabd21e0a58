"""The service's OpenAPI description, made of the very records that go over the wire. Pure.

What it says, the service keeps; what no schema can say (ids that occur twice, the name of a rubric that is nowhere, a
pattern that does not compile) the service answers with 422.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec
import numpy as np

import rvpo
from rvpo.judges.serve.doors import TOKEN_HEADER
from rvpo.judges.serve.meter import UsageReport
from rvpo.judges.serve.problems import PROBLEM_JSON, Problem
from rvpo.judges.serve.proxy import CACHE_HEADER, PATH, VOTE_HEADER
from rvpo.judges.serve.wire import HEARTBEAT_S, Judged, StreamLine, WhoJudges, WireBatch
from rvpo.rubrics.rows import ROLES

_PLACE: Final = "#/components/schemas/{name}"
_RECORDS: Final = (WireBatch, Judged, StreamLine, WhoJudges, UsageReport, Problem)

_TEXT: Final = {"schema": {"type": "string"}}
_CHAT: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["messages"],
    "properties": {"messages": {"type": "array"}, "stream": {"enum": [False]}},
    "description": "A chat request as the upstream knows it.",
}
_TURN: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["role", "content"],
    "properties": {"role": {"enum": list(ROLES)}, "content": {"type": "string"}},
    "additionalProperties": {"type": "string"},
}
_RUBRIC: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string", "minLength": 1},
        "extends": {"type": ["string", "null"]},
        "criteria": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "id": {"type": "string", "minLength": 1},
                    "criterion": {"type": "string"},
                    "points": {"type": "number"},
                },
            },
        },
    },
    "description": "A rubric, as a rubric file says it; `rvpo rubric schema` prints the whole JSON Schema. It may build "
    "on the shipped library alone: `extends: library:NAME`.",
}
_ONE_RUBRIC: Final[list[dict[str, Any]]] = [
    {"required": ["rubric"], "properties": {"rubric_ref": {"const": ""}}},
    {"required": ["rubric_ref"], "properties": {"rubric_ref": {"minLength": 1}, "rubric": False}},
]
_BATCH: Final[dict[str, Any]] = {
    "rubrics": {
        "care": {"id": "care", "criteria": [{"id": "age", "criterion": "Asks for the age.", "points": 7}]}
    },
    "requests": [
        {"id": "one", "rubric_ref": "care", "prompt": "My head hurts.", "response": "How old are you?"}
    ],
}


def describe(*, guarded: bool) -> dict[str, Any]:
    """The OpenAPI 3.1 document; JSON values only.

    Args:
        guarded: Whether the service asks for a token.
    """
    (*_, problem), components = msgspec.json.schema_components(
        _RECORDS, schema_hook=_array, ref_template=_PLACE
    )
    components["Rubric"] = _RUBRIC
    rubric = {"$ref": _PLACE.format(name="Rubric")}
    asked = components["WireRequest"]
    asked["oneOf"] = _ONE_RUBRIC
    asked["properties"]["rubric"] = rubric
    asked["properties"]["prompt"] = {"anyOf": [{"type": "string"}, {"type": "array", "items": _TURN}]}
    components["WireBatch"]["properties"]["rubrics"]["additionalProperties"] = rubric
    # msgspec tells the hook that it is an array, not of what.
    components["WireVector"]["properties"]["applicable"]["items"] = {"type": "boolean"}
    batch = _content("application/json", WireBatch)
    batch["application/json"]["example"] = _BATCH
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "rvpo judge service",
            "version": rvpo.__version__,
            "description": "Rubric and response in, reward vector out. A hole is null: the judge failed, or the "
            "criterion does not apply; its verdict's status says which. It is never a score.",
        },
        "security": [{"bearer": []}, {"header": []}] if guarded else [],
        "components": {
            "schemas": components,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "header": {"type": "apiKey", "in": "header", "name": TOKEN_HEADER},
            },
            "responses": _problems(problem),
        },
        "paths": _paths(batch, guarded=guarded),
    }


def _paths(batch: dict[str, Any], *, guarded: bool) -> dict[str, Any]:
    return {
        "/v1/judge": {"post": _operation("Judge a batch", _content("application/json", Judged), batch)},
        "/v1/judge/stream": {
            "post": _operation(
                "Judge a batch; a line of JSON for each vector as it is finished, then one with done or problem. "
                f"An empty line comes after {HEARTBEAT_S:g} s without a vector",
                _content("application/x-ndjson", StreamLine),
                batch,
            )
        },
        "/v1/rejudge": {
            "post": _operation(
                "Judge a batch from the store alone", _content("application/json", Judged), batch
            )
        },
        "/v1/identity": {"get": _operation("Who judges", _content("application/json", WhoJudges))},
        "/v1/usage": {
            "get": _operation("What was done since the start", _content("application/json", UsageReport))
        },
        "/metrics": {"get": _operation("The same for Prometheus", {"text/plain": _TEXT})},
        "/healthz": {
            "get": _operation("Whether the service answers", {"application/json": _object("status")})
            | {"security": []}
        },
        PATH: {"post": _proxied(guarded=guarded)},
    }


def _array(kind: Any) -> dict[str, Any]:
    return {"type": "array", "items": {"type": ["number", "null"]}} if kind is np.ndarray else {}


def _object(*names: str) -> dict[str, Any]:
    properties = {name: {"type": "string"} for name in names}
    return {"schema": {"type": "object", "required": list(names), "properties": properties}}


def _content(kind: str, record: type) -> dict[str, Any]:
    return {kind: {"schema": {"$ref": _PLACE.format(name=record.__name__)}}}


def _problems(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {
        f"Problem{status}": {
            "description": HTTPStatus(status).phrase,
            "content": {PROBLEM_JSON: {"schema": schema}},
        }
        for status in (400, 401, 403, 408, 413, 415, 422, 429, 500, 503, 507)
    }


def _operation(
    summary: str, answer: Mapping[str, Any], body: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    refused = (400, 401, 403, 408, 413, 415, 422, 429, 500, 503, 507) if body else (401, 403, 500)
    responses: dict[str, Any] = {"200": {"description": "Done.", "content": answer}}
    responses |= {str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in refused}
    operation: dict[str, Any] = {"summary": summary, "responses": responses}
    if body:
        operation["requestBody"] = {"required": True, "content": body}
    return operation


def _proxied(*, guarded: bool) -> dict[str, Any]:
    cache = {"description": "hit or miss", "schema": {"enum": ["hit", "miss"]}}
    vote = {
        "description": "Which of several independent answers.",
        "schema": {"type": "integer", "minimum": 0, "maximum": 10**9 - 1},
    }
    anything = {"application/json": {"schema": {"type": "object"}}}
    return {
        "summary": "A chat completion, from the store or from upstream",
        "security": [{"header": []}] if guarded else [],
        "parameters": [{"name": VOTE_HEADER, "in": "header", **vote}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": _CHAT}}},
        "responses": {
            "200": {"description": "Done.", "headers": {CACHE_HEADER: cache}, "content": anything},
            "default": {
                "description": "What the upstream answered, or an error in its form; without the token, a problem.",
                "content": anything
                | {PROBLEM_JSON: {"schema": {"$ref": _PLACE.format(name="Problem")}}, "*/*": {}},
            },
        },
    }
