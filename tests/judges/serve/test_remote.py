"""``judge: service``: the same interface, another process."""

import asyncio
import math
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from rvpo.judges import JudgeConfig, JudgeConfigError, JudgeRequest, JudgeService, RewardVector
from rvpo.rubrics import Rubric, library_rubric
from rvpo.rubrics.load import resolved

REPLIES = [{"criterion": "dose", "contains": "broken", "fail": "transport"}, {"say": [True]}]


def remote(url: str, **fields: Any) -> JudgeConfig:
    return JudgeConfig.model_validate({"judge": "service", "base_url": url} | fields)


def care(service: Any) -> Rubric:
    return resolved(service.asked("")["rubric"], "care", {})


def ask(service: Any, *responses: str) -> list[JudgeRequest]:
    rubric = care(service)
    return [JudgeRequest(rubric=rubric, prompt="What now?", response=each, id=each) for each in responses]


def comparable(vector: RewardVector) -> Any:
    verdicts = [(v.criterion_id, v.score, v.status, v.criterion_hash, v.request_key) for v in vector.verdicts]
    return vector.id, vector.names, vector.values_or_none(), vector.scalar, vector.rubric_hash, verdicts


def test_a_service_judges_as_the_judge_itself_does(services: Any) -> None:
    service = services.scripted(replies=REPLIES)
    itself = JudgeConfig.model_validate({"judge": "scripted", "store": ":memory:", "replies": REPLIES})
    library = library_rubric("medical_consultation")
    asked = [*ask(service, "one", "broken"), JudgeRequest(rubric=library, prompt="p", response="r")]
    with JudgeService.open_sync(itself) as near, JudgeService.open_sync(remote(service.url)) as far:
        there, here = far.judge_sync(asked), near.judge_sync(asked)
        assert [comparable(vector) for vector in there] == [comparable(vector) for vector in here]
        assert math.isnan(there[1].values[1])
        assert far.fingerprint() == near.fingerprint()
        assert far.identity() == near.identity()
        assert far.stats() == near.stats()
        assert far.stats().failures == {"transport": 1}


def test_vectors_are_told_one_by_one_and_ids_may_repeat(scripted_service: Any) -> None:
    told: list[str] = []
    requests = [*ask(scripted_service, "same"), *ask(scripted_service, "same")]
    with JudgeService.open_sync(remote(scripted_service.url)) as service:
        vectors = service.judge_sync(requests, lambda vector: told.append(vector.id))
        assert service.judge_sync([]) == []
    assert [vector.id for vector in vectors] == told == ["same", "same"]


def test_a_run_is_identified_by_who_judges_and_not_by_the_address(services: Any) -> None:
    pytest.importorskip("torch")
    from rvpo.trainer.rewards import judge_identity

    one, same, other = (services.scripted(replies=[{"say": [said]}]) for said in (True, True, False))
    assert judge_identity(remote(one.url)) == judge_identity(remote(same.url))
    assert judge_identity(remote(one.url)) != judge_identity(remote(other.url))


def test_what_the_service_refuses_is_an_error_and_no_score(
    services: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    (tmp_path / "token").write_text("0123456789abcdef")
    service = services.scripted("--token-file", str(tmp_path / "token"), replies=REPLIES)
    with (
        pytest.raises(JudgeConfigError, match="needs the token"),
        JudgeService.open_sync(remote(service.url)),
    ):
        pass
    monkeypatch.setenv("RVPO_TOKEN", "0123456789abcdef")
    with JudgeService.open_sync(remote(service.url, api_key_env="RVPO_TOKEN")) as far:
        assert far.judge_sync(ask(service, "x"))[0].values.tolist() == [1.0, 0.0, 1.0]
        bad = JudgeRequest(rubric=care(service), prompt=[{"role": "nobody", "content": "x"}], response="r")
        with pytest.raises(JudgeConfigError, match="role"):
            far.judge_sync([bad])


def test_a_text_that_json_cannot_carry_is_judged_all_the_same(scripted_service: Any) -> None:
    with JudgeService.open_sync(remote(scripted_service.url)) as far:
        (vector,) = far.judge_sync(ask(scripted_service, "hot \ud800"))
    assert (vector.id, vector.values.tolist()) == ("hot \ud800", [1.0, 0.0, 1.0])


def test_nobody_there_is_said_at_once(scripted_service: Any) -> None:
    for url, said in (
        ("http://127.0.0.1:9", "cannot be reached"),
        (f"{scripted_service.url}/v1", "Not Found"),
    ):
        with pytest.raises(JudgeConfigError, match=said), JudgeService.open_sync(remote(url, max_attempts=1)):
            pass


def test_a_lost_service_leaves_holes_and_never_a_score(services: Any, scripted_server: Any) -> None:
    scripted_server.script(latency_s=30)
    service = services.endpoint(scripted_server.url)
    with JudgeService.open_sync(remote(service.url, max_attempts=2)) as far:
        future = far.submit(ask(service, "fever"))
        while scripted_server.counts()["requests"] < 2:
            time.sleep(0.02)
        service.stop(signal.SIGKILL)
        (vector,) = future.result(timeout=30)
    assert vector.values_or_none() == [None, None, None]
    assert {verdict.status for verdict in vector.verdicts} == {"transport"}
    assert (vector.coverage, vector.scalar) == (0.0, None)
    assert far.stats().failures == {"transport": 3}


def test_a_service_that_comes_back_is_asked_for_the_rest_only(services: Any, scripted_server: Any) -> None:
    service = services.endpoint(scripted_server.url, concurrency=2)
    scripted_server.script(latency_s=0.05)
    came: list[str] = []
    responses = [f"fever {place}" for place in range(20)]

    def restart() -> None:
        while len(came) < 5:
            time.sleep(0.01)
        service.stop(signal.SIGKILL)
        services.endpoint(scripted_server.url, port=service.port)

    with JudgeService.open_sync(remote(service.url, max_attempts=20)) as far:
        killer = threading.Thread(target=restart)
        killer.start()
        vectors = far.judge_sync(ask(service, *responses), lambda vector: came.append(vector.id))
        killer.join()
    assert sorted(came) == sorted(responses)
    assert all(vector.values.tolist() == [1.0, 1.0, 1.0] for vector in vectors)
    # 40 questions; asked twice are at most the two that were in flight when it was killed.
    assert 40 <= scripted_server.counts()["requests"] <= 42


@pytest.mark.parametrize(("field", "value"), [("model", "m"), ("deadline_s", 3), ("store", "x.sqlite")])
def test_what_is_said_at_the_service_is_refused_here(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"{field} is said where the service runs"):
        remote("http://localhost:1", **{field: value})
    with pytest.raises(ValueError, match="judge: service needs base_url"):
        JudgeConfig(judge="service")


def test_eight_ranks_share_every_call(services: Any, scripted_server: Any) -> None:
    scripted_server.script(latency_s=0.2)
    service = services.endpoint(scripted_server.url)

    async def rank() -> list[RewardVector]:
        async with JudgeService.open(remote(service.url)) as far:
            return await far.judge(ask(service, *(f"fever {place}" for place in range(10))))

    async def all_ranks() -> list[list[RewardVector]]:
        return await asyncio.gather(*(rank() for _ in range(8)))

    for vectors in asyncio.run(all_ranks()):
        assert all(vector.values.tolist() == [1.0, 1.0, 1.0] for vector in vectors)
    counts = scripted_server.counts()
    assert (counts["requests"], counts["repeats"]) == (20, 0)
