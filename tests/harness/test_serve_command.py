"""``rvpo serve``: its options, its one-line refusals. What it serves is tested in ``tests/judges/serve``."""

import socket
from pathlib import Path

import pytest

from rvpo.harness import cli


@pytest.fixture
def judge(tmp_path: Path) -> Path:
    path = tmp_path / "judge.yaml"
    path.write_text('{"judge": "scripted", "replies": [{"say": [true]}], "store": ":memory:"}')
    return path


def refused(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    assert cli.main(["serve", *options]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    return said.err


def test_another_address_needs_a_token(judge: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "give --token-file" in refused(capsys, "--judge", str(judge), "--host", "0.0.0.0")


@pytest.mark.parametrize("token", ["", "short", "with a blank in between", "kein-Umlaut-für-Header"])
def test_a_token_is_one_line_that_a_header_can_carry(
    judge: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], token: str
) -> None:
    path = tmp_path / "token"
    path.write_text(token)
    said = refused(capsys, "--judge", str(judge), "--token-file", str(path))
    assert str(path) in said
    assert "at least 16 ASCII" in said
    assert not token or token not in said


def test_a_token_file_that_is_not_there(judge: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "cannot be read" in refused(capsys, "--judge", str(judge), "--token-file", "nowhere")


def test_a_taken_port_is_named(judge: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"127.0.0.1:{port} cannot be listened on" in refused(
            capsys, "--judge", str(judge), "--port", port
        )


def test_a_service_of_a_service_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "far.yaml"
    path.write_text('{"judge": "service", "base_url": "http://127.0.0.1:1"}')
    assert "name the judge itself" in refused(capsys, "--judge", str(path))


def test_a_wrong_judge_file_is_refused_before_anything_listens(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "nowhere.yaml" in refused(capsys, "--judge", str(tmp_path / "nowhere.yaml"))
