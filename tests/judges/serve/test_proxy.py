"""The OpenAI-compatible caching proxy, before the scripted server."""

import json
import sqlite3
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

PATH = "/openai/v1/chat/completions"
BODY = {"model": "m", "messages": [{"role": "user", "content": "Who?"}], "temperature": 0}


def test_the_second_answer_comes_from_the_store(services: Any, scripted_server: Any) -> None:
    service = services.endpoint(scripted_server.url)
    miss = service.send("POST", PATH, BODY, Authorization="Bearer sk-their-own-key")
    reordered = dict(reversed(BODY.items()))
    hit = service.send("POST", PATH, reordered, Authorization="Bearer sk-another-key")
    assert (miss.status, miss.headers["x-rvpo-cache"], hit.headers["x-rvpo-cache"]) == (200, "miss", "hit")
    assert hit.body == miss.body
    assert hit.json()["choices"][0]["message"]["content"] == "You said: Who?"
    counts = scripted_server.counts()
    assert (counts["requests"], counts["authorization"]) == (1, "Bearer sk-their-own-key")
    other = service.send("POST", PATH, BODY | {"temperature": 1})
    again = service.send("POST", PATH, BODY, X_RVPO_Vote="1")
    assert [other.headers["x-rvpo-cache"], again.headers["x-rvpo-cache"]] == ["miss", "miss"]
    assert scripted_server.counts()["authorization"] is None
    assert service.send("GET", "/v1/usage").json()["proxy"] == {"hits": 1, "misses": 3, "failures": 0}


def test_the_callers_key_is_written_nowhere(services: Any, scripted_server: Any) -> None:
    service = services.endpoint(scripted_server.url)
    service.send("POST", PATH, BODY, Authorization="Bearer sk-their-own-key")
    assert service.stop() == 0
    written = [path.read_bytes() for path in services.folder.iterdir() if path.is_file()]
    assert any(b"proxy m http://" in each for each in written)
    assert not any(b"sk-their-own-key" in each for each in written)
    with sqlite3.connect(services.folder / "store.sqlite") as store:
        assert store.execute("SELECT count(*) FROM replies").fetchone() == (1,)
    store.close()


def test_eight_clients_at_once_make_one_call(services: Any, scripted_server: Any) -> None:
    scripted_server.script(latency_s=0.3)
    service = services.endpoint(scripted_server.url)
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: service.send("POST", PATH, BODY), range(8)))
    assert Counter(reply.headers["x-rvpo-cache"] for reply in replies) == {"hit": 7, "miss": 1}
    assert scripted_server.counts()["requests"] == 1


def test_one_callers_bad_key_is_not_anothers_failure(services: Any, scripted_server: Any) -> None:
    scripted_server.script(latency_s=0.3, faults=[["401", 1]])
    service = services.endpoint(scripted_server.url)
    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda key: service.send("POST", PATH, BODY, Authorization=key), ("a", "b")))
    assert sorted(reply.status for reply in replies) == [200, 401]


FAULTS = {"429": 429, "500": 500, "cut": 200, "reset": 502, "filter": 400}


def test_a_failure_is_passed_on_and_not_kept(services: Any, scripted_server: Any) -> None:
    service = services.endpoint(scripted_server.url)
    for fault, status in FAULTS.items():
        scripted_server.script(faults=[[fault, 1]], retry_after="3")
        body = BODY | {"model": fault}
        failed = service.send("POST", PATH, body)
        assert failed.status == status, fault
        assert failed.headers.get("retry-after") == ("3" if fault == "429" else None)
        fine = service.send("POST", PATH, body)
        assert (fine.status, fine.headers["x-rvpo-cache"]) == (200, "miss"), fault


def test_what_cannot_be_cached_is_refused_as_openai_does(services: Any, scripted_server: Any) -> None:
    service = services.endpoint(scripted_server.url)
    refusals: list[tuple[Any, str]] = [
        (BODY | {"stream": True}, "stream: true cannot be cached"),
        (b"{", "cannot be read as JSON"),
        ([1], "object with messages"),
        ({"model": "m"}, "object with messages"),
    ]
    for body, said in refusals:
        refused = service.send("POST", PATH, body)
        assert refused.status == 400
        assert said in refused.json()["error"]["message"]
        assert refused.json()["error"]["type"] == "invalid_request_error"
    assert service.send("POST", PATH, BODY, X_RVPO_Vote="many").status == 400
    assert scripted_server.counts()["requests"] == 0


def test_a_judge_without_upstream_has_no_proxy(scripted_service: Any) -> None:
    refused = scripted_service.send("POST", PATH, json.dumps(BODY).encode())
    assert refused.status == 404
    assert "--upstream" in refused.json()["error"]["message"]
