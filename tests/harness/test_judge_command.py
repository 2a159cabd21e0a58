import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from rvpo.harness.cli import main
from rvpo.harness.commands.judge import FORMS as OFFERED
from rvpo.harness.progress import Progress
from rvpo.harness.responses import FORMS
from rvpo.results import open_run

CALLS = 48
PRICES = ("--price-in", "1", "--price-out", "10")


def summary(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_forms_on_the_command_line_are_those_that_are_read() -> None:
    assert OFFERED == FORMS


# --- what it would cost ---------------------------------------------------------------------------------------------


def test_a_dry_run_asks_nothing_and_counts_what_is_not_in_the_store(
    desk: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = desk.arguments("--json", "--dry-run", *PRICES)
    arguments.remove("--out")
    arguments.remove(str(desk.out))
    assert main(arguments) == 0
    found = summary(capsys)
    assert desk.server.counts()["requests"] == 0
    assert not desk.out.exists()
    counts = [found[name] for name in ("responses", "verdicts", "by_rules", "from_store", "to_ask", "calls")]
    assert counts == [24, 72, 24, 0, CALLS, CALLS]
    # 80 tokens a verdict at 10 USD a million, the input at 1.
    assert found["output_tokens"] == 80 * CALLS
    assert found["usd"] == pytest.approx((found["input_tokens"] + 10 * 80 * CALLS) / 1e6)
    # Four characters a token, on the very prompt.
    assert main(desk.arguments("--limit", "1")) == 0
    sent = desk.server.counts()["last"]["messages"]
    assert found["input_tokens"] / CALLS == pytest.approx(sum(len(m["content"]) for m in sent) / 4, rel=0.02)
    capsys.readouterr()
    assert main(desk.arguments("--json", "--dry-run", *PRICES)) == 0
    found = summary(capsys)
    assert (found["from_store"], found["to_ask"], found["calls"]) == (2, 46, 46)
    desk.out = desk.folder / "whole"
    assert main(desk.arguments()) == 0
    capsys.readouterr()
    assert main(desk.arguments("--dry-run")) == 0
    assert (
        "48 from the store, 0 by m\n0 calls, about 0 tokens in and 0 out: 0.00 USD" in capsys.readouterr().out
    )


def test_a_dry_run_counts_a_question_that_two_responses_share_once(
    desk: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.responses(*({"id": name, "prompt": "p", "response": "r"} for name in "abc"))
    assert main(desk.arguments("--dry-run", "--json")) == 0
    found = summary(capsys)
    assert (found["to_ask"], found["calls"], found["usd"]) == (6, 2, None)
    assert main(desk.arguments("--dry-run")) == 0
    assert "price unknown" in capsys.readouterr().out


# --- money ----------------------------------------------------------------------------------------------------------


def test_a_budget_is_never_broken_and_more_money_goes_on(
    desk: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.judge(max_tokens=50)
    for money in ("0.003", "0.003"):
        assert main(desk.arguments("--json", "--budget-usd", money, *PRICES)) == 1
        found = summary(capsys)
        usage = found["stats"]["usage"]
        used = (usage["prompt_tokens"] + 10 * usage["completion_tokens"]) / 1e6
        assert found["usd"] == pytest.approx(used)
        assert 0.2 * float(money) < used <= float(money)
        assert not found["complete"]
    assert 0 < desk.server.counts()["requests"] < CALLS
    rewards = desk.rewards()
    holes = [None in row["values"] for row in rewards]
    assert holes == sorted(holes), "the first responses are judged, and whole"
    assert main(desk.arguments("--budget-usd", "1", *PRICES)) == 0
    assert desk.server.counts()["requests"] == CALLS
    assert open_run(desk.out).manifest.sealed is not None


def test_holes_that_the_budget_left_are_never_sealed(desk: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(desk.arguments("--budget-usd", "0", "--min-coverage", "0", *PRICES)) == 1
    out = capsys.readouterr().out
    assert "not judged: 48 not_asked" in out
    assert "the budget is used up" in out
    assert open_run(desk.out).manifest.sealed is None
    assert [row["values"] for row in desk.rewards()][:1] == [[None, None, 1.0]]


@pytest.mark.parametrize(
    ("fields", "options", "message"),
    [
        (
            {},
            (),
            "the prices of 'm' are unknown, so a budget cannot be kept: give --price-in and --price-out",
        ),
        ({"max_tokens": None}, PRICES, "set max_tokens in the judge file"),
    ],
)
def test_a_budget_that_cannot_be_kept_is_refused(
    desk: Any,
    capsys: pytest.CaptureFixture[str],
    fields: dict[str, Any],
    options: tuple[str, ...],
    message: str,
) -> None:
    desk.judge(**fields)
    assert main(desk.arguments("--budget-usd", "1", *options)) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert desk.server.counts()["requests"] == 0


def test_a_model_of_the_price_table_needs_no_prices(desk: Any, capsys: pytest.CaptureFixture[str]) -> None:
    desk.judge(model="gpt-4.1-mini-2025-04-14")
    assert main(desk.arguments("--budget-usd", "5")) == 0
    assert desk.server.counts()["requests"] == CALLS
    assert "USD)" in capsys.readouterr().out


def test_a_price_that_the_user_names_holds_for_every_verdict_and_every_sum(
    desk: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.judge(model="gpt-4.1-mini")
    assert main(desk.arguments("--json", *PRICES)) == 0
    told = summary(capsys)
    usage = told["stats"]["usage"]
    by_hand = (usage["prompt_tokens"] * 1.0 + usage["completion_tokens"] * 10.0) / 1e6
    assert told["usd"] == told["stats"]["usd"] == pytest.approx(by_hand)
    assert sum(row.usd or 0.0 for row in open_run(desk.out).verdicts) == pytest.approx(by_hand)
    desk.out = desk.folder / "again"
    assert main(desk.arguments("--json", *PRICES)) == 0
    told = summary(capsys)
    assert (told["usd"], told["stats"]["saved_usd"]) == (0.0, pytest.approx(by_hand))


# --- what is written, what is chosen --------------------------------------------------------------------------------


def test_tables_hold_what_the_json_lines_hold(desk: Any) -> None:
    desk.server.script(faults=[["context", 1]])
    assert main(desk.arguments("--parquet")) == 0
    rewards = pq.read_table(desk.out / "rewards.parquet").to_pylist()
    same = [{key: row[key] for key in ("id", "values", "coverage", "score")} for row in rewards]
    assert same == desk.rewards()
    assert rewards[0]["names"] == ["fever", "dose", "short"]
    verdicts = pq.read_table(desk.out / "verdicts.parquet").to_pylist()
    assert len(verdicts) == 72
    holed = [row for row in verdicts if row["value"] is None]
    assert [row["status"] for row in holed] == ["context_length"]
    (row,) = [row for row in rewards if row["id"] == holed[0]["item_id"]]
    assert row["statuses"].count("context_length") == 1
    assert [row["item_id"] for row in verdicts[::3]] == [row["id"] for row in rewards]


def test_a_sample_is_part_of_a_larger_one_and_pays_for_nothing_twice(desk: Any) -> None:
    assert main(desk.arguments("--sample", "5", "--seed", "3")) == 0
    few = {row["id"] for row in desk.rewards()}
    desk.out = desk.folder / "more"
    assert main(desk.arguments("--sample", "9", "--seed", "3")) == 0
    assert few < {row["id"] for row in desk.rewards()}
    assert desk.server.counts()["requests"] == 2 * 9


def test_a_run_needs_a_folder(desk: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["judge", str(desk.folder / "responses.jsonl"), "--judge", "rules"]) == 2
    assert "--out" in capsys.readouterr().err


def test_another_form_is_read_and_a_wrong_one_is_told(desk: Any, capsys: pytest.CaptureFixture[str]) -> None:
    turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "fever"}]
    desk.responses({"id": "a", "messages": turns})
    assert main(desk.arguments()) == 0
    assert [row["values"] for row in desk.rewards()] == [[1.0, 1.0, 1.0]]
    capsys.readouterr()
    assert main(desk.arguments("--format", "lm-eval")) == 2
    assert capsys.readouterr().err.endswith(
        "responses.jsonl:1: the key doc_id is missing: is this a sample file of lm-eval?\n"
    )


def test_what_an_earlier_run_finished_says_nothing_of_the_rate() -> None:
    now = [0.0]
    progress = Progress(lambda _: None, lambda: now[0])
    progress.skip(90)
    now[0] = 2.0
    progress.advance(4)
    assert (progress.done, progress.rate) == (94, 2.0)


# --- real data, killed ----------------------------------------------------------------------------------------------


def healthbench(shared: Path, out: Path, rows: int) -> Path:
    """Real rows with their ideal completion where there is one, else a made-up response."""
    lines = (shared / "data" / "healthbench_sample.jsonl").read_text(encoding="utf-8").splitlines()[:rows]
    with out.open("w", encoding="utf-8") as file:
        for line in lines:
            row = json.loads(line)
            ideal = (row.get("ideal_completions_data") or {}).get("ideal_completion")
            row["response"] = ideal or "Please see a doctor today."
            file.write(json.dumps(row) + "\n")
    return out


def test_healthbench_killed_again_and_again_ends_as_if_never_killed(
    shared: Path, tmp_path: Path, scripted_server: Any
) -> None:
    data = healthbench(shared, tmp_path / "rows.jsonl", 12)

    def arguments(name: str) -> list[str]:
        judge = {"judge": "openai-compatible", "model": "m", "base_url": scripted_server.url}
        judge |= {"concurrency": 4, "store": str(tmp_path / f"{name}.sqlite")}
        (tmp_path / f"{name}.yaml").write_text(json.dumps(judge), encoding="utf-8")
        return ["judge", str(data), "--judge", str(tmp_path / f"{name}.yaml"), "--out", str(tmp_path / name)]

    assert main(arguments("whole")) == 0
    calls = scripted_server.counts()["requests"]
    assert calls > 100
    scripted_server.script(latency_s=0.05)
    for seen in (20, 60):
        process = subprocess.Popen(
            [sys.executable, "-m", "rvpo.harness.cli", *arguments("killed")], stdout=subprocess.DEVNULL
        )
        while scripted_server.counts()["requests"] < seen:
            assert process.poll() is None
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    scripted_server.script()
    assert main(arguments("killed")) == 0
    # 60 were seen before the kills; at each at most four were in flight and four on their way to the disk.
    assert scripted_server.counts()["requests"] <= calls - 60 + 2 * 2 * 4
    whole, killed = ((tmp_path / name / "rewards.jsonl").read_bytes() for name in ("whole", "killed"))
    assert whole == killed


def test_a_dry_run_counts_an_answer_for_each_criterion_and_the_schema_of_the_reply(
    desk: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.judge(mode="whole-rubric")
    assert main(desk.arguments("--json", "--dry-run", *PRICES)) == 0
    plain = summary(capsys)
    # One call a response, with two verdicts in its reply.
    assert (plain["calls"], plain["output_tokens"]) == (24, 80 * CALLS)
    desk.judge(mode="whole-rubric", structured="json_schema")
    assert main(desk.arguments("--json", "--dry-run", *PRICES)) == 0
    schema = summary(capsys)["input_tokens"] - plain["input_tokens"]
    assert main(desk.arguments("--limit", "1")) == 0
    sent = json.dumps(desk.server.counts()["last"]["response_format"], separators=(",", ":"))
    assert schema == 24 * -(-len(sent) // 4)
