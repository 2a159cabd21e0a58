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
    """Which interval ``low`` and ``high`` are: ``BCa bootstrap``, ``Student t``, ``Bonett-Price``."""


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
    """Two-sided paired sign-flip randomisation test."""
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
    unit: str = "the items of one exam, answered by two fixed sets of weights"
    """Unit of inference: what the p-value is about."""
    notes: tuple[str, ...] = ()
