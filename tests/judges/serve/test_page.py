"""The status page: asks its own service only, and shows the truth in a real browser."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def dom_of(url: str, folder: Path, *more: str) -> str:
    assert BROWSER is not None
    command = [
        BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        f"--user-data-dir={folder}", "--virtual-time-budget=3000", "--dump-dom", *more, url,
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


def text_of(dom: str, name: str) -> str:
    found = re.search(rf'id="{name}"[^>]*>([^<]*)<', dom)
    assert found is not None, name
    return found[1]


def test_the_page_names_no_other_host_and_allows_none(scripted_service: Any) -> None:
    for path in ("/", "/status.css", "/status.js"):
        reply = scripted_service.send("GET", path)
        assert reply.status == 200
        hosts = set(re.findall(rb"https?://([\w.]+)", reply.body)) - {b"www.w3.org"}
        assert hosts == set()
        policy = reply.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert not re.search(r"https?:", policy)


@pytest.mark.flaky(reruns=1)
@pytest.mark.skipif(BROWSER is None, reason="no chromium or chrome is installed")
def test_a_real_browser_shows_what_was_done(services: Any, tmp_path: Path) -> None:
    replies = [{"criterion": "dose", "contains": "broken", "fail": "rate_limited"}, {"say": [True]}]
    service = services.scripted(replies=replies)
    service.judge(service.asked("one", id="a"), service.asked("one", id="b"), service.asked("broken", id="c"))
    dom = dom_of(service.url, tmp_path / "profile")
    # 3 responses of 2 questions and a rule: 4 calls, one of them failed, and 2 verdicts that shared a call: 2 of 5.
    assert text_of(dom, "calls") == "4"
    assert text_of(dom, "by-rules") == "3"
    assert text_of(dom, "responses") == "3"
    assert text_of(dom, "hit-rate") == "40.0 %"
    assert text_of(dom, "cost") == "$0.00"
    assert "rate limited" in dom
    assert 'class="dot live"' in dom
    assert re.search(r'<g class="asked"[^>]*><path d="M0,', dom)


@pytest.mark.skipif(BROWSER is None, reason="no chromium or chrome is installed")
def test_behind_a_token_the_page_asks_for_it_and_shows_nothing(services: Any, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("0123456789abcdef")
    service = services.scripted("--token-file", str(tmp_path / "token"), replies=[{"say": [True]}])
    dom = dom_of(service.url, tmp_path / "profile")
    assert re.search(r'<form id="door">', dom)
    assert text_of(dom, "calls") == "–"
