import base64
import gzip
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from rvpo.results import (
    CurvePanel,
    ItemRow,
    ReportContent,
    ResultsError,
    Run,
    TablePanel,
    compare,
    write_report,
)
from rvpo.results.report import explorer

EVIL = "</script><script>document.title = 'stolen'</script><img src=http://evil.example/x>"


@pytest.fixture
def content(make_run: Callable[..., Run], item: Callable[..., ItemRow]) -> ReportContent:
    """Base, A and B on 130 items: B gains on most, falls on ``i003``; answers and names try to break out."""

    def run(name: str, shift: float) -> Run:
        rows = []
        for n in range(130):
            values = {
                "short": float((n * 7 + shift * 100) % 10 > 4),
                "<b>kind": None if n % 50 == 0 else (n + 10 * shift) % 5 / 5,
            }
            score = 0.9 - 0.8 * (name.startswith("B")) if n == 3 else 0.2 + n / 400 + shift * (n % 3)
            rows.append(
                item(
                    f"i{n:03d}",
                    score,
                    values=values,
                    prompt="SECRET QUESTION",
                    response=EVIL,
                    coverage=0.9 if n % 50 == 0 else 1.0,
                )
            )
        return make_run(name.replace("/", ""), rows, title=name)

    base, a, b = run("Base", -0.05), run("A", 0.0), run(f"B {EVIL}", 0.06)
    return ReportContent(
        title=EVIL,
        lead=(EVIL,),
        primary=compare(a, b, flips=999),
        pair=(a, b),
        further=(compare(base, b, flips=999),),
        runs=(base, a, b),
        curves=(
            CurvePanel(name=EVIL, x_label="step", y_label="reward", series={EVIL: [(0, 0.1), (1, 0.2)]}),
        ),
        tables=(TablePanel(title=EVIL, columns=("judge", "n"), rows=((EVIL, 3), ("x", None)), note=EVIL),),
        limits=(EVIL,),
        notes=(EVIL,),
        command=f"rvpo demo --out '{EVIL}'",
    )


class Page(HTMLParser):
    """Collects elements, attributes that could ask for something, and the text outside of scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.requests: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.requests += [
            f"{name}={value}" for name, value in attrs if name in {"src", "href", "srcset", "action", "data"}
        ]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def items_of(page: str) -> dict[str, Any]:
    """The explorer's index with the texts put to their items, as its script does."""

    def block(name: str) -> Any:
        packed = re.search(rf'<script id="{name}"[^>]*>([A-Za-z0-9+/=]*)</script>', page)
        assert packed
        return json.loads(gzip.decompress(base64.b64decode(packed[1])))

    data: dict[str, Any] = block("item-data")
    texts = block("text-data")
    for entry in data["items"]:
        entry.update(texts[entry["t"]] if "t" in entry else {})
    return data


def test_hostile_text_is_only_text(content: ReportContent, tmp_path: Path) -> None:
    page = Page()
    page.feed(write_report(tmp_path / "r.html", content, with_text=True).read_text())
    assert page.tags.count("script") == 3
    assert "img" not in page.tags
    assert sum(EVIL in text for text in page.text) >= 8


def test_nothing_in_the_file_can_be_requested(content: ReportContent, tmp_path: Path) -> None:
    text = write_report(tmp_path / "r.html", content, with_text=True).read_text()
    page = Page()
    page.feed(text)
    assert page.requests == []
    assert "default-src 'none'" in text
    styles = "".join(re.findall(r"<style>(.*?)</style>", text, re.DOTALL))
    assert not re.search(r"url\(|@import", styles)


def test_sections_stand_in_order(content: ReportContent, tmp_path: Path) -> None:
    text = write_report(tmp_path / "r.html", content).read_text()
    headings = re.findall(r"<h2[^>]*>(.*?)</h2>", text)
    assert [heading for heading in headings if "script" not in heading] == [
        "What this does not show", "Where the difference lies", "The figures", "Every run by itself",
        "How single items moved", "Training", "What would sharpen it", "The judge", "Item by item", "Run health", "What was run",
    ]  # fmt: skip
    assert len(re.findall(r"<h1>", text)) == 1


