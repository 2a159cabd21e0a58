"""The scoring matrix of ``rvpo compare``: the rule may decide who wins, and then it is said."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from rvpo.harness.cli import main
from rvpo.harness.healthbench.scorings import scorings
from rvpo.results import Run

HealthRun = Callable[..., Run]
KIND, SHORT, RUDE = (True, False, False), (False, True, False), (False, False, True)


def test_the_winner_may_depend_on_the_rule(
    health_run: HealthRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # A: 3/8 three times. B: 5/8, 5/8, -4/8. Means 0.375 and 0.25; clipped one by one 0.375 and 0.417.
    a = health_run("a", [[SHORT], [SHORT], [SHORT]])
    b = health_run("b", [[KIND], [KIND], [RUDE]])
    found = {each.name: each for each in scorings(a, b)}
    assert found["openai-2025"].difference == pytest.approx(-0.125)
    assert found["clip-per-item"].difference == pytest.approx(10 / 24 - 9 / 24)
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "b")]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "The winner depends on the rule" in out
    assert "clip-per-item 37.5 41.7 +4.2" in out
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "b"), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert [each["name"] for each in printed["by_scoring"]] == [
        "unclipped",
        "openai-2025",
        "clip-per-item",
        "failure-as-false",
    ]


def test_one_winner_under_every_rule_and_only_common_items(health_run: HealthRun) -> None:
    a, b = health_run("a", [[SHORT], [SHORT]]), health_run("b", [[KIND], [KIND], [RUDE]])
    assert [each.b for each in scorings(a, b)] == [0.625] * 4
    assert {each.difference for each in scorings(a, b)} == {0.25}


def test_other_exams_have_one_rule(health_run: HealthRun, golden_run: Run) -> None:
    import msgspec

    other = msgspec.structs.replace(
        golden_run, manifest=msgspec.structs.replace(golden_run.manifest, task="x")
    )
    assert scorings(golden_run, other) == ()
