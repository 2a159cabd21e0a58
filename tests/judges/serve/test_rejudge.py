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


def test_an_ensemble_with_a_stronger_judge_is_served_and_read_again(
    services: Any, scripted_server: Any
) -> None:
    replies = [{"criterion": "fever", "say": [True]}, {"say": [False]}]
    endpoint = {"judge": "openai-compatible", "model": "m", "base_url": scripted_server.url}
    judges = [{"judge": "scripted", "model": "a", "replies": replies}, endpoint]
    service = services.start(
        {"judge": "ensemble", "judges": judges, "store": ":memory:"}
        | {"escalate": {"to": {"judge": "scripted", "model": "strong", "replies": [{"say": [True]}]}}}
    )
    asked = service.asked("an overdose, a fever")
    vector = service.judge(asked).json()["vectors"][0]
    # Of the second criterion the members say no and yes: a split, which goes to the stronger judge.
    assert [verdict["judge"]["model"] for verdict in vector["verdicts"]] == ["a + m", "strong", ""]
    assert vector["values"] == [1.0, 0.0, 1.0]
    again = service.judge(asked, path="/v1/rejudge").json()["vectors"][0]
    assert (again["values"], again["verdicts"][1]["cached"]) == (vector["values"], True)
    assert service.send("GET", "/v1/usage").json()["stats"]["calls"] == 5
