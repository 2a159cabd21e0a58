"""The records of a run, versioned, as they lie on disk. Pure data; nobody else's types.

A run folder holds ``manifest.json`` (written first, sealed last), ``items.jsonl`` (one ``ItemRow`` per item and
draw, appended as they finish: the journal) and ``verdicts.jsonl`` (one ``VerdictRow`` per criterion). Sealing may put
tables in their place (``tables.py``).

Version 2 keeps with every verdict what its score counts for (``earns``, ``polarity``, ``gate``, ``tags``), so that a
run can be scored again from its verdicts alone; rows of version 1 lack these and are read as they are.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

SCHEMA_VERSION = 2
ITEMS = "the items of one exam, answered by two fixed sets of weights"
"""The unit of inference of a comparison whose items stand by themselves."""


class RunManifest(msgspec.Struct, frozen=True, kw_only=True):
    """What was run, on what, by whom."""

    run_id: str
    """Short hash of ``identity``: the same configuration is the same run, so a rerun resumes."""
    kind: str
    """``eval``, ``judge`` or ``train``."""
    task: str
    title: str = ""
    """What a reader calls this run: "RVPO, 16 steps"."""
    identity: Mapping[str, Any]
    """All that decides the rows: model and weights hash, data hash, rubric hash, judge, template, sampling, seed."""
    command: str = ""
    versions: Mapping[str, str] = {}
    platform: str = ""
    created: str = ""
    """ISO 8601, UTC."""
    sealed: str | None = None
    """When the run finished; ``None`` while it is going on."""
    planned: int = 0
    """Item rows that a finished run has."""
    counts: Mapping[str, int] = {}
    """Set at sealing: rows, failed, truncated, holes ..."""
    files: Mapping[str, str] = {}
    """Set at sealing: sha256 of every result file."""
    notes: tuple[str, ...] = ()
    """What a reader must know, for instance "demo judge"."""
    schema_version: int = SCHEMA_VERSION


class ItemRow(msgspec.Struct, frozen=True, kw_only=True):
    """One draw of one item: what the model said and what it earned."""

    item_id: str
    draw: int = 0
    prompt_hash: str
    """sha256 of what the model was shown; pairing checks it."""
    prompt: str = ""
    response: str = ""
    status: str = "ok"
    """``ok``, ``truncated`` (cut at the token limit; scored as it stands) or ``failed`` (no response: not scored)."""
    score: float | None
    """The item's score; ``None`` when nothing could be judged."""
    coverage: float = 1.0
    low: float | None = None
    """Score if every hole had come out worst..."""
    high: float | None = None
    """...and best."""
    values: Mapping[str, float | None] = {}
    """Reward of each criterion, 1 is good; ``None``: a hole, or it does not apply (the verdict's status tells)."""
    tags: Mapping[str, float] = {}
    """Score of each tag (axes, themes) that this item has."""
    meta: Mapping[str, Any] = {}
    """Whatever the task wants to keep: expected answer, finish reason, tokens, seconds."""


class VerdictRow(msgspec.Struct, frozen=True, kw_only=True):
    """One criterion of one draw."""

    item_id: str
    draw: int = 0
    criterion_id: str
    criterion: str = ""
    points: float = 1.0
    earns: tuple[float, float] | None = None
    """What it adds to the score's numerator at worst and at best; ``None`` in rows of version 1."""
    polarity: str = ""
    """``met_is_good`` or ``met_is_bad``; empty in rows of version 1."""
    gate: str | None = None
    """``required`` or ``veto``."""
    tags: tuple[str, ...] = ()
    """Of the criterion."""
    score: float | None
    """How far it is met, in [0, 1]; ``None`` when the judge failed or the criterion does not apply."""
    value: float | None
    """The reward: ``score`` with polarity applied."""
    status: str = "ok"
    explanation: str = ""
    judge: str = ""
    cached: bool = False
    usd: float | None = None

    @property
    def hole(self) -> bool:
        """Whether the judge failed; a criterion that does not apply to the reply has no score and is no hole."""
        return self.score is None and self.status != "not_applicable"


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """Size of a paired difference in figures without a unit (``stats/effect_size.py``)."""

    d_z: float | None
    """Mean over standard deviation of the item differences; ``None`` when they do not vary."""
    d_z_low: float | None = None
    """``None``, as every bound here, where items are not the unit: the bounds take them as independent."""
    d_z_high: float | None = None
    superiority: float
    """Chance that B does better on an item drawn at random, ties counted by half."""
    odds_ratio: float | None
    """Wins over losses; ``None`` when it has no finite value (no loss)."""
    odds_low: float | None = None
    odds_high: float | None = None


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """Where the variance of a mean difference comes from, once some items were drawn twice."""

    item_sd: float
    """Standard deviation of the items' true differences, the luck of the draws taken off."""
    draw_sd_a: float | None
    """Of one draw about its item's mean; ``None`` where a run drew every item once."""
    draw_sd_b: float | None
    draw_share: float
    """Share of the mean difference's variance that is the luck of the draws; more draws take it away."""


