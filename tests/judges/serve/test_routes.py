"""``/v1/judge`` and its kin over real HTTP. The judge: "hot" meets all, the dose of "broken" is a failed call."""

import json
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from rvpo.judges.parse import PARSER_VERSION


def test_vectors_come_in_the_order_of_the_requests(scripted_service: Any) -> None:
    ask = scripted_service.asked
    reply = scripted_service.judge(
        ask("it is hot", id="a"), ask("cold", id="b"), ask("one two three four five six")
    )
    assert reply.status == 200
    hot, cold, long = reply.json()["vectors"]
    # hot: fever met 1, overdose met 0 (bad), short 1. cold: 0, 1, 1. long: too many words for the rule.
    assert (hot["id"], hot["values"]) == ("a", [1.0, 0.0, 1.0])
    assert (cold["id"], cold["values"]) == ("b", [0.0, 1.0, 1.0])
    assert (long["id"], long["values"]) == ("2", [0.0, 1.0, 0.0])
    assert hot["names"] == ["fever", "dose", "short"]
    # (5 - 3 + 2) / (5 + 2)
    assert hot["scalar"] == pytest.approx(4 / 7)
    assert [verdict["judge"]["kind"] for verdict in hot["verdicts"]] == ["scripted", "scripted", "rule"]


def test_a_failed_call_is_null_with_its_status(scripted_service: Any) -> None:
    (vector,) = scripted_service.judge(scripted_service.asked("broken")).json()["vectors"]
    assert vector["values"] == [0.0, None, 1.0]
    assert [verdict["status"] for verdict in vector["verdicts"]] == ["ok", "transport", "ok"]
    assert vector["verdicts"][1]["score"] is None
    assert vector["coverage"] == pytest.approx(7 / 10)


def test_a_rubric_is_named_once_or_taken_from_the_library(scripted_service: Any) -> None:
    request = {"prompt": "What now?", "response": "hot"}
    rubric = scripted_service.asked("")["rubric"]
    body = {
        "rubrics": {"mine": rubric},
        "requests": [request | {"rubric_ref": "mine"}, request | {"rubric_ref": "medical_consultation"}],
    }
    reply = scripted_service.send("POST", "/v1/judge", body)
    first, second = reply.json()["vectors"]
    inline, again = scripted_service.judge(
        scripted_service.asked("hot"), request | {"rubric_ref": "library:medical_consultation"}
    ).json()["vectors"]
    assert first["rubric_hash"] == inline["rubric_hash"]
    assert second["rubric_hash"] == again["rubric_hash"] != first["rubric_hash"]


BAD_BODIES: list[tuple[Any, int, str]] = [
    (b"{", 400, "truncated"),
    (b"\xff\xfe", 400, "malformed"),
    (b"", 400, "truncated"),
    ([1], 422, "expected object, got array"),
    ({"requets": []}, 422, "unknown field requets"),
    ({"requests": [{"prompt": "p", "response": 3}]}, 422, "requests[0].response: expected str, got int"),
    ({"requests": [{"prompt": "p", "response": "r"}]}, 422, "requests[0]: give exactly one of rubric and rubric_ref"),
    (
        {"requests": [{"prompt": "p", "response": "r", "rubric_ref": "medical_consultatoin"}]},
        422,
        'requests[0].rubric_ref: "medical_consultatoin" is neither in rubrics nor in the library',
    ),
    (
        {"requests": [{"prompt": "p", "response": "r", "rubric": {"id": "x", "criteria": []}}]},
        422,
        "requests[0].rubric: criteria",
    ),
    ({"requests": [{"prompt": [{"role": "nobody", "content": "x"}], "response": "r",
                    "rubric": {"id": "x", "criteria": [{"id": "a", "criterion": "Says a"}]}}]}, 422, "role"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "status", "said"), BAD_BODIES)
def test_a_bad_body_is_a_problem_in_one_line(
    scripted_service: Any, body: Any, status: int, said: str
) -> None:
    reply = scripted_service.send("POST", "/v1/judge", body)
    problem = reply.json()
    assert (reply.status, problem["status"]) == (status, status)
    assert reply.headers["content-type"] == "application/problem+json"
    assert said in problem["detail"]
    assert "\n" not in problem["detail"]


