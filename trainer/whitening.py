"""Re-normalisation of aggregated advantages over a batch, its tokens or its groups.

Sources: GDPO (arXiv 2601.05242), step 3, per response as TRL takes it and per token as verl does (``masked_whiten``);
``group`` and ``centred`` are ours (docs/design/whitening.md). Departure: rows without a verdict stay out.

Pure; float64 in, float64 out. Shapes: P prompts, G samples of a prompt.
"""

from torch import Tensor

from rvpo.trainer.conventions import CHOICES, EpsPlace, Whiten


def whiten_advantages(  # noqa: PLR0917  the order is part of the interface
    raw_PG: Tensor,
    scorable_PG: Tensor,
    whiten: Whiten,
    eps: float = 1e-6,
    ddof: int = 1,
    eps_in: EpsPlace = "std",
    lengths_PG: Tensor | None = None,
) -> Tensor:
    """Give aggregated advantages mean 0 and deviation 1, over whatever ``whiten`` names.

    ``batch``: over all scorable rows, GDPO's third step. ``token``: the same with each row counted once for each of its
    tokens, as if every token were a row. ``group``: within each group. ``centred``: each group is centred first, then
    the batch is scaled; this takes away the push that whole prompts get for the size of their rubric. ``none``: as
    they are, but SoftMin is below the mean, so nearly every row is pushed down.

    Args:
        raw_PG: Aggregates, (P, G).
        scorable_PG: Bool: the rows that count; the others get 0.
        whiten: One of the above.
        eps: Keeps a small spread from blowing up; with 0, a spread of 0 is not divided by.
        ddof: 1 for sample, 0 for population deviations; tokens are counted as one each.
        eps_in: Whether ``eps`` is added to the deviation or, under the root, to the variance.
        lengths_PG: Tokens of each completion; ``token`` needs them.

    Raises:
        ValueError: ``whiten`` is none of these, or the lengths are missing or of another shape.
    """
    if whiten not in CHOICES["whiten"]:
        raise ValueError(f"whiten is {whiten!r}; expected one of {', '.join(map(str, CHOICES['whiten']))}")
    if whiten == "none":
        return raw_PG.masked_fill(~scorable_PG, 0.0)
    counts_PG = scorable_PG.to(raw_PG.dtype)
    if whiten == "group":
        return _standardise(raw_PG, counts_PG, eps, ddof, eps_in)
    if whiten == "token":
        if lengths_PG is None or lengths_PG.shape != raw_PG.shape:
            found = "None" if lengths_PG is None else f"of shape {tuple(lengths_PG.shape)}"
            raise ValueError(f"lengths are {found}; whiten: token needs them, of shape {tuple(raw_PG.shape)}")
        counts_PG = counts_PG * lengths_PG
    if whiten == "centred":
        raw_PG = _centre(raw_PG, counts_PG)
    flat = _standardise(raw_PG.reshape(1, -1), counts_PG.reshape(1, -1), eps, ddof, eps_in)
    return flat.reshape(raw_PG.shape)


def _centre(rows: Tensor, counts: Tensor) -> Tensor:
    absent = counts <= 0
    rows = rows.masked_fill(absent, 0.0)
    total = counts.sum(dim=-1, keepdim=True)
    mean = (counts * rows).sum(dim=-1, keepdim=True) / total.masked_fill(total <= 0, 1.0)
    return (rows - mean).masked_fill(absent, 0.0)


def _standardise(rows: Tensor, counts: Tensor, eps: float, ddof: int, eps_in: EpsPlace) -> Tensor:
    centred = _centre(rows, counts)
    degrees = (counts.sum(dim=-1, keepdim=True) - ddof).clamp(min=1)
    variance = (counts * centred.square()).sum(dim=-1, keepdim=True) / degrees
    spread = (variance + eps).sqrt() if eps_in == "variance" else variance.sqrt() + eps
    return centred / spread.masked_fill(spread <= 0, 1.0)
