"""Statistics beside scipy, arch and statsmodels in the same run: medians of CPU time (the machine may be shared).

``OMP_NUM_THREADS=1 python bench/stats.py``.

Rows: paired BCa at n = 5 000, B = 10 000; the same for 64 columns at once; the sign-flip test at n = 5 000,
B = 99 999 (scipy's is timed at a tenth of the flips and scaled, because it takes half a minute); checkpoint curves
with bands and degradation tests (no peer has them); a cluster-robust mean; a full comparison and its HTML report.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import statsmodels.api as sm
from arch.bootstrap import IIDBootstrap
from numpy.typing import NDArray
from scipy import stats

from rvpo.results import ItemRow, ReportContent, Run, RunWriter, compare, new_manifest, open_run, write_report
from rvpo.results.stats import (
    bca_intervals,
    bootstrap_means,
    cluster_mean,
    compare_curves,
    late_degradation,
    sign_flip,
)

N, B, COLUMNS, FLIPS = 5_000, 10_000, 64, 99_999
VOCABULARY = [
    "".join(chr(97 + ord(letter) % 26) for letter in f"{hash((1, n)) & 0xFFFFF:05x}") for n in range(5_000)
]
"""Made-up words, drawn by Zipf's law below: they compress about as English does."""


class Line(NamedTuple):
    """Milliseconds of one job; ``None`` where a peer does not have it."""

    name: str
    ours: float
    scipy: float | None = None
    arch: float | None = None
    sm: float | None = None


def median_ms(work: Callable[[], object], repeats: int) -> float:
    """Median CPU time of ``work`` in milliseconds, after one run to warm up."""
    work()
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return 1000 * statistics.median(times)


def ours_bca(d_NK: NDArray[np.float64]) -> NDArray[np.float64]:
    """Our BCa intervals."""
    return bca_intervals(d_NK, bootstrap_means(d_NK, B, np.random.default_rng(0)), 0.95)


def scipy_bca(d_N: NDArray[np.float64]) -> object:
    """The same by scipy, with the batch that suits it best."""
    return stats.bootstrap(
        (d_N,), np.mean, n_resamples=B, batch=100, rng=np.random.default_rng(0), method="BCa"
    )


def arch_bca(d_N: NDArray[np.float64]) -> object:
    """The same by arch."""
    return IIDBootstrap(d_N, seed=np.random.default_rng(0)).conf_int(np.mean, B, method="bca")


def scipy_flips(d_N: NDArray[np.float64], flips: int) -> object:
    """The sign-flip test by scipy."""
    return stats.permutation_test(
        (d_N,),
        lambda x, axis: x.mean(axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=flips,
        batch=500,
        rng=np.random.default_rng(0),
    )


def write_run(folder: Path, title: str, shift: float) -> Run:
    """A sealed run of 5 000 items with eight graded criteria and texts of about 2 kB."""
    rng = np.random.default_rng(int(1000 * shift) + 1)
    with RunWriter.open(folder, new_manifest("eval", "bench", {"model": title}, title=title)) as writer:
        for item in range(N):
            values = {f"c{k}": float(v) for k, v in enumerate(np.clip(rng.normal(0.5 + shift, 0.3, 8), 0, 1))}
            words = " ".join(VOCABULARY[word] for word in rng.zipf(1.3, 340) % len(VOCABULARY))
            writer.append(
                ItemRow(
                    item_id=f"{item:05d}",
                    prompt_hash=f"{item:064x}",
                    prompt="What is asked?",
                    response=words,
                    score=sum(values.values()) / 8,
                    values=values,
                )
            )
        writer.seal()
    return open_run(folder)


def report_rows(repeats: int) -> list[Line]:
    """A comparison of 5 000 items with eight criteria, and its report."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        a, b = write_run(root / "a", "A", 0.0), write_run(root / "b", "B", 0.01)
        c = compare(a, b)
        content = ReportContent(title="bench", primary=c, pair=(a, b))
        out = root / "report.html"
        comparing = median_ms(lambda: compare(a, b), repeats)
        writing = median_ms(lambda: write_report(out, content, with_text=True), repeats)
        size = out.stat().st_size / 1e6
    return [
        Line("compare(), 5,000 items, score and 8 criteria", comparing),
        Line(f"write_report(), texts embedded ({size:.1f} MB)", writing),
    ]


def curve_row(repeats: int) -> Line:
    """20 checkpoints of two arms on 198 items: all bands, best and final checkpoint, both degradation tests."""
    rng = np.random.default_rng(2)
    a, b = (rng.random((2, 198, 20)) < 0.45).astype(float)

    def work() -> object:
        own = np.random.default_rng(0)
        curves = compare_curves(a, b, range(20), 5_000, own)
        return curves, *(late_degradation(arm, range(20), 5_000, own) for arm in (a, b))

    return Line("20 checkpoints x 2 arms x 198: bands, best, falls", median_ms(work, repeats))


def cluster_row(repeats: int) -> Line:
    """Cluster-robust mean of 5 000 items in 1 000 clusters, beside statsmodels."""
    d = np.random.default_rng(3).normal(size=N)
    labels = np.arange(N) // 5
    names, ones = labels.tolist(), np.ones(N)
    theirs = median_ms(
        lambda: sm.OLS(d, ones).fit(cov_type="cluster", cov_kwds={"groups": labels}).bse, repeats
    )
    return Line(
        "cluster-robust mean, 1,000 clusters", median_ms(lambda: cluster_mean(d, names), repeats), sm=theirs
    )


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    rng = np.random.default_rng(1)
    d = rng.normal(0.01, 0.3, (N, COLUMNS))
    one = d[:, 0]
    scipy_one, arch_one = (
        median_ms(lambda: scipy_bca(one), repeats),
        median_ms(lambda: arch_bca(one), repeats),
    )
    lines = [
        Line("BCa, 1 column", median_ms(lambda: ours_bca(d[:, :1]), repeats), scipy_one, arch_one),
        Line(
            f"BCa, {COLUMNS} columns (peers: one after another)",
            median_ms(lambda: ours_bca(d), repeats),
            COLUMNS * scipy_one,
            COLUMNS * arch_one,
        ),
        Line(
            f"sign-flip test, {FLIPS:,} flips",
            median_ms(lambda: sign_flip(one, FLIPS, np.random.default_rng(0)), repeats),
            10 * median_ms(lambda: scipy_flips(one, FLIPS // 10), 1),
        ),
        curve_row(repeats),
        cluster_row(repeats),
        *report_rows(repeats),
    ]
    print(f"n = {N:,} items, B = {B:,} resamples; CPU time in ms, medians of {repeats}")
    print(f"{'':<52}{'ours':>8}{'scipy':>10}{'arch':>10}{'statsmodels':>13}")
    for line in lines:
        peers = ((line.scipy, 10), (line.arch, 10), (line.sm, 13))
        beside = "".join(f"{f'{ms:,.1f}' if ms else '':>{width}}" for ms, width in peers)
        print(f"{line.name:<52}{line.ours:>8,.1f}{beside}".rstrip())


if __name__ == "__main__":
    main()
