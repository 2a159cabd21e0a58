"""Power, detectable differences and what to buy, against statsmodels, simulation and the tables of the research."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.power import TTestPower

from rvpo.results import ResultsError
from rvpo.results.stats import (
    Design,
    Variances,
    cluster_mean,
    detectable,
    draw_variances,
    items_needed,
    power_at,
    standard_error,
    what_to_buy,
)

GPQA = Variances(item=0.03, draw_a=0.15, draw_b=0.17)


@pytest.mark.parametrize(
    ("n", "size"),
    [(5, 0.05), (5, 1.0), (30, 0.3), (30, 1.0), (198, 0.05), (198, 0.3), (5000, 0.05), (5000, 0.3)],
)
def test_power_is_the_noncentral_ts(n: int, size: float) -> None:
    ours = power_at(size, Variances(item=1.0), Design(items=n))
    assert ours == pytest.approx(TTestPower().power(size, n, 0.05), abs=1e-9)


@pytest.mark.parametrize(("sd", "points"), [(0.21, 0.83), (0.25, 0.99), (0.30, 1.19)])
def test_detectable_differences_of_healthbench(sd: float, points: float) -> None:
    # 5 000 items: (1.960 + 0.8416) sd / sqrt(5000).
    found = detectable(Variances(item=sd**2), Design(items=5000))
    assert 100 * found == pytest.approx(points, abs=0.006)
    assert power_at(found, Variances(item=sd**2), Design(items=5000)) == pytest.approx(0.8, abs=1e-6)


def test_standard_error_by_hand() -> None:
    # (.04 + (.2 + .1 + 2 * .06 / 3) / (2 * 4)) / 100 + 2 * .001 / 4 = .000825 + .0005
    v = Variances(item=0.04, draw_a=0.2, draw_b=0.1, judge=0.06, run=0.001)
    design = Design(items=100, draws=2, judge_calls=3, runs=4)
    assert standard_error(v, design) == pytest.approx(0.001325**0.5)
    assert design.judged == 2 * 100 * 2 * 3 * 4


def test_components_are_found_again() -> None:
    rng = np.random.default_rng(0)
    items = rng.normal(0, 0.2, 4_000)[:, None]
    a = rng.normal(0, 0.3, (4_000, 4))
    b = items + rng.normal(0, 0.5, (4_000, 2))
    b[::2, 1] = np.nan
    found = draw_variances(a, b)
    assert found.draw_a == pytest.approx(0.09, rel=0.05)
    assert found.draw_b == pytest.approx(0.25, rel=0.1)
    assert found.item == pytest.approx(0.04, abs=0.02)
    total = np.var(np.nanmean(b, axis=1) - a.mean(axis=1), ddof=1)
    assert found.item + found.draw_a / 4 + found.draw_b * 0.75 == pytest.approx(total)
    assert found.notes == ()


def test_single_draws_cannot_be_told_from_items() -> None:
    d = np.random.default_rng(1).normal(size=(50, 1))
    found = draw_variances(np.zeros((50, 1)), d)
    assert found.item == pytest.approx(d.var(ddof=1))
    assert (found.draw_a, found.draw_b) == (0, 0)
    assert "A and B drew every item once" in found.notes[0]


def test_draws_that_explain_everything_leave_no_item_component() -> None:
    x = np.tile([0.0, 1.0], (10, 1))
    found = draw_variances(x, x)
    assert found.item == 0
    assert "estimated as 0" in found.notes[0]


def test_power_is_what_a_simulation_finds() -> None:
    rng, v, design = np.random.default_rng(2), GPQA, Design(items=60, draws=3)
    shift = detectable(v, design)
    d = shift + rng.normal(0, v.item**0.5, (4_000, 60))
    d += rng.normal(0, ((v.draw_a + v.draw_b) / 3) ** 0.5, (4_000, 60))
    t = d.mean(axis=1) / (d.std(axis=1, ddof=1) / 60**0.5)
    assert np.mean(np.abs(t) > 2.001) == pytest.approx(0.8, abs=0.025)


@pytest.mark.parametrize("sizes", [(5, 5), (2, 8)])
def test_power_of_clusters_is_what_a_simulation_finds(sizes: tuple[int, int]) -> None:
    # Clusters of variance .04 and items within them of .04: the mean's variance is (.04 sum m_c^2 + .04 n) / n^2.
    rng, labels = np.random.default_rng(3), np.repeat(np.arange(40), np.tile(sizes, 20))

    def drawn(clusters: int, shift: float) -> tuple[np.ndarray, np.ndarray]:
        of = np.repeat(np.arange(clusters), np.tile(sizes, clusters // 2))
        return shift + rng.normal(0, 0.2, clusters)[of] + rng.normal(0, 0.2, len(of)), of

    per_item = 0.04 * (sizes[0] ** 2 + sizes[1] ** 2) / sum(sizes) + 0.04
    many, of = drawn(4_000, 0.0)  # the estimate's relative sd is about sqrt(2 / 4000) = .022
    found = draw_variances(np.zeros((len(many), 1)), many[:, None], of.tolist())
    assert found.item == pytest.approx(per_item, rel=0.08)
    variances, design = Variances(item=per_item), Design(items=200, cluster_size=5)
    shift = detectable(variances, design)
    told = [cluster_mean(drawn(40, shift)[0], labels.tolist()).p_value or 0.0 for _ in range(2_000)]
    assert np.mean(np.array(told) < 0.05) == pytest.approx(0.8, abs=0.035)
    assert power_at(shift, Variances(item=0.08), Design(items=200)) > 0.97, "items alone are too sure"


def test_clusters_count_for_the_degrees_of_freedom() -> None:
    # The same squared standard error .01 / 20, told by t(9) of ten pairs and by t(19) of twenty items.
    pairs, items = Design(items=20, cluster_size=2), Design(items=20)
    se, v = (0.01 / 20) ** 0.5, Variances(item=0.01)
    assert standard_error(v, pairs) == pytest.approx(se)
    assert (pairs.clusters, items.clusters) == (10, 20)
    for design, df in ((pairs, 9), (items, 19)):
        edge = stats.t.ppf(0.975, df)
        shift = detectable(v, design) / se
        assert stats.nct.sf(edge, df, shift) + stats.nct.cdf(-edge, df, shift) == pytest.approx(0.8)
    needed = items_needed(0.01, v, pairs)
    assert needed is not None
    fewer = Design(items=needed - 1, cluster_size=2)
    assert detectable(v, Design(items=needed, cluster_size=2)) <= 0.01 < detectable(v, fewer)
    assert items_needed(10.0, v, Design(items=6, cluster_size=2.5)) == 5, "two clusters are the fewest"


@given(st.floats(0.005, 0.3), st.integers(1, 8))
def test_items_needed_is_the_fewest(difference: float, draws: int) -> None:
    design = Design(items=10, draws=draws)
    n = items_needed(difference, GPQA, design)
    assert n is not None
    assert detectable(GPQA, Design(items=n, draws=draws)) <= difference
    assert n == 2 or detectable(GPQA, Design(items=n - 1, draws=draws)) > difference


def test_one_run_per_arm_can_show_nothing_about_methods() -> None:
    v = Variances(item=0.03, run=0.0001)
    assert detectable(v, Design(items=5_000)) == float("inf")
    assert np.isnan(power_at(0.1, v, Design(items=5_000)))
    assert items_needed(0.01, v, Design(items=10, runs=3)) is None
    first = what_to_buy(v, Design(items=5_000))[0]
    assert (first.what, first.design.runs) == ("runs", 2)
    assert np.isfinite(first.detectable)


def test_what_to_buy_when_draws_are_the_trouble() -> None:
    bought = {
        p.what: p for p in what_to_buy(Variances(item=0.001, draw_a=0.2, draw_b=0.2), Design(items=198))
    }
    assert bought["draws"].gain == pytest.approx(bought["items"].gain, rel=0.03)
    assert bought["judge_calls"].gain == 0
    assert bought["draws"].cost == 2 * 198 * 2
    dear = what_to_buy(GPQA, Design(items=198), costs={"item": 50.0})
    assert dear[0].what != "items"
    assert [p.gain_per_cost for p in dear] == sorted((p.gain_per_cost for p in dear), reverse=True)


def test_no_spread_and_bad_input() -> None:
    flat = Variances(item=0.0)
    assert detectable(flat, Design(items=5)) == 0
    assert power_at(0.1, flat, Design(items=5)) == 1
    assert power_at(0.0, flat, Design(items=5)) == pytest.approx(0.05)
    assert items_needed(0.0, GPQA, Design(items=5)) is None
    for bad, message in (
        (lambda: Design(items=1), "items 1: at least 2"),
        (lambda: Design(items=5, draws=0), "draws 0"),
        (
            lambda: Design(items=4, cluster_size=2.5),
            "items 4: at least 5 are needed, two clusters of 2.5 items",
        ),
        (lambda: Design(items=4, cluster_size=float("nan")), "cluster_size nan"),
        (lambda: detectable(GPQA, Design(items=5), power=0.01), "power 0.01"),
        (lambda: what_to_buy(GPQA, Design(items=5), costs={"itms": 1}), "'itms'"),
        (lambda: draw_variances([[1.0], [np.nan]], [[1.0], [1.0]]), "1 items have a score"),
        (lambda: draw_variances(np.ones((3, 1)), np.ones((2, 1))), "3 and 2"),
    ):
        with pytest.raises(ResultsError, match=message):
            bad()


@pytest.mark.parametrize("runs", [2, 3, 5])
def test_power_with_few_runs_rises_and_is_the_integral_over_the_chi_square(runs: int) -> None:
    # Two-sided power of a t test: 1 - E[Phi(c s - shift) - Phi(-c s - shift)], s^2 = chi2(df) / df. Where scipy's lower
    # tail has no value (shifts of about 11 at df 2) the upper one must stand.
    variances, df = Variances(item=0.06, run=0.0001), 2 * (runs - 1)
    design = Design(items=5_000, runs=runs)
    edge, se = stats.t.ppf(0.975, df), standard_error(variances, design)
    found = [power_at(shift * se, variances, design) for shift in np.linspace(0, 14, 57)]
    assert np.all(np.diff(found) > -1e-9)
    v, weight = np.polynomial.legendre.leggauss(400)
    s2 = stats.chi2.ppf((v + 1) / 2, df) / df
    for shift, power in zip(np.linspace(0, 14, 57)[::8], found[::8], strict=True):
        inside = stats.norm.cdf(edge * s2**0.5 - shift) - stats.norm.cdf(-edge * s2**0.5 - shift)
        assert power == pytest.approx(1 - float(weight @ inside) / 2, abs=2e-4)
