"""A step with too many holes: the update is left out, weights and moments stay, and the log says so in a line."""

from typing import Any

import pytest
import torch

from rvpo.trainer.guards.settings import Guards
from rvpo.trainer.guards.updates import UpdateGuard
from rvpo.trainer.guards.watchdog import HOLED, Watchdog


def one_step(missing: float, guards: Guards) -> tuple[UpdateGuard, torch.nn.Linear, Any]:
    torch.manual_seed(0)
    model = torch.nn.Linear(2, 1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    guard = UpdateGuard(guards, lambda: 0.0, lambda: missing)
    loss: Any = model(torch.ones(1, 2)).sum()
    loss.backward()
    guard.on_pre_optimizer_step(None, None, None, model=model, optimizer=optimizer)
    optimizer.step()
    return guard, model, optimizer


@pytest.mark.parametrize(
    ("missing", "most", "left_out"),
    [(0.1, 0.1, False), (0.11, 0.1, True), (0.3, 0.5, False), (0.0, 0.0, False)],
)
def test_an_update_on_a_batch_with_holes(missing: float, most: float, left_out: bool) -> None:
    guard, model, optimizer = one_step(missing, Guards(max_missing=most))
    torch.manual_seed(0)
    before = torch.nn.Linear(2, 1)
    assert torch.equal(model.weight, before.weight) == left_out
    assert bool(optimizer.state) != left_out
    assert guard.holed == (missing if left_out else 0.0)
    assert guard.skipped == 0.0


def test_the_alarm_says_how_much_and_what_was_done() -> None:
    watchdog = Watchdog(Guards())
    [alarm] = watchdog.see({"step": 4, HOLED: 0.25})
    assert alarm.line() == "note at step 4: 25% of the points were not judged and the update was left out"
    assert (alarm.guard, alarm.threshold) == ("holes", 0.1)
    assert watchdog.see({"step": 5}) == []
