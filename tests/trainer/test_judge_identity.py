"""What of a judge file decides verdicts, and so belongs to a run's identity."""

from pathlib import Path

from rvpo.judges import JudgeConfig
from rvpo.judges.calibration import Calibration, save_calibration
from rvpo.trainer.rewards import judge_identity


def calibrated(path: Path) -> JudgeConfig:
    return JudgeConfig(judge="openai", model="m", score="probability", calibration=str(path))


def test_a_calibration_counts_by_what_it_says_and_not_by_its_name(tmp_path: Path) -> None:
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    for path in (one, other):
        save_calibration(Calibration(p=(0.1, 0.9), calibrated=(0.2, 0.8), labels=60), path)
    identity = judge_identity(calibrated(one))
    assert judge_identity(calibrated(other)) == identity
    assert str(tmp_path) not in str(identity)
    save_calibration(Calibration(p=(0.1, 0.9), calibrated=(0.2, 0.7), labels=60), one)
    assert judge_identity(calibrated(one)) != identity


def test_so_does_that_of_one_of_several_judges(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    save_calibration(Calibration(p=(0.1, 0.9), calibrated=(0.2, 0.8), labels=60), path)
    plain = JudgeConfig(judge="openai", model="n")
    panel = JudgeConfig.model_validate(
        {"judge": "ensemble", "judges": [plain, calibrated(path)], "escalate": {"to": calibrated(path)}}
    )
    before = judge_identity(panel)
    assert str(tmp_path) not in str(before)
    save_calibration(Calibration(p=(0.5,), calibrated=(0.5,), labels=60), path)
    after = judge_identity(panel)
    assert after["judges"][0] == before["judges"][0]
    assert after["judges"][1] != before["judges"][1]
    assert after["escalate"] != before["escalate"]
