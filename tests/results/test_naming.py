from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from rvpo.harness.cli import main
from rvpo.results import Run, compare
from rvpo.results.naming import notes_of, told_apart

MakeRun = Callable[..., Run]


def test_runs_of_one_title_are_told_apart(scored: MakeRun) -> None:
    a, b = (scored(name, [0.1, 0.2], title="replay") for name in "ab")
    elsewhere = msgspec.structs.replace(b, folder=Path("other/b"))
    assert [run.name for run in told_apart([a, b, scored("c", [0.1])])] == ["replay (a)", "replay (b)", "c"]
    assert [run.name for run in told_apart([b, elsewhere])] == [f"replay ({b.folder})", "replay (other/b)"]
    assert [run.name for run in (a, b)] == ["replay", "replay"]


def test_the_command_tells_them_apart(scored: MakeRun, capsys: pytest.CaptureFixture[str]) -> None:
    folders = [str(scored(name, [0.1, 0.2, 0.4], title="replay").folder) for name in "ab"]
    assert main(["compare", *folders]) == 0
    assert "between “replay (b)” and “replay (a)”" in capsys.readouterr().out


def test_a_note_of_one_run_says_whose_it_is(scored: MakeRun) -> None:
    a = scored("a", [0.1, 0.2], notes=("demo judge", "1 of 2 answers is empty"))
    b = scored("b", [0.1, 0.3], notes=("demo judge",))
    told = ["demo judge", "a: 1 of 2 answers is empty"]
    assert notes_of((a, b)) == told
    assert list(compare(a, b).notes)[:2] == told
