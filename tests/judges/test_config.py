from pathlib import Path

import pytest

from rvpo.judges import JudgeConfigError, JudgeService, load_judge_config

ENDPOINT = "judge: openai-compatible\nmodel: m\nbase_url: http://127.0.0.1:8000/v1\n"


def load(tmp_path: Path, text: str) -> str:
    """Loads a judge file; the error without the path, or ``ok``."""
    path = tmp_path / "judge.yaml"
    path.write_text(text, encoding="utf-8")
    try:
        load_judge_config(path)
    except JudgeConfigError as wrong:
        return str(wrong).replace(str(path), "judge.yaml")
    return "ok"


@pytest.mark.parametrize(
    "text",
    [
        ENDPOINT,
        ENDPOINT + "concurrency: 512\ntimeout_s: 5\nstore: runs/judge.sqlite\nmode: per-criterion\n",
        ENDPOINT + "mode: k-criteria\ncriteria_per_call: 4\nshuffle_criteria: false\n",
        ENDPOINT + "temperature: null\nmax_tokens: null\nextra_body: {reasoning_effort: low}\n",
        ENDPOINT + "concurrency: 200\nadaptive: {start: 20, min: 4}\nrpm: 500\ntpm: 200000\n",
        ENDPOINT + "breaker: {}\nhedge: {after_p: 0.9, most: 0.1}\nleader_first: true\n",
        ENDPOINT + "leader_first: auto\n",
        "judge: openai\nmodel: gpt-4.1\n",
        "judge: litellm\nmodel: anthropic/claude-sonnet\nhedge: {}\n",
        "judge: embedded\nscore: verdict\n",
        "judge: scripted\nreplies: [{criterion: a, say: [junk, true]}, {fail: timeout}]\n",
        "judge: rules\n",
    ],
)
def test_good_files(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, text) == "ok"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ENDPOINT + "concurency: 3\n", "did you mean concurrency"),
        ("judge: openai-compatible\nmodel: m\n", "needs base_url"),
        ("judge: openai-compatible\nbase_url: http://h/v1\n", "needs model"),
        ("judge: openai\n", "needs model"),
        ("judge: scripted\n", "needs replies"),
        ("judge: embedded\nbase_url: http://h/v1\n", "base_url is for openai-compatible and openai and litellm and service, not for judge: embedded"),
        (ENDPOINT + "min_mass: 0.5\n", "min_mass at an endpoint needs score: probability"),
        (ENDPOINT + "score: verdict\ncalibration: c.json\n", "calibration at an endpoint needs score: probability"),
        (ENDPOINT.replace("http:", "ftp:"), "not an http:// or https:// address"),
        (ENDPOINT.replace("127", "user:secret@127"), "name the key's variable in api_key_env"),
        (ENDPOINT + "concurrency: 0\n", "concurrency"),
        (ENDPOINT + "adaptive: {start: 3, min: 4}\n", "min 4 is more than start 3"),
        (ENDPOINT + "hedge: {after_p: 1.5}\n", "after_p"),
        (ENDPOINT + "rpm: 0\n", "rpm"),
        (ENDPOINT + "leader_first: sometimes\n", "leader_first: allowed are true, false and auto"),
        ("judge: litellm\n", "needs model"),
        (ENDPOINT + "concurrency: true\n", "concurrency"),
        (ENDPOINT + "timeout_s: .nan\n", "timeout_s"),
        (ENDPOINT + "mode: whole-rubrics\n", "mode"),
        ("judge: embedded\nmode: k-criteria\n", "answers one criterion a call"),
        (ENDPOINT + "criteria_per_call: 0\n", "criteria_per_call"),
        (ENDPOINT + "extra_body: {messages: []}\n", "messages cannot be set here"),
        ("judge: scripted\nreplies: [{criterion: a}]\n", "exactly one of say and fail"),
        ("judge: scripted\nreplies: [{fail: ok}]\n", "fail cannot be ok"),
    ],
)  # fmt: skip
def test_bad_files_are_refused_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    found = load(tmp_path, text)
    assert message in found
    assert found.startswith("judge.yaml")
    assert "\n" not in found


def test_a_secret_never_shows_in_an_error(tmp_path: Path) -> None:
    assert "hunter2" not in load(tmp_path, ENDPOINT.replace("127", "me:hunter2@127"))


@pytest.mark.parametrize(
    ("text", "variable"),
    [
        (ENDPOINT + "api_key_env: RVPO_TEST_ABSENT_KEY\n", "RVPO_TEST_ABSENT_KEY"),
        ("judge: openai\nmodel: m\n", "OPENAI_API_KEY"),
    ],
)
def test_a_missing_key_is_told_before_anything_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, variable: str
) -> None:
    monkeypatch.delenv(variable, raising=False)
    path = tmp_path / "judge.yaml"
    path.write_text(text + "store: ':memory:'\n", encoding="utf-8")
    with (
        pytest.raises(JudgeConfigError, match=f"environment variable {variable} .* is not set"),
        JudgeService.open_sync(path),
    ):
        pass
