"""Paired statistics: numbers in, numbers out. Nothing here reads a file or draws from a global generator.

Arrays carry NaN for holes; differences are B - A; the caller passes the generator. What a function returns is an
``Inference`` (estimate, interval, p-value, method, n, unit, draws, seed, Monte-Carlo error, notes) or a frozen record
that holds some. Bad input is a ``ResultsError``.

==================  ======================================================================================
two runs            ``compare`` (in ``compare.py``), ``sign_flip``, ``paired_t``, ``mcnemar`` with ``discordant``,
                    ``wilcoxon``, ``cochran_q`` (several), ``holm``, ``effect_size``
a declared margin   ``equivalence``, ``non_inferiority``
grouped items       ``cluster_mean``, ``cluster_sign_flip``, ``cluster_bootstrap_means``
intervals           ``bca_intervals``, ``percentile_intervals``, ``t_interval``, ``bootstrap_means``
many columns        ``max_t`` -> ``Bands``
checkpoints         ``compare_curves`` -> ``CurveComparison``, ``best_checkpoint`` -> ``Best``,
                    ``late_degradation`` -> ``Degradation``, ``default_windows``
planning            ``draw_variances`` -> ``Variances``, ``Design``, ``detectable``, ``power_at``, ``items_needed``,
                    ``what_to_buy`` -> ``Purchase``, ``variance_budget`` -> ``Budget``
training runs       ``compare_methods`` -> ``MethodComparison``, ``run_level_words``, ``ONE_RUN``
the judge           ``judge_noise`` -> ``JudgeNoise``, ``judge_sensitivity`` -> ``Sensitivity``,
                    ``ppi_difference`` and ``ppi_criteria`` -> ``Corrected``
==================  ======================================================================================
"""

from rvpo.results.stats.budget import Budget, Component, variance_budget
from rvpo.results.stats.clusters import cluster_bootstrap_means, cluster_mean, cluster_sign_flip
from rvpo.results.stats.curves import Best, CurveComparison, best_checkpoint, compare_curves
from rvpo.results.stats.degradation import Degradation, default_windows, late_degradation
from rvpo.results.stats.effect_size import EffectSize, effect_size
from rvpo.results.stats.inference import Inference
from rvpo.results.stats.judge_noise import (
    Judged,
    JudgeNoise,
    Sensitivity,
    judge_noise,
    judge_sensitivity,
)
from rvpo.results.stats.paired import (
    cochran_q,
    discordant,
    equivalence,
    mcnemar,
    non_inferiority,
    paired_t,
    wilcoxon,
)
from rvpo.results.stats.power import (
    Design,
    Purchase,
    Variances,
    detectable,
    draw_variances,
    items_needed,
    power_at,
    standard_error,
    what_to_buy,
)
from rvpo.results.stats.ppi import Corrected, ppi_criteria, ppi_difference
from rvpo.results.stats.resample import (
    bca_intervals,
    bootstrap_means,
    percentile_intervals,
    t_interval,
)
from rvpo.results.stats.significance import holm, sign_flip
from rvpo.results.stats.simultaneous import Bands, max_t
from rvpo.results.stats.training_runs import ONE_RUN, MethodComparison, compare_methods, run_level_words

__all__ = [
    "ONE_RUN",
    "Bands",
    "Best",
    "Budget",
    "Component",
    "Corrected",
    "CurveComparison",
    "Degradation",
    "Design",
    "EffectSize",
    "Inference",
    "JudgeNoise",
    "Judged",
    "MethodComparison",
    "Purchase",
    "Sensitivity",
    "Variances",
    "bca_intervals",
    "best_checkpoint",
    "bootstrap_means",
    "cluster_bootstrap_means",
    "cluster_mean",
    "cluster_sign_flip",
    "cochran_q",
    "compare_curves",
    "compare_methods",
    "default_windows",
    "detectable",
    "discordant",
    "draw_variances",
    "effect_size",
    "equivalence",
    "holm",
    "items_needed",
    "judge_noise",
    "judge_sensitivity",
    "late_degradation",
    "max_t",
    "mcnemar",
    "non_inferiority",
    "paired_t",
    "percentile_intervals",
    "power_at",
    "ppi_criteria",
    "ppi_difference",
    "run_level_words",
    "sign_flip",
    "standard_error",
    "t_interval",
    "variance_budget",
    "what_to_buy",
    "wilcoxon",
]