def test_the_place_and_the_nearest_spelling_are_named(scripted_service: Any) -> None:
    rubric = {"id": "x", "criteria": [{"id": "a", "criterion": "Says a", "poinst": 3}]}
    problem = scripted_service.judge(
        scripted_service.asked("r"), scripted_service.asked("r", rubric=rubric)
    ).json()
    assert problem["place"] == "requests[1].rubric"
    assert "criteria[0]" in problem["detail"]
    assert "points" in problem["detail"]


def test_ids_are_unique_in_a_batch(scripted_service: Any) -> None:
    ask = scripted_service.asked
    problem = scripted_service.judge(ask("x", id="a"), ask("y", id="a")).json()
    assert (problem["status"], problem["place"]) == (422, "requests[1].id")
    # An id left out is its place: the id "1" is taken then.
    assert scripted_service.judge(ask("x", id="1"), ask("y")).status == 422


def test_the_stream_sends_a_vector_a_line(scripted_service: Any) -> None:
    ask = scripted_service.asked
    reply = scripted_service.judge(ask("hot", id="a"), ask("broken", id="b"), path="/v1/judge/stream")
    assert reply.headers["content-type"] == "application/x-ndjson"
    *vectors, last = [json.loads(line) for line in reply.body.splitlines()]
    assert last == {"done": 2}
    values = {line["vector"]["id"]: line["vector"]["values"] for line in vectors}
    assert values == {"a": [1.0, 0.0, 1.0], "b": [0.0, None, 1.0]}


def test_what_cannot_be_judged_ends_the_stream_with_a_problem(scripted_service: Any) -> None:
    rubric = {"id": "x", "criteria": [{"id": "a", "criterion": "Says {word}"}], "fields": ["word"]}
    reply = scripted_service.judge(scripted_service.asked("r", rubric=rubric), path="/v1/judge/stream")
    (line,) = [json.loads(line) for line in reply.body.splitlines()]
    assert line["problem"]["status"] == 422
    assert "word" in line["problem"]["detail"]


def test_usage_and_identity(scripted_service: Any) -> None:
    scripted_service.judge(
        scripted_service.asked("usage is hot"), scripted_service.asked("usage is hot", id="b")
    )
    usage = scripted_service.send("GET", "/v1/usage").json()
    assert usage["stats"]["calls"] >= 2
    assert usage["stats"]["shared"] + usage["stats"]["hits"] >= 2
    assert 0 < usage["hit_rate"] < 1
    assert usage["responses_in_flight"] == 0
    assert sum(step["verdicts"] for step in usage["steps"]) >= 6
    who = scripted_service.send("GET", "/v1/identity").json()
    assert who["identity"]["kind"] == "scripted"
    assert who["fingerprint"]["parser"] == PARSER_VERSION
    assert scripted_service.send("GET", "/healthz").json() == {"status": "ok"}


def test_unknown_paths_and_methods_are_problems_too(scripted_service: Any) -> None:
    assert scripted_service.send("GET", "/v1/juge").json()["status"] == 404
    assert scripted_service.send("GET", "/v1/judge").json()["status"] == 405


def test_metrics_are_what_prometheus_reads(scripted_service: Any) -> None:
    scripted_service.judge(scripted_service.asked("metrics, broken"))
    reply = scripted_service.send("GET", "/metrics")
    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = {family.name: family for family in text_string_to_metric_families(reply.body.decode())}
    stats = scripted_service.send("GET", "/v1/usage").json()["stats"]
    assert families["rvpo_judge_calls"].samples[0].value == stats["calls"]
    holes = {sample.labels["status"]: sample.value for sample in families["rvpo_judge_holes"].samples}
    assert holes == stats["failures"]
    assert families["rvpo_judge_usd"].samples[0].value == 0.0
    assert families["rvpo_judge_responses_in_flight"].samples[0].value == 0
