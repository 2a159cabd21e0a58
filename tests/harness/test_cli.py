"""The command line: light to start, errors in one line, the right exit status."""

import errno
import json
import subprocess
import sys
import time
from importlib import import_module

import click
import pytest

from rvpo.harness import cli

HEAVY = ("torch", "transformers", "pandas", "pydantic", "litellm", "numpy", "aiohttp", "rich", "msgspec")


def test_help_imports_click_and_the_standard_library_only() -> None:
    program = (
        "import sys, json; from rvpo.harness.cli import main; status = main(['--help']); "
        "print(json.dumps([status, sorted(name.split('.')[0] for name in sys.modules)]), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    status, modules = json.loads(done.stderr)
    assert status == 0
    assert not set(HEAVY) & set(modules)
    ours = {name for name in modules if name == "rvpo"}
    foreign = set(modules) - set(sys.stdlib_module_names) - ours
    assert (
        foreign - {"click", "_virtualenv", "_distutils_hack", "sitecustomize", "__main__"} <= _site_modules()
    )
    for name in cli.COMMANDS:
        assert f"\n  {name} " in done.stdout


def _site_modules() -> set[str]:
    """What a bare interpreter of this environment imports: hooks of ``.pth`` files."""
    program = "import sys, json; print(json.dumps([name.split('.')[0] for name in sys.modules]))"
    bare = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(json.loads(bare.stdout))


@pytest.mark.parametrize("name", list(cli.COMMANDS))
def test_every_listed_command_exists_and_says_what_it_does(name: str) -> None:
    command = import_module(f"rvpo.harness.commands.{name.replace(' ', '_')}").command
    assert isinstance(command, click.Command)
    assert command.name == name
    assert command.help


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("evl", "did you mean 'eval'?"),
        ("compair", "did you mean 'compare'?"),
        ("xyzzy", "commands are: demo, rubric"),
    ],
)
def test_an_unknown_command_names_the_nearest(
    typed: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([typed]) == 2
    assert said in capsys.readouterr().err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    import rvpo

    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"rvpo, version {rvpo.__version__}\n"


def _failing(error: BaseException) -> click.Command:
    def fail() -> None:
        raise error

    return click.Command("doctor", callback=fail)


def _errors() -> list[tuple[Exception, str]]:
    from rvpo.harness.errors import ExamError
    from rvpo.judges import StoreError
    from rvpo.judges.embedded_model import EmbeddedModelError
    from rvpo.results import RunFolderError
    from rvpo.rubrics import RubricError

    return [
        (ExamError("no\n  items"), "error: no items"),
        (StoreError("locked"), "error: locked"),
        (EmbeddedModelError("no wheel"), "error: no wheel"),
        (RunFolderError("torn"), "error: torn"),
        (RubricError("r.yaml:3: bad"), "error: r.yaml:3: bad"),
        (OSError(errno.ENOSPC, "No space left on device"), "error: [Errno 28] No space left on device"),
        (
            ModuleNotFoundError("no", name="torch.nn"),
            "error: this needs torch, which is not installed: pip install 'rvpo[train]'",
        ),
    ]


@pytest.mark.parametrize(("error", "line"), _errors(), ids=lambda each: type(each).__name__)
def test_expected_errors_are_one_line_and_status_2(
    error: Exception, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import rvpo.harness.commands.doctor as home

    monkeypatch.setattr(home, "command", _failing(error))
    assert cli.main(["doctor"]) == 2
    assert capsys.readouterr().err == line + "\n"
    with pytest.raises(type(error)):
        cli.main(["--debug", "doctor"])


@pytest.mark.parametrize(
    "error", [ZeroDivisionError(), ValueError("bug"), ModuleNotFoundError("x", name="rvpo.nope")]
)
def test_faults_of_the_program_keep_their_traceback(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    import rvpo.harness.commands.doctor as home

    monkeypatch.setattr(home, "command", _failing(error))
    with pytest.raises(type(error)):
        cli.main(["doctor"])


def test_ctrl_c_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import rvpo.harness.commands.doctor as home

    monkeypatch.setattr(home, "command", _failing(KeyboardInterrupt()))
    assert cli.main(["doctor"]) == 130
    assert capsys.readouterr().err.strip() == "stopped; run the same command again to go on"


def test_the_status_of_a_command_is_the_status_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    import rvpo.harness.commands.doctor as home

    monkeypatch.setattr(home, "command", click.Command("doctor", callback=lambda: 1))
    assert cli.main(["doctor"]) == 1


def test_a_reader_that_goes_away_is_no_error() -> None:
    program = f"{sys.executable} -m rvpo.harness.cli doctor --json | true"
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""


@pytest.mark.slow
def test_help_is_quick() -> None:
    def once() -> float:
        started = time.perf_counter()
        subprocess.run([sys.executable, "-m", "rvpo.harness.cli", "--help"], capture_output=True, check=True)
        return time.perf_counter() - started

    assert min(once() for _ in range(5)) <= 0.15
