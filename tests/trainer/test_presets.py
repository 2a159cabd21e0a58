"""Presets against the libraries' own numbers, and against a float64 reference of each at full size."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from rvpo.trainer.advantages import aggregate
from rvpo.trainer.conventions import Conventions
from rvpo.trainer.presets import PRESETS, PresetName

GOLDENS = Path(__file__).parent / "goldens"
NAMES: tuple[PresetName, ...] = tuple(PRESETS)
Case = dict[str, Any]


def cases() -> list[Any]:
    found = []
    for library, presets in {
        "verl": ("verl", "gdpo-verl"),
        "ms-swift": ("ms-swift",),
        "nemo-rl": ("nemo-rl",),
        "gdpo-trl": ("gdpo-trl",),
    }.items():
        golden = json.loads((GOLDENS / f"{library}.json").read_text())
        for preset in presets:
            for number, case in enumerate(golden["cases"]):
                found.append(pytest.param(preset, golden["group"], case, id=f"{preset}-{number}"))
    return found


@pytest.mark.parametrize(("preset", "group", "case"), cases())
def test_a_preset_gives_its_librarys_numbers(preset: PresetName, group: int, case: Case) -> None:
    """To float32, in which the libraries compute."""
    rewards = torch.tensor(
        [[math.nan if value is None else value for value in row] for row in case["rewards"]],
        dtype=torch.float64,
    ).view(-1, group, len(case["weights"]))
    if preset == "gdpo-trl":
        rewards = rewards.nan_to_num()  # the one convention that no preset has: that fork scores holes 0
    found = aggregate(
        rewards,
        "gdpo",
        weights_PGC=torch.tensor(case["weights"]).double().expand_as(rewards),
        lengths_PG=torch.tensor(case["lengths"]).view(-1, group),
        conventions=PRESETS[preset],
    )
    expected = torch.tensor(case["advantages"], dtype=torch.float64).view(-1, group)
    torch.testing.assert_close(found.advantages_PG, expected, atol=3e-6, rtol=3e-6)


def reference_z(column: NDArray[Any], told: Conventions) -> NDArray[Any]:
    """One criterion in one group, one reply after the other."""
    z = np.zeros(len(column))
    for g in np.flatnonzero(~np.isnan(column)):
        pool = np.delete(column, g) if told.baseline == "leave_one_out" else column
        pool = pool[~np.isnan(pool)]
        spread = pool.std(ddof=told.ddof) if len(pool) > told.ddof else 0.0
        if told.baseline == "leave_one_out":
            far = column[g] - pool.mean() if len(pool) else 0.0
            z[g] = far / (spread + told.eps) if spread > 1e-9 else far
        else:
            z[g] = (column[g] - pool.mean()) / (spread + told.eps)
    return z


def reference(
    rewards: NDArray[Any], lengths: NDArray[Any], told: Conventions, combine: Callable[[NDArray[Any]], float]
) -> NDArray[Any]:
    """GDPO, or RVPO by another ``combine``, as plain loops in float64; whitening by repeating each row token by token."""
    raw = np.full(rewards.shape[:2], np.nan)
    for p, group in enumerate(rewards):
        z = np.stack([reference_z(column, told) for column in group.T], axis=1)
        for g, row in enumerate(group):
            if (judged := ~np.isnan(row)).any():
                raw[p, g] = combine(z[g][judged])
    counts = lengths if told.whiten == "token" else np.ones_like(lengths)
    rows = np.repeat(raw.ravel(), counts.ravel())
    rows = rows[~np.isnan(rows)]
    inside = told.whiten_eps_in == "variance"
    spread = np.sqrt(rows.var(ddof=1) + told.whiten_eps) if inside else rows.std(ddof=1) + told.whiten_eps
    white: NDArray[Any] = np.nan_to_num((raw - rows.mean()) / spread)
    return white


def softmin_at_2(z: NDArray[Any]) -> float:
    return float(-np.log(np.exp(-2 * z).mean()) / 2)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("method", ["gdpo", "rvpo"])
def test_a_full_batch_with_holes_agrees_with_float64_loops(name: PresetName, method: Any) -> None:
    """N = 2048, C = 17, given in float32: 5 % holes, a reply without any verdict, a criterion without."""
    generator = torch.Generator().manual_seed(0)
    rewards = (torch.rand(128, 16, 17, generator=generator) * 5).round() / 4
    rewards[torch.rand(rewards.shape, generator=generator) < 0.05] = math.nan
    rewards[3, 5] = rewards[7, :, 2] = math.nan
    lengths = torch.randint(1, 60, (128, 16), generator=generator)
    told = PRESETS[name]
    found = aggregate(rewards, method, k=2.0, lengths_PG=lengths, conventions=told).advantages_PG
    total = np.sum if told.total == "sum" else np.mean
    combine: Any = softmin_at_2 if method == "rvpo" else total
    expected = reference(rewards.double().numpy(), lengths.numpy(), told, combine)
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-6, rtol=0)
    assert found[3, 5] == 0


def test_presets_do_differ() -> None:
    """Rubrics of unlike size, completions of unlike length: what the presets are about shows."""
    generator = torch.Generator().manual_seed(4)
    rewards = torch.rand(4, 4, 3, generator=generator)
    rewards[::2, :, 2] = math.nan
    lengths = torch.randint(1, 60, (4, 4), generator=generator)
    found: dict[str, Tensor] = {
        name: aggregate(rewards, "gdpo", lengths_PG=lengths, conventions=PRESETS[name]).advantages_PG
        for name in ("paper", "trl", "verl", "nemo-rl")
    }
    names = list(found)
    for place, name in enumerate(names):
        for other in names[place + 1 :]:
            assert (found[name] - found[other]).abs().max() > 1e-2, (name, other)


def test_leave_one_out_by_hand() -> None:
    """Rewards 3, 1, 0: the first is 2.5 above the others' mean, whose sample std is sqrt(1/2); the second 0.5 below
    with std 3 / sqrt 2; the third 2 below with std sqrt 2."""
    rewards = torch.tensor([[[3.0], [1.0], [0.0]]], dtype=torch.float64)
    told = Conventions(baseline="leave_one_out", eps=1e-12, whiten="none")
    found = aggregate(rewards, "gdpo", conventions=told).advantages_PG
    half = math.sqrt(0.5)
    assert found[0].tolist() == pytest.approx([2.5 / half, -0.5 / (3 * half), -2 / (2 * half)])


def test_others_that_do_not_vary_do_not_divide() -> None:
    """1 beside three zeros: 1 above them, undivided; where a sum of squares leaves residue this blew up elsewhere."""
    rewards = torch.tensor([[[1.1], [0.1], [0.1], [0.1]]], dtype=torch.float64)
    told = Conventions(baseline="leave_one_out", whiten="none")
    assert aggregate(rewards, "gdpo", conventions=told).advantages_PG[0, 0].item() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("ddof", 2, "ddof is 2; expected one of 0, 1"),
        ("eps", 0.0, "eps is 0.0; expected a small number > 0"),
        ("eps", math.nan, "eps is nan"),
        ("whiten_eps", -1.0, "whiten_eps is -1.0; expected a small number >= 0"),
        ("whiten", "all", "whiten is 'all'; expected one of batch, token, group, centred, none"),
        ("baseline", "mean", "baseline is 'mean'; expected one of group, leave_one_out"),
        ("total", "max", "total is 'max'; expected one of mean, sum"),
        ("whiten_eps_in", "root", "whiten_eps_in is 'root'; expected one of std, variance"),
    ],
)
def test_conventions_refuse_what_they_do_not_know(field: str, value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        Conventions(**{field: value})


def test_conventions_say_all_of_themselves_in_a_line() -> None:
    assert str(PRESETS["nemo-rl"]) == (
        "ddof 1, eps 1e-06, baseline leave_one_out, total sum, keep_constant True, whiten batch, whiten_eps 0.0, "
        "whiten_eps_in std"
    )
