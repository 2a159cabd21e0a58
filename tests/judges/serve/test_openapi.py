"""``/openapi.json`` is valid, complete, and true of what the service answers."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate


@pytest.fixture
def described(scripted_service: Any) -> Any:
    return scripted_service.send("GET", "/openapi.json").json()


def schema_of(described: Any, path: str, method: str, kind: str, status: str = "200") -> Draft202012Validator:
    response = described["paths"][path][method]["responses"][status]
    if "$ref" in response:
        response = described["components"]["responses"][response["$ref"].rpartition("/")[2]]
    schema = response["content"][kind]["schema"]
    return Draft202012Validator({**schema, "components": described["components"]})


def test_it_is_a_valid_description(described: Any) -> None:
    validate(described)


def test_every_route_is_described(described: Any) -> None:
    from rvpo.judges.serve.pages import FILES
    from rvpo.judges.serve.proxy import PATH

    known = {
        "/v1/judge",
        "/v1/judge/stream",
        "/v1/rejudge",
        "/v1/identity",
        "/v1/usage",
        "/healthz",
        "/metrics",
    }
    assert set(described["paths"]) == known | {PATH}
    assert not known & set(FILES)


def test_the_answers_are_as_described(described: Any, scripted_service: Any) -> None:
    ask = scripted_service.asked
    batch = {"rubrics": {"r": ask("")["rubric"]}, "requests": [ask("broken"), ask("hot")]}
    body = Draft202012Validator(
        {"$ref": "#/components/schemas/WireBatch", "components": described["components"]}
    )
    body.validate(batch)
    assert not body.is_valid({"requests": [{"prompt": "p"}]})
    assert not body.is_valid(batch | {"more": 1})
    for path in ("/v1/judge", "/v1/rejudge"):
        judged = scripted_service.send("POST", path, batch).json()
        answer = schema_of(described, path, "post", "application/json")
        answer.validate(judged)
        judged["vectors"][0]["values"] = ["NaN"]
        assert not answer.is_valid(judged)
    for line in scripted_service.send("POST", "/v1/judge/stream", batch).body.splitlines():
        schema_of(described, "/v1/judge/stream", "post", "application/x-ndjson").validate(json.loads(line))
    for path in ("/v1/identity", "/v1/usage", "/healthz"):
        reply = scripted_service.send("GET", path).json()
        schema_of(described, path, "get", "application/json").validate(reply)


def test_refusals_are_as_described(described: Any, scripted_service: Any) -> None:
    for body, status in ((b"{", "400"), (b"{}", "422")):
        reply = scripted_service.send("POST", "/v1/judge", body)
        assert str(reply.status) == status
        schema_of(described, "/v1/judge", "post", "application/problem+json", status).validate(reply.json())
