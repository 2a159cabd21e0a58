from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest
from scipy import stats

from rvpo.results import Comparison, ItemRow, ResultsError, Run, compare
from rvpo.results.report import to_text
from rvpo.results.report.inference_words import spread_sentence

MakeItem = Callable[..., ItemRow]
MakeRun = Callable[..., Run]
DARWIN = np.array([6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75]) / 100


@pytest.fixture
def graded(make_run: MakeRun, item: MakeItem) -> Callable[..., Run]:
    """A run of ``n`` items with three graded criteria, the score being their mean."""

    def make(name: str, seed: int, shift: float, n: int = 230, order: int = 1) -> Run:
        values = np.clip(np.random.default_rng(seed).normal(0.4 + shift, 0.2, (n, 3)), 0, 1)
        rows = [
            item(
                f"i{k:03d}",
                float(row.mean()),
                values=dict(zip("xyz", row.tolist(), strict=True)),
                tags={"t": row[0]},
            )
            for k, row in enumerate(values)
        ]
        return make_run(name, rows[::order])

    return make


def test_darwins_maize_through_two_runs(scored: MakeRun) -> None:
    a, b = scored("a", [0.5] * 15), scored("b", (0.5 + DARWIN).tolist())
    c = compare(a, b)
    assert c.p_value == 1726 / 32768
    assert (c.flips, c.p_error, c.p_floor) == (0, 0.0, 2 / 32768)
    assert c.difference == pytest.approx(3.14 / 15)
    reference = stats.ttest_1samp(DARWIN, 0).confidence_interval(0.95)
    assert (c.low, c.high) == pytest.approx((reference.low, reference.high))
    assert (c.wins, c.ties, c.losses, c.n_items) == (13, 0, 2, 15)
    assert (c.a, c.b, c.run_b) == ("a", "b", b.manifest.run_id)
    assert "95 % Student t interval; exact two-sided sign-flip test" in c.method


def test_swapping_the_runs_mirrors_every_figure(graded: Callable[..., Run]) -> None:
    a, b = graded("a", 1, 0.0), graded("b", 2, 0.05)
    there, back = compare(a, b, flips=2_000), compare(b, a, flips=2_000)
    assert there.difference == pytest.approx(-back.difference, abs=1e-12)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low), abs=1e-9)
    assert there.p_value == back.p_value
    assert (there.wins, there.losses) == (back.losses, back.wins)
    for one, other in zip(there.by_criterion, back.by_criterion, strict=True):
        assert (one.low, one.high) == pytest.approx((-other.high, -other.low), abs=1e-9)
        assert one.p_holm == other.p_holm


def test_the_order_of_rows_changes_nothing_and_the_seed_only_the_last_digits(
    graded: Callable[..., Run],
) -> None:
    a, b, reversed_b = graded("a", 1, 0.0), graded("b", 2, 0.05), graded("c", 2, 0.05, order=-1)

    def figures(c: Comparison) -> Comparison:
        return msgspec.structs.replace(c, b="", run_b="")

    first = compare(a, b, flips=2_000)
    assert figures(compare(a, reversed_b, flips=2_000)) == figures(first)
    other = compare(a, b, seed=1, flips=2_000)
    assert other.low != first.low
    assert (other.low, other.high) == pytest.approx((first.low, first.high), abs=0.004)


def test_a_large_comparison_agrees_with_scipys_bca(graded: Callable[..., Run]) -> None:
    a, b = graded("a", 1, 0.0), graded("b", 2, 0.05)
    d = np.array([y.score - x.score for x, y in zip(a.items, b.items, strict=True) if x.score and y.score])
    c = compare(a, b, flips=999)
    reference = stats.bootstrap((d,), np.mean, n_resamples=20_000, batch=500, rng=np.random.default_rng(3))
    low, high = reference.confidence_interval
    assert (c.low, c.high) == pytest.approx((low, high), abs=0.03 * (high - low))
    assert "BCa bootstrap interval (10,000 resamples); Monte-Carlo (999 flips)" in c.method


def test_secondary_families_are_adjusted_each_by_itself(graded: Callable[..., Run]) -> None:
    c = compare(graded("a", 1, 0.0, n=40), graded("b", 2, 0.03, n=40), flips=999)
    raw = sorted(effect.p_value for effect in c.by_criterion)
    expected = np.minimum(1, np.maximum.accumulate(np.array([3, 2, 1]) * raw))
    assert sorted(effect.p_holm or 0 for effect in c.by_criterion) == pytest.approx(expected.tolist())
    assert [effect.name for effect in c.by_criterion] == ["x", "y", "z"]
    (tag,) = c.by_tag
    assert tag.p_holm == tag.p_value
    assert tag.difference == pytest.approx(c.by_criterion[0].difference)


