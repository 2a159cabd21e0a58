"""``/v1/rejudge``: what the store has, and no call."""

from typing import Any


def test_what_is_stored_is_read_again_and_the_rest_is_not_asked(services: Any, scripted_server: Any) -> None:
    service = services.endpoint(scripted_server.url)
    before = service.judge(service.asked("a fever")).json()["vectors"][0]
    assert scripted_server.counts()["requests"] == 2
    heavier = service.asked("")["rubric"] | {"id": "heavier"}
    heavier["criteria"] = [heavier["criteria"][0] | {"points": 9}, *heavier["criteria"][1:]]
    known, unknown = service.judge(
        service.asked("a fever", rubric=heavier), service.asked("unheard of"), path="/v1/rejudge"
    ).json()["vectors"]
    assert scripted_server.counts()["requests"] == 2
    assert known["values"] == before["values"] == [1.0, 1.0, 1.0]
    assert known["rubric_hash"] != before["rubric_hash"]
    assert [verdict["cached"] for verdict in known["verdicts"][:2]] == [True, True]
    assert unknown["values"] == [None, None, 1.0]
    assert [verdict["status"] for verdict in unknown["verdicts"]] == ["not_asked", "not_asked", "ok"]


def test_a_rejudge_that_found_nothing_leaves_no_trace(services: Any, scripted_server: Any) -> None:
    service = services.endpoint(scripted_server.url)
    assert service.judge(service.asked("a fever"), path="/v1/rejudge").json()["vectors"][0]["values"] == [
        None, None, 1.0,
    ]  # fmt: skip
    assert service.judge(service.asked("a fever")).json()["vectors"][0]["values"] == [1.0, 1.0, 1.0]
    assert service.send("GET", "/v1/usage").json()["stats"]["calls"] == 2