def test_without_texts_the_file_can_be_shared(content: ReportContent, tmp_path: Path) -> None:
    shared = items_of(write_report(tmp_path / "s.html", content).read_text())
    dumped = json.dumps(shared["items"])
    assert "SECRET" not in dumped
    assert "img src" not in dumped
    assert "The reply is" not in dumped
    assert shared["items"][0]["hash"] == "hash of i003"
    full = items_of(write_report(tmp_path / "f.html", content, with_text=True).read_text())
    assert full["items"][0]["prompt"] == "SECRET QUESTION"
    assert full["items"][0]["answers_b"] == [EVIL]


def test_the_worst_fall_comes_first_with_its_criteria(content: ReportContent, tmp_path: Path) -> None:
    items = items_of(write_report(tmp_path / "r.html", content, with_text=True).read_text())["items"]
    changes = [entry["d"] for entry in items]
    assert changes == sorted(changes)
    assert (items[0]["id"], items[0]["d"]) == ("i003", pytest.approx(-0.8))
    hole = next(entry for entry in items if entry["id"] == "i050")
    assert hole["criteria"][1] == ["<b>kind", None, None]
    assert hole["words"][1] == ["The reply is <b>kind.", "not judged: timeout"]


def test_texts_are_left_out_when_they_would_not_fit(
    content: ReportContent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explorer, "TEXT_BYTES", 1)
    monkeypatch.setattr(explorer, "CHUNK", 2000)
    data = items_of(write_report(tmp_path / "r.html", content, with_text=True).read_text())
    kept = [abs(entry["d"]) for entry in data["items"] if "t" in entry]
    lost = [abs(entry["d"]) for entry in data["items"] if "t" not in entry]
    assert 0 < len(kept) < 20
    assert (data["left_out"], len(data["items"])) == (len(lost), 130)
    assert min(kept) >= max(lost)


def test_the_same_content_gives_the_same_bytes(content: ReportContent, tmp_path: Path) -> None:
    first = write_report(tmp_path / "1.html", content, with_text=True).read_bytes()
    assert write_report(tmp_path / "deep" / "2.html", content, with_text=True).read_bytes() == first


def test_a_report_needs_only_a_pair_of_runs(content: ReportContent, tmp_path: Path) -> None:
    plain = ReportContent(title="t", primary=content.primary, pair=content.pair)
    text = write_report(tmp_path / "r.html", plain).read_text()
    assert "Training" not in text
    assert "Every run by itself" not in text
    assert "Run health" in text


def test_a_place_that_cannot_be_written_is_one_line(content: ReportContent, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultsError, match="the report cannot be written"):
        write_report(tmp_path / "file" / "r.html", content)


@pytest.mark.flaky(reruns=1)
@pytest.mark.skipif(
    not (shutil.which("chromium") or shutil.which("google-chrome")), reason="no Chromium here"
)
def test_a_browser_shows_the_items_from_the_file_alone(content: ReportContent, tmp_path: Path) -> None:
    path = write_report(tmp_path / "r.html", content, with_text=True)
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    assert browser
    flags = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync --virtual-time-budget=4000 --dump-dom"
    )
    dom = subprocess.run(
        [browser, *flags.split(), f"--user-data-dir={tmp_path / 'profile'}", path.as_uri()],
        capture_output=True, text=True, timeout=60, check=True,
    ).stdout  # fmt: skip
    assert dom.count('<details class="item"') == 50
    assert "50 of 130 items" in dom
    assert "SECRET QUESTION" in dom
    assert re.search(r"Regressed \d+</button>", dom)
    assert "<title>stolen" not in dom
