"""Whose folder it is, and the command's own refusals; none of these needs Ray."""

import json
from typing import Any

import msgspec
import pytest

from rvpo.harness.bulk.folder import BulkFolder
from rvpo.harness.bulk.parts import PartCounts
from rvpo.harness.bulk.slices import find_slices
from rvpo.harness.cli import main
from rvpo.harness.errors import HarnessError
from rvpo.harness.sources import find_judge
from rvpo.rubrics import load_rubric

pytest.importorskip("pyarrow")


def opened(desk: Any, size: int = 10) -> Any:
    source = find_slices(desk.folder / "responses.jsonl", size)
    config = find_judge(str(desk.folder / "judge.yaml"))
    return BulkFolder.open(desk.out, config, load_rubric(desk.folder / "rubric.yaml"), source)


def test_one_run_one_writer(desk: Any) -> None:
    with opened(desk) as folder:
        assert folder.manifest.planned == 24
        with pytest.raises(HarnessError, match="another process is writing"), opened(desk):
            pytest.fail("two writers")
    left_over = desk.out / "rewards.parquet" / ".part-000000.parquet.123"
    left_over.write_bytes(b"half")
    with opened(desk) as folder:
        assert not left_over.exists()
        folder.seal(PartCounts(rows=24))
        sealed = folder.manifest.sealed
    with opened(desk) as folder:
        assert folder.manifest.sealed == sealed
    with pytest.raises(HarnessError, match="slice_rows 10 there, 5 here"), opened(desk, 5):
        pytest.fail("another run")
    desk.judge(temperature=1.0)
    with pytest.raises(HarnessError, match=r"judge\.temperature 0 there, 1 here"), opened(desk):
        pytest.fail("another judge")


def test_a_part_of_somebody_else_is_refused(desk: Any) -> None:
    with opened(desk) as folder:
        (desk.out / "rewards.parquet" / "part-000001.parquet").write_bytes(b"PAR1")
        with pytest.raises(HarnessError, match=r"part-000001\.parquet: is no part of a bulk run"):
            folder.left(find_slices(desk.folder / "responses.jsonl", 10).slices)


def test_an_ordinary_run_and_a_bulk_run_do_not_share_a_folder(
    desk: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(desk.arguments("--parquet")) == 0
    with (
        pytest.raises(HarnessError, match=r"holds another run: task .*responses.* there, .*bulk.* here"),
        opened(desk),
    ):
        pytest.fail("another kind of run")
    desk.out = desk.folder / "bulk"
    with opened(desk):
        pass
    assert main(desk.arguments()) == 2
    assert "holds another run" in capsys.readouterr().err


def test_parts_add_up() -> None:
    one = PartCounts(rows=2, scored=1, coverage=1.5, score=0.5, holes={"timeout": 1})
    both = one + PartCounts(rows=1, scored=1, coverage=1.0, score=-1.0, holes={"timeout": 1, "refusal": 2})
    assert both == PartCounts(rows=3, scored=2, coverage=2.5, score=-0.5, holes={"timeout": 2, "refusal": 2})
    assert msgspec.json.decode(msgspec.json.encode(both), type=PartCounts) == both


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            ["--ray", "big.parquet"],
            "--ray 'big.parquet': should be local, auto, host:port or ray://host:port",
        ),
        (["--ray", "--sample", "3"], "--ray goes with none of"),
        (["--ray", "--actors", "2", "--budget-usd", "1"], "--actors 2: a budget is kept by one actor"),
        (["--actors", "2"], "--actors and --slice-rows are of --ray"),
    ],
)
def test_what_does_not_go_together_is_refused_before_anything_is_sent(
    desk: Any, capsys: pytest.CaptureFixture[str], more: list[str], message: str
) -> None:
    assert main(desk.arguments(*more)) == 2
    assert message in capsys.readouterr().err
    assert desk.server.counts()["requests"] == 0


def test_a_store_in_memory_is_refused(desk: Any, capsys: pytest.CaptureFixture[str]) -> None:
    settings = json.loads((desk.folder / "judge.yaml").read_text())
    (desk.folder / "judge.yaml").write_text(json.dumps(settings | {"store": ":memory:"}))
    assert main(desk.arguments("--ray")) == 2
    assert "store: :memory: is nobody else's" in capsys.readouterr().err