def test_one_binary_draw_takes_bonett_price_and_two_draws_do_not(make_run: MakeRun, item: MakeItem) -> None:
    scores = [(0.0, 1.0), (0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0), (0.0, 1.0)]
    a = make_run("a", [item(str(n), x) for n, (x, _) in enumerate(scores)])
    b = make_run("b", [item(str(n), y) for n, (_, y) in enumerate(scores)])
    assert "Bonett-Price" in compare(a, b).method
    twice = make_run("c", [*b.items, *(item(str(n), 0.0, draw=1) for n in range(6))])
    c = compare(a, twice)
    assert "Student t" in c.method
    assert (c.draws_a, c.draws_b) == (1, 2)
    assert c.mean_b == pytest.approx(4 / 12)


def test_draws_are_averaged_not_pooled(make_run: MakeRun, item: MakeItem) -> None:
    # Ten identical draws of five items are five items: the interval must not shrink by sqrt(10).
    base = [0.1, 0.4, 0.2, 0.6, 0.5]
    gains = [0.1, 0.0, 0.2, 0.1, -0.1]
    once = [item(str(n), score) for n, score in enumerate(base)]
    a = make_run("a", once)
    b = make_run("b", [item(str(n), score + gains[n]) for n, score in enumerate(base)])
    a10 = make_run("a10", [item(str(n), s, draw=d) for n, s in enumerate(base) for d in range(10)])
    b10 = make_run("b10", [item(str(n), s + gains[n], draw=d) for n, s in enumerate(base) for d in range(10)])
    one, ten = compare(a, b), compare(a10, b10)
    assert (ten.low, ten.high, ten.p_value, ten.n_items) == pytest.approx((one.low, one.high, one.p_value, 5))


def test_holes_bound_the_difference(make_run: MakeRun, item: MakeItem) -> None:
    a = make_run(
        "a",
        [
            item("1", 0.5, low=0.4, high=0.6, coverage=0.8),
            item("2", 0.5),
            item("3", None, low=0, high=1, coverage=0),
        ],
    )
    b = make_run("b", [item("1", 0.7), item("2", 0.6, low=0.3, high=0.9, coverage=0.5), item("3", 0.5)])
    c = compare(a, b)
    # Over all three items: worst ((.7-.6) + (.3-.5) + (.5-1)) / 3 = -.2, best ((.7-.4) + (.9-.5) + (.5-0)) / 3 = .4.
    assert (c.difference_low, c.difference_high) == pytest.approx((-0.2, 0.4))
    assert c.difference == pytest.approx((0.2 + 0.1) / 2)
    assert (c.coverage_a, c.coverage_b) == pytest.approx((0.6, 2.5 / 3))
    assert (c.dropped_a, c.dropped_b, c.n_items) == (1, 1, 2)


def test_no_holes_no_bounds(scored: MakeRun) -> None:
    c = compare(scored("a", [0.1, 0.2, 0.4]), scored("b", [0.2, 0.2, 0.5]))
    assert (c.difference_low, c.difference_high) == (None, None)


def test_all_ties_are_no_difference(scored: MakeRun) -> None:
    c = compare(scored("a", [0.25, 0.5, 0.5]), scored("b", [0.25, 0.5, 0.5]))
    assert (c.difference, c.low, c.high, c.p_value, c.wins, c.ties, c.losses) == (0, 0, 0, 1, 0, 3, 0)
    assert any("no width" in note for note in c.notes)
    assert any("no p-value below 1" in note for note in c.notes)


@pytest.mark.parametrize("n", [0, 1])
def test_fewer_than_two_items_are_refused(scored: MakeRun, n: int) -> None:
    scores: list[float | None] = [0.5] * n + [None] * 2
    with pytest.raises(ResultsError, match=f"{n} items have a score in both runs"):
        compare(scored("a", scores), scored("b", scores))


def test_two_items_give_a_wide_honest_answer(scored: MakeRun) -> None:
    c = compare(scored("a", [0.1, 0.2]), scored("b", [0.4, 0.3]))
    assert c.p_value == 0.5
    assert c.low < 0 < c.difference < c.high
    assert any("no p-value below 0.5 was possible" in note for note in c.notes)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"confidence": 95}, "confidence 95"),
        ({"seed": -1}, "seed -1"),
        ({"flips": 3}, "flips 3"),
        ({"resamples": 0}, "resamples 0"),
    ],
)
def test_settings_out_of_range_are_refused(scored: MakeRun, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ResultsError, match=message):
        compare(scored("a", [0.1, 0.2]), scored("b", [0.1, 0.3]), **settings)


def test_the_detectable_difference_has_80_percent_power(scored: MakeRun) -> None:
    rng = np.random.default_rng(8)
    n, sd = 100, 0.3
    d = rng.normal(0, 1, n)
    d = sd * (d - d.mean()) / d.std(ddof=1)
    effect = compare(scored("a", [0.5] * n), scored("b", (0.5 + d).tolist()), flips=99).detectable
    power = np.mean(stats.ttest_1samp(rng.normal(effect, sd, (4_000, n)), 0, axis=1).pvalue < 0.05)
    assert power == pytest.approx(0.8, abs=0.025)


