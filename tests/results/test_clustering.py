"""Which items belong together, and what a comparison makes of it."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rvpo.harness.cli import main
from rvpo.results import ItemRow, ResultsError, Run, compare
from rvpo.results.clustering import clusters_of
from rvpo.results.report import to_markdown, to_text
from rvpo.results.stats import cluster_mean

MakeRun = Callable[..., Run]
MakeItem = Callable[..., ItemRow]
GAINS = (0.1, 0.3, 0.2, 0.4, 0.0, 0.2, 0.3, 0.5)
"""Of eight items, two in each of four clusters."""
IDS = tuple(f"i{n}" for n in range(8))


@pytest.fixture
def pair(make_run: MakeRun, item: MakeItem) -> Callable[..., tuple[Run, Run]]:
    """Two runs with ``GAINS`` between them; ``pair(lambda n: {...})`` sets further fields of item n."""

    def make(fields: Callable[[int], dict[str, object]]) -> tuple[Run, Run]:
        a = make_run("a", [item(IDS[n], 0.2, **fields(n)) for n in range(8)])
        b = make_run("b", [item(IDS[n], 0.2 + gain, **fields(n)) for n, gain in enumerate(GAINS)])
        return a, b

    return make


def by_meta(n: int) -> dict[str, object]:
    return {"meta": {"cluster": f"c{n // 2}"}, "values": {"x": n / 10}, "tags": {f"kind:{n // 2}": 0.1}}


def test_declared_clusters_are_the_unit(pair: Callable[..., tuple[Run, Run]]) -> None:
    c = compare(*pair(by_meta))
    # Cluster sums about the mean .25: -.1, .1, -.3, .3; se^2 = 4/3 * .2 / 8^2; t(3) at .975 is 3.182446.
    half = 3.182446 * (4 / 3 * 0.2 / 64) ** 0.5
    assert (c.difference, c.low, c.high) == pytest.approx((0.25, 0.25 - half, 0.25 + half))
    # Four cluster totals, all above zero: two signings of sixteen are as extreme.
    assert (c.p_value, c.p_floor, c.flips) == (2 / 16, 2 / 16, 0)
    assert (c.clusters, c.cluster_by) == (4, "cluster")
    assert c.unit.startswith("4 clusters of items (by cluster)")
    assert "cluster-robust t interval; exact two-sided sign-flip test of whole clusters" in c.method
    assert c.size is not None
    assert c.size.d_z == pytest.approx(0.25 / np.std(GAINS, ddof=1))
    assert c.size.d_z_low is None
    assert "only 4 clusters: below 30 the cluster-robust standard error is too small" in c.notes


def test_a_measure_inside_one_cluster_is_not_compared(pair: Callable[..., tuple[Run, Run]]) -> None:
    a, b = pair(lambda n: {"meta": {"cluster": n // 6}, "tags": {"half:1": 0.1} if n < 6 else {}})
    inside = compare(a, b)
    assert inside.by_tag == ()
    assert "1 criteria or tags lie in one cluster each and are not compared" in inside.notes
    alone = compare(a, b, cluster_by="item")
    assert (alone.clusters, [effect.name for effect in alone.by_tag]) == (0, ["half:1"])


def test_every_effect_is_clustered(pair: Callable[..., tuple[Run, Run]]) -> None:
    (x,) = compare(*pair(by_meta)).by_criterion
    assert x.interval == "cluster-robust t"


def test_tags_and_fields_group_items(pair: Callable[..., tuple[Run, Run]]) -> None:
    a, b = pair(lambda n: {"meta": {"writer": n % 2}, "tags": {f"kind:{n // 2}": 0.1}})
    assert clusters_of(a, b, IDS) is None
    by_tag, by_field = clusters_of(a, b, IDS, "kind"), clusters_of(a, b, IDS, "writer")
    assert by_tag is not None
    assert by_field is not None
    assert by_tag.labels == ("0", "0", "1", "1", "2", "2", "3", "3")
    assert (by_field.labels[:3], by_field.count) == (("0", "1", "0"), 2)
    c = compare(a, b, cluster_by="kind")
    reference = cluster_mean(GAINS, by_tag.labels)
    assert (c.low, c.high) == pytest.approx((reference.low, reference.high))


def test_the_detectable_difference_is_that_of_the_clusters(pair: Callable[..., tuple[Run, Run]]) -> None:
    a, b = pair(by_meta)
    clustered, alone = compare(a, b).detectable, compare(a, b, cluster_by="item").detectable
    # With t(3) for t(7) and a larger standard error, less is found.
    assert clustered > alone > 0


@pytest.mark.parametrize(
    ("fields", "by", "message"),
    [
        (
            lambda n: {"tags": {"kind:1": 0.1, f"kind:{n}": 0.2}},
            "kind",
            "item 'i0' lies in 2 clusters (0, 1)",
        ),
        (lambda n: {"meta": {"cluster": "c"} if n else {}}, None, "item 'i0' has none; its rows know item"),
        (lambda n: {"meta": {"writer": str(n)}}, "writr", "did you mean 'writer'?"),
        (lambda _: {"meta": {"cluster": "c"}}, None, "all 8 items lie in one cluster"),
    ],
)
def test_what_groups_nothing_is_refused_in_one_line(
    pair: Callable[..., tuple[Run, Run]],
    fields: Callable[[int], dict[str, object]],
    by: str | None,
    message: str,
) -> None:
    with pytest.raises(ResultsError, match=re.escape(message)) as refused:
        compare(*pair(fields), cluster_by=by)
    assert "\n" not in str(refused.value)


def test_the_command_names_the_unit(
    pair: Callable[..., tuple[Run, Run]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = pair(lambda n: {"tags": {f"kind:{n // 2}": 0.1}})
    assert (
        main(["compare", str(a.folder), str(b.folder), "--cluster-by", "kind", "--html", f"{tmp_path}/r"])
        == 0
    )
    out = " ".join(capsys.readouterr().out.split())
    assert "Unit of inference: 4 clusters of items (by kind), answered by two fixed sets of weights." in out
    assert "of whole clusters" in (tmp_path / "r").read_text()
    c = compare(a, b, cluster_by="kind")
    assert "4 clusters of items" in to_text([c])
    assert "4 clusters of items" in to_markdown([c])
