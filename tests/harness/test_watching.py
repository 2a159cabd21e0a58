"""The page of ``rvpo watch``: what it is given to draw, where it is served, and that it draws."""

import io
import json
import shutil
import subprocess
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from rvpo.harness.cli import main
from rvpo.harness.errors import PageError, WatchError
from rvpo.harness.training_table import training_table
from rvpo.harness.watching import (
    MOST_POINTS,
    find_logs,
    read_runs,
    watch_page,
    watch_server,
    watched,
    write_page,
)
from rvpo.trainer.progress import Progress

ALARM = {
    "guard": "kl",
    "change": "raised",
    "step": 2,
    "value": 2.0,
    "threshold": 1.0,
    "words": "kl 2 is above </script>",
}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "a" / "run"
    folder.mkdir(parents=True)
    rows: list[dict[str, Any]] = [{"step": n, "reward": n / 10, "rewards/tone/mean": 0.5} for n in (1, 2, 3)]
    rows[1] |= {"alarms": [ALARM], "kl": 2.0}
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "log.jsonl").write_text(text + '{"step": 4, "rew')  # a row that is being written
    (folder / "held_out.jsonl").write_text('{"step": 2, "eval_score": 0.4}\n')
    return folder


def test_rows_become_columns(run: Path) -> None:
    (found,) = read_runs(find_logs([run / "log.jsonl"]))
    assert (found["name"], found["last"], found["done"]) == ("run", 3, False)
    assert found["steps"] == [1, 2, 3]
    assert found["figures"] == {
        "reward": [0.1, 0.2, 0.3],
        "rewards/tone/mean": [0.5] * 3,
        "kl": [None, 2.0, None],
    }
    assert found["held_out"] == {"steps": [2], "figures": {"eval_score": [0.4]}}
    assert found["alarms"] == [ALARM]


def test_long_runs_are_thinned_and_keep_their_ends(run: Path) -> None:
    (run / "log.jsonl").write_text("".join(json.dumps({"step": n}) + "\n" for n in range(1, 5001)))
    (found,) = read_runs(find_logs([run]))
    assert len(found["steps"]) == MOST_POINTS
    assert (found["steps"][0], found["steps"][-1]) == (1, 5000)


def test_runs_are_named_by_what_tells_them_apart(run: Path, tmp_path: Path) -> None:
    other = tmp_path / "b" / "run"
    other.mkdir(parents=True)
    assert list(find_logs([run, other, run])) == ["a/run", "b/run"]
    assert read_runs(find_logs([other]))[0]["steps"] == []
    with pytest.raises(WatchError, match="nowhere: no such run folder"):
        find_logs([tmp_path / "nowhere"])


def test_the_page_asks_nobody_and_words_cannot_end_its_script(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    write_page(find_logs([run]), out)
    page = out.read_text()
    assert page.count("</script>") == 2
    assert "://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "above \\u003c/script>" in page


def test_the_server_answers_this_machine_alone(run: Path) -> None:
    with watch_server(find_logs([run]), 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        assert opener.open(f"{address}/").read().decode() == watch_page(None)
        assert json.load(opener.open(f"{address}/data.json"))[0]["last"] == 3
        for request, code in (
            (urllib.request.Request(f"{address}/data.json", headers={"Host": "evil.example"}), 403),
            (urllib.request.Request(f"{address}/etc/passwd"), 404),
        ):
            with pytest.raises(urllib.error.HTTPError) as refused:
                opener.open(request)
            refused.value.close()
            assert refused.value.code == code
        with pytest.raises(PageError, match=rf"port {server.server_port}: .*give another with --port"):
            watch_server({}, server.server_port)
        server.shutdown()


def test_a_run_is_watched_from_before_its_first_step(tmp_path: Path) -> None:
    with watched(tmp_path / "new") as address:

        def steps() -> list[int]:
            with urllib.request.urlopen(f"{address}/data.json", timeout=10) as reply:
                ((run,),) = (json.loads(reply.read()),)
            assert run["name"] == "new"
            found: list[int] = run["steps"]
            return found

        assert steps() == []
        (tmp_path / "new").mkdir()
        (tmp_path / "new" / "log.jsonl").write_text('{"step": 1, "reward": 0.5}\n')
        assert steps() == [1]
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(address, timeout=10)


def test_the_command(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "page.html"
    assert main(["watch", str(run), "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"{out}\n"
    assert main(["watch", str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err.startswith("error: ")


@pytest.mark.slow
@pytest.mark.flaky(reruns=1)
def test_a_browser_draws_the_curves(run: Path, tmp_path: Path) -> None:
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("no chromium")
    out = tmp_path / "page.html"
    write_page(find_logs([run]), out)
    done = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", f"file://{out}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.count("<figure") == 4  # reward, held-out score, the criterion, KL
    assert "kl 2 is above" in done.stdout
    assert 'class="ring"' in done.stdout


def test_the_table_of_a_step() -> None:
    figures = {"reward": 0.5, "rvpo/k": 1.0, "rewards/easy/mean": 0.9, "rewards/easy/attention": 0.2}
    figures |= {"rewards/hard/mean": 0.25, "rewards/hard/attention": 0.8, "rewards/hard/gain": 0.125}
    console = Console(width=90, record=True, file=io.StringIO())
    console.print(training_table(Progress("train", 3, 10, figures)))
    head, _, first, second = console.export_text().splitlines()
    assert head.split() == ["step", "3/10", "reward", "0.5", "k", "1"]
    assert first.split() == ["hard", "0.25", "+0.12", "0.80"]
    assert second.split() == ["easy", "0.90", "0.20"]