def test_sizes_stand_beside_every_difference(graded: Callable[..., Run]) -> None:
    a, b = graded("a", 1, 0.0, n=40), graded("b", 2, 0.05, n=40)
    c = compare(a, b, flips=99)
    d = np.array([(y.score or 0) - (x.score or 0) for x, y in zip(a.items, b.items, strict=True)])
    assert c.size is not None
    assert c.size.d_z == pytest.approx(d.mean() / d.std(ddof=1))
    assert c.size.superiority == pytest.approx((c.wins + c.ties / 2) / 40)
    assert c.size.odds_ratio == pytest.approx(c.wins / c.losses)
    # The noncentral t with either bound puts .025 beyond the observed t (Cumming & Finch 2001).
    t = float(c.size.d_z or 0) * 40**0.5
    assert stats.nct.sf(t, 39, (c.size.d_z_low or 0) * 40**0.5) == pytest.approx(0.025)
    assert stats.nct.cdf(t, 39, (c.size.d_z_high or 0) * 40**0.5) == pytest.approx(0.025)
    assert all(effect.size is not None for effect in (*c.by_criterion, *c.by_tag))


def test_a_difference_without_a_loss_has_no_finite_odds(scored: MakeRun) -> None:
    c = compare(scored("a", [0.1, 0.2, 0.4]), scored("b", [0.2, 0.2, 0.5]))
    assert c.size is not None
    assert c.size.odds_ratio is None
    assert c.size.superiority == pytest.approx(2.5 / 3)
    assert msgspec.json.decode(msgspec.json.encode(c), type=Comparison) == c


def test_the_variance_is_split_over_items_and_draws(make_run: MakeRun, item: MakeItem) -> None:
    # A draws .4 and .6 of every item: variance of a draw .02. B draws once: its items' spread holds its luck.
    a = make_run("a", [item(str(n), 0.4 + 0.2 * k, draw=k) for n in range(4) for k in range(2)])
    b = make_run("b", [item(str(n), score) for n, score in enumerate((0.5, 0.7, 0.5, 0.7))])
    spread = compare(a, b).spread
    assert spread is not None
    # Differences 0, .2, 0, .2: variance .04 / 3; draws put .02 / 2 into it.
    assert spread.draw_sd_a == pytest.approx(0.02**0.5)
    assert spread.draw_sd_b is None
    assert spread.item_sd == pytest.approx((0.04 / 3 - 0.01) ** 0.5)
    assert spread.draw_share == pytest.approx(0.75)
    assert compare(make_run("c", b.items), b).spread is None


def test_draws_that_explain_everything_promise_nothing(make_run: MakeRun, item: MakeItem) -> None:
    # Draws of .2 and .8 put .18 / 2 into differences of variance .04 / 3: nothing is left for the items.
    a = make_run("a", [item(str(n), 0.2 + 0.6 * k, draw=k) for n in range(4) for k in range(2)])
    b = make_run("b", [item(str(n), score) for n, score in enumerate((0.5, 0.7, 0.5, 0.7))])
    told = spread_sentence(compare(a, b))
    assert told.startswith("The luck of the draws alone explains")
    assert "would find" not in told


def test_old_comparisons_are_still_read(scored: MakeRun) -> None:
    c = compare(scored("a", [0.1, 0.2, 0.4]), scored("b", [0.2, 0.2, 0.5]))
    written = msgspec.json.decode(msgspec.json.encode(c))
    for name in ("size", "spread", "clusters", "cluster_by", "training"):
        del written[name]
    old = msgspec.json.decode(msgspec.json.encode(written), type=Comparison)
    assert (old.size, old.training, old.unit) == (None, None, c.unit)
    assert "d_z" not in to_text([old])


def test_unfinished_and_differently_judged_runs_say_so(make_run: MakeRun, item: MakeItem) -> None:
    rows = [item(str(n), n / 4) for n in range(3)]
    a = make_run("a", rows, identity={"judge": {"model": "j1"}}, notes=["demo judge"])
    b = make_run("b", rows, identity={"judge": {"model": "j2"}}, planned=9, notes=["demo judge"], seal=False)
    notes = compare(a, b).notes
    assert "demo judge" in notes
    assert "b is not finished: 3 of 9 rows so far" in notes
    assert 'the two runs were judged differently (judge.model: "j1" and "j2")' in notes


def test_what_is_left_out_is_said(make_run: MakeRun, item: MakeItem) -> None:
    rows = [item(str(n), n / 10, values={f"only {n}": 1.0}) for n in range(7)]
    c = compare(make_run("a", rows), make_run("b", [*rows[:6], item("6", None, status="failed")]))
    assert "1 items without a response in one of the runs are in no bound" in c.notes
    assert "6 criteria or tags that too few items share are not compared one by one" in c.notes
    assert c.by_criterion == ()
    assert c.coverage_b == pytest.approx(6 / 7)


def test_a_comparison_round_trips_through_json(scored: MakeRun) -> None:
    c = compare(scored("a", [0.1, 0.2, 0.9]), scored("b", [0.4, 0.3, 0.7]))
    assert msgspec.json.decode(msgspec.json.encode(c), type=Comparison) == c
