"""The guard against weights that are too coarse for the learning rate."""

import pytest
import torch

from rvpo.trainer.guards import rounded_away, rounding_warning


def test_it_fires_exactly_where_bfloat16_loses_the_step() -> None:
    """At 1 the spacing of bfloat16 is 2^-7 below 2 and 2^-8 below 1: a step up of less than 2^-8 changes nothing."""
    weight = torch.ones(10, dtype=torch.bfloat16)
    for rate, lost in ((2**-8 * 0.9, True), (2**-8 * 1.1, False)):
        assert torch.equal(weight + torch.tensor(rate, dtype=torch.bfloat16), weight) is lost
        assert (rounded_away([weight], rate) is not None) is lost


@pytest.mark.parametrize(
    ("dtype", "fires"), [(torch.float32, False), (torch.bfloat16, True), (torch.float16, False)]
)
def test_a_typical_model_at_a_typical_rate(dtype: torch.dtype, fires: bool) -> None:
    """Weights around 0.02 move by 1e-4 in float16 (2^-11 x 0.02 = 1e-5), and not by 5e-5 in bfloat16 (8e-5)."""
    weights = [torch.full((100,), 0.02, dtype=dtype)]
    assert (rounded_away(weights, 5e-5) is not None) is fires


def test_words() -> None:
    weights = [
        torch.full((3,), 0.5, dtype=torch.bfloat16),
        torch.zeros(1, dtype=torch.bfloat16),
        torch.ones(9),
    ]
    found = rounded_away(weights, 1e-6)
    assert found is not None
    assert (found.share, found.weights) == (0.75, 4)
    assert rounding_warning(found, 1e-6).startswith(
        "75% of the trained weights are stored as bfloat16 and too large"
    )
