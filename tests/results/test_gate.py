from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.results import Comparison, ItemRow, Run, compare
from rvpo.results.errors import GateError
from rvpo.results.gate import OVERALL, SIGNS, figures_of, parse_gate
from rvpo.results.methods import Method
from rvpo.results.stats.over_runs import compare_over_runs


@pytest.fixture
def comparison(make_run: Callable[..., Run], item: Callable[..., ItemRow]) -> Comparison:
    """B is 0.1 better on all of 10 items but one, where it ties: the difference is 0.09, with no holes."""

    def run(name: str, gain: float) -> Run:
        rows = [
            item(f"i{n}", 0.5 + gain * (n > 0), values={"short and sweet": float(n % 2)}, low=None)
            for n in range(10)
        ]
        return make_run(name, rows)

    return compare(run("a", 0.0), run("b", 0.1))


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("difference > 0", True),
        ("difference > 0 and low > -0.01", True),
        ("difference > 0.1", False),
        ("difference > 0.1 or wins >= 9 and losses == 0", True),
        ("difference > 0.1 and wins >= 9 or losses != 0", False),
        ("difference(short and sweet) == 0", True),
        ("  p_value<=1e-1  ", True),
        ("difference_low > -1", False),  # there are no holes, so no bound: no evidence, no pass
        ("p_holm < 1", False),  # one run alone has no adjusted p
        # Nine differences of .1 and one of 0: sd^2 = (9 * .01^2 + .09^2) / 9 = .001, so d_z = .09 / .0316 = 2.846.
        ("d_z > 2.845 and d_z < 2.847 and d_z_low > 1", True),
        ("superiority == 0.95", True),  # nine wins, and half of the tie
        ("odds_ratio > 0", False),  # nothing fell: the ratio is not finite
        ("superiority(short and sweet) == 0.5 and clusters == 0", True),
        ("d_z(short and sweet) <= 9", False),  # that criterion did not move, so it has no such size
        ("run_sd < 9", False),  # one training run of each method says nothing of others
        ("draw_share < 9", False),  # one draw of each item: not to be told from the items
    ],
)
def test_a_gate_reads_as_it_is_written(comparison: Comparison, text: str, *, holds: bool) -> None:
    assert comparison.difference == pytest.approx(0.09)
    assert parse_gate(text).holds(comparison) is holds


def test_training_runs_can_be_asked(make_run: Callable[..., Run], item: Callable[..., ItemRow]) -> None:
    def method(name: str, shifts: tuple[float, float]) -> Method:
        runs = [
            make_run(
                f"{name}{k}", [item(f"i{n}", n / 10 + shift, draw=d) for n in range(6) for d in range(2)]
            )
            for k, shift in enumerate(shifts)
        ]
        return Method(name=name, runs=tuple(runs))

    c = compare_over_runs(method("a", (0.0, 0.02)), method("b", (0.1, 0.12)), resamples=100, flips=99)
    # Either arm's means lie .02 apart: sd .02 / sqrt(2) = .01414. Two runs an arm: 4! / (2! 2!) = 6 regroupings.
    gate = parse_gate(
        "run_sd > 0.0141 and run_sd < 0.0142 and runs_b == 2 and both_low < 0.1 and both_high > 0.1"
    )
    assert gate.holds(c)
    assert parse_gate("p_randomised_floor > 0.333 and p_randomised_floor < 0.334").holds(c)
    assert set(figures_of(c).overall) == set(OVERALL)


def test_what_broke_it_is_said_with_the_figure(comparison: Comparison) -> None:
    gate = parse_gate("difference > 0.1 and wins < 5 and ties == 1 and difference_low > 0")
    assert gate.broken(comparison) == (
        "difference > 0.1 (found 0.09)", "wins < 5 (found 9)", "difference_low > 0 (found none)",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("diference > 0", "no figure 'diference'; did you mean 'difference'"),
        ("difference > zero", "cannot read 'difference > zero'"),
        ("difference > 0 &", "cannot read 'difference > 0 &'"),
        ("difference > 0 and", "cannot read 'difference > 0 and'"),
        ("difference > 0 and ", "cannot read ''"),
        ("", "cannot read ''"),
        ("__import__('os').system('x')", "cannot read"),
        ("coverage_a(short) > 0", "no figure 'coverage_a'"),
    ],
)
def test_what_cannot_be_read_is_one_line(text: str, message: str) -> None:
    with pytest.raises(GateError, match=message.replace("(", r"\(").replace(")", r"\)")) as refused:
        parse_gate(text)
    assert "\n" not in str(refused.value)


def test_a_measure_that_was_not_compared_is_named(comparison: Comparison) -> None:
    with pytest.raises(GateError, match="no criterion or tag 'short and swet' was compared; did you mean"):
        parse_gate("low(short and swet) > 0").holds(comparison)


conditions = st.tuples(
    st.sampled_from(OVERALL), st.sampled_from(sorted(SIGNS)), st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: f"{x:.6g}")
)  # fmt: skip


@given(st.lists(st.lists(conditions, min_size=1, max_size=3), min_size=1, max_size=3))
def test_whatever_is_written_by_the_grammar_is_read_back(clauses: list[list[tuple[str, str, str]]]) -> None:
    text = " or ".join(" and ".join(f"{name} {sign} {number}" for name, sign, number in c) for c in clauses)
    found = parse_gate(text).clauses
    assert [[(each.name, each.sign, each.number) for each in c] for c in found] == [
        [(name, sign, float(number)) for name, sign, number in c] for c in clauses
    ]


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    refusal = ""
    try:
        parse_gate(text)
    except GateError as error:
        refusal = str(error)
    assert "\n" not in refusal