class TrainingRuns(msgspec.Struct, frozen=True, kw_only=True):
    """Two arms of several training runs each; the training run is the unit (``stats/training_runs.py``)."""

    runs_a: int
    runs_b: int
    run_sd: float
    """Pooled standard deviation of the runs' means within an arm."""
    p_randomised: float
    """The same question by regrouping whole runs."""
    p_randomised_floor: float
    """The smallest that regrouping can give."""
    regroupings: int = 0
    """Drawn at random; 0 where all were counted, so that ``p_randomised`` is exact."""
    both_low: float
    """Interval over runs and items at once, two-way variance: about the methods, on items like these."""
    both_high: float
    both_p: float
    hierarchical_low: float
    """Percentile bootstrap that draws runs first, then items."""
    hierarchical_high: float
    items_low: float
    """Interval over items with these runs fixed: too sure about methods."""
    items_high: float


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """A paired difference B - A in one measure (the score, a criterion, a tag)."""

    name: str
    mean_a: float
    mean_b: float
    difference: float
    low: float
    high: float
    p_value: float
    p_holm: float | None = None
    """Adjusted over the declared family; ``None`` for the primary measure."""
    n_items: int
    wins: int = 0
    ties: int = 0
    losses: int = 0
    interval: str = ""
    """Which interval ``low`` and ``high`` are: ``BCa bootstrap``, ``Student t``, ``cluster-robust t`` ..."""
    size: Size | None = None
    """How large the difference is beside the spread of the items."""


class Scoring(msgspec.Struct, frozen=True, kw_only=True):
    """Both runs' scores by one named rule for the same verdicts."""

    name: str
    a: float
    b: float
    difference: float


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """A paired comparison of two runs on the same items: B (the later named) minus A."""

    a: str
    b: str
    run_a: str = ""
    """Run ids."""
    run_b: str = ""
    measure: str = "score"
    mean_a: float
    mean_b: float
    difference: float
    low: float
    high: float
    p_value: float
    """Two-sided: the paired sign-flip randomisation test, or Welch's t over ``training`` runs."""
    p_holm: float | None = None
    """Adjusted over the runs compared with the same baseline; ``None`` for one run alone."""
    n_items: int
    draws_a: int
    draws_b: int
    wins: int
    ties: int
    losses: int
    by_criterion: tuple[Effect, ...] = ()
    """Secondary family, Holm-adjusted."""
    by_tag: tuple[Effect, ...] = ()
    by_scoring: tuple[Scoring, ...] = ()
    """The scores by each rule that is in use for this exam, where there are several; no test is made of them."""
    dropped_a: int = 0
    """Items of A that B lacks, or that have no score; they are not in any figure above."""
    dropped_b: int = 0
    coverage_a: float = 1.0
    coverage_b: float = 1.0
    difference_low: float | None = None
    """Bounds on the difference if the judge's holes had come out worst or best; ``None`` without holes."""
    difference_high: float | None = None
    detectable: float
    """Smallest difference that this design finds with 80 % power at the stated level."""
    size: Size | None = None
    """``None`` in comparisons written before there was one."""
    spread: Spread | None = None
    """``None`` where every item was drawn once, so that items and draws cannot be told apart."""
    clusters: int = 0
    """Clusters of items that were resampled and flipped whole; 0: each item stands by itself."""
    cluster_by: str = ""
    """What the items were grouped by."""
    training: TrainingRuns | None = None
    """Set where both arms have two training runs: ``low``, ``high`` and ``p_value`` are then about the methods."""
    confidence: float = 0.95
    method: str
    """Words: interval and test."""
    resamples: int
    flips: int
    p_floor: float
    """The smallest p-value that this many flips can give."""
    p_error: float = 0.0
    """Monte-Carlo standard error of ``p_value``; 0 when the test is exact."""
    seed: int
    unit: str = ITEMS
    """Unit of inference: what the p-value is about."""
    notes: tuple[str, ...] = ()
