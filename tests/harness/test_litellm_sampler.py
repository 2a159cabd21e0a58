"""The litellm sampler through litellm's openai provider against a real HTTP server; without litellm, what is said of it."""

import importlib.util
import json
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from rvpo.harness.cli import main
from rvpo.harness.exam import Exam
from rvpo.harness.litellm_sampler import LitellmSampler
from rvpo.harness.samplers import Ask, draw_seed

MakeExam = Callable[..., Exam]
installed = pytest.mark.skipif(
    importlib.util.find_spec("litellm") is None, reason="litellm is not installed (extra: litellm)"
)


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLICY_KEY", "sesame")


def _sampler(server: Any, **settings: Any) -> LitellmSampler:
    return LitellmSampler("openai/policy", base_url=server.url, api_key_env="POLICY_KEY", **settings)


@installed
def test_answers_belong_to_their_items_and_carry_their_seeds(
    scripted_server: Any, make_exam: MakeExam
) -> None:
    scripted_server.script(chat="seed {seed}")
    exam = make_exam(8)
    asks = [Ask(item, draw) for item in exam.items for draw in range(2)]
    sampler = _sampler(scripted_server, concurrency=4, seed=3, max_new_tokens=9)
    answers = {(each.item_id, each.draw): each.text for batch in sampler.sample(asks) for each in batch}
    assert answers == {(ask.item.id, ask.draw): f"seed {draw_seed(3, ask.item.id, ask.draw)}" for ask in asks}
    seen = scripted_server.counts()
    assert (seen["requests"], seen["authorization"]) == (16, "Bearer sesame")
    assert (seen["last"]["model"], seen["last"]["max_tokens"]) == ("policy", 9)
    assert "sesame" not in str(sampler.identity())


@installed
def test_faults_are_those_of_our_own_client(scripted_server: Any, make_exam: MakeExam) -> None:
    scripted_server.script(faults=[["503", 1], ["context", 1], ["length", 1]])
    asks = [Ask(item) for item in make_exam(3).items]
    (first, *others) = (
        each for batch in _sampler(scripted_server, concurrency=1).sample(asks) for each in batch
    )
    assert first.finish_reason == "failed"
    assert first.error.startswith("context_length: ")
    assert [each.finish_reason for each in others] == ["length", "stop"]
    assert scripted_server.counts()["requests"] == 4


@installed
def test_a_provider_without_seeds_is_sent_none(make_exam: MakeExam) -> None:
    sampler = LitellmSampler("anthropic/claude-3-5-haiku-latest", api_key_env="POLICY_KEY", seed=5)
    assert sampler.identity()["seed"] is None
    assert sampler._seeded(Ask(make_exam(1).items[0])) == {}


@installed
def test_through_the_command(
    scripted_server: Any, write_rows: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_rows("items.jsonl", [{"id": f"i{n}", "prompt": "Hi", "calls": []} for n in range(3)])
    command = ["eval", "tool_calls", "--data", str(data), "--model", "litellm:openai/policy", "--json"]
    command += ["--base-url", scripted_server.url, "--api-key-env", "POLICY_KEY"]
    assert main([*command, "--out", str(tmp_path / "run")]) == 0
    assert json.loads(capsys.readouterr().out)["draws"] == 3
    assert scripted_server.counts()["requests"] == 3


def test_absent_it_is_named_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def absent(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", absent)
    out = tmp_path / "run"
    assert main(["eval", "tool_calls", "--model", "litellm:openai/m", "--out", str(out)]) == 2
    assert "litellm, which is not installed: pip install 'rvpo[litellm]'" in capsys.readouterr().err
    assert not out.exists()
