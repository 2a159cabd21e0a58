"""Progress: a bar on a terminal, a line every 30 s elsewhere."""

import io

from rvpo.harness.progress import progress_bar


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_short_work_is_silent_in_a_log() -> None:
    out, clock = io.StringIO(), Clock()
    with progress_bar(10, "draws", out=out, clock=clock) as bar:
        for _ in range(10):
            clock.now += 2.9
            bar.advance()
    assert out.getvalue() == ""


def test_a_line_every_30_seconds_in_a_log() -> None:
    out, clock = io.StringIO(), Clock()
    with progress_bar(100, "draws", out=out, clock=clock) as bar:
        for second in range(1, 91):
            clock.now = 100.0 + second
            bar.advance(failed=second // 40, usd=0.5, holes=0)
    # One a second: at 30 s 70 are left, which take 70 s.
    assert out.getvalue().splitlines() == [
        "draws 30/100, 1/s, usd 0.5, 0:01:10 left",
        "draws 60/100, 1/s, failed 1, usd 0.5, 0:00:40 left",
        "draws 90/100, 1/s, failed 2, usd 0.5, 0:00:10 left",
    ]


def test_without_a_total_nothing_is_left_to_tell() -> None:
    out, clock = io.StringIO(), Clock()
    with progress_bar(None, "rows", out=out, clock=clock) as bar:
        clock.now += 60
        bar.advance(30)
    assert out.getvalue() == "rows 30, 0.5/s\n"


def test_a_bar_on_a_terminal() -> None:
    out, clock = Terminal(), Clock()
    with progress_bar(4, "draws", out=out, clock=clock) as bar:
        clock.now += 2
        bar.advance(4, failed=1)
    assert "draws" in out.getvalue()
    assert "4/4" in out.getvalue()
    assert "failed 1" in out.getvalue()
