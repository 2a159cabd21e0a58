"""Comparisons as a LaTeX table (booktabs): estimates, intervals and p-values as numbers, no stars. Pure.

The method, the seed and the unit of inference stand above it as comments, ready for a caption.
"""

from collections.abc import Sequence
from typing import Final

from rvpo.results.records import Comparison, Effect, Scoring
from rvpo.results.report import words
from rvpo.results.report.inference_words import inference_sentences, size_cell
from rvpo.results.report.scorings import scoring_cells, scoring_panel

_SPECIAL: Final = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
}  # fmt: skip
_HEAD: Final = ("", "A", "B", r"$\Delta$", "{level} CI", "$p$", r"$p_\mathrm{Holm}$", "$n$", "$d_z$")


def to_latex(comparisons: Sequence[Comparison]) -> str:
    r"""One ``tabular`` with a block a comparison; needs ``\usepackage{booktabs}``.

    Args:
        comparisons: all at one confidence level, which heads the column of intervals.
    """
    first = comparisons[0]
    level = escaped(words.level(first.confidence)).replace(" ", r"\,")
    head = " & ".join(_HEAD).replace("{level}", level)
    notes = [f"% {' '.join(_about(c).split())}" for c in comparisons]
    blocks = ["\n".join(_block(c, titled=len(comparisons) > 1)) for c in comparisons]
    return "\n".join(
        [
            *dict.fromkeys(notes),
            r"\begin{tabular}{@{}lrrrrrrrr@{}}",
            r"\toprule",
            f"{head} \\\\",
            r"\midrule",
            "\n\\midrule\n".join(blocks),
            r"\bottomrule",
            r"\end{tabular}",
            "",
        ]
    )


def escaped(text: str) -> str:
    r"""Text that LaTeX prints as it stands.

    >>> escaped("50 % of a_b")
    '50 \\% of a\\_b'
    """
    return "".join(_SPECIAL.get(sign, sign) for sign in " ".join(text.split()))


def _about(c: Comparison) -> str:
    told = " ".join(inference_sentences(c)[1:])
    return (
        f"A: {c.a}; B: {c.b}. Points of 100, B minus A. {c.method}; seed {c.seed}. The p-value is about {c.unit}; "
        f"p-values of criteria and tags are Holm-adjusted within their family. {told}"
    )


def _block(c: Comparison, *, titled: bool) -> list[str]:
    lines = [rf"\multicolumn{{9}}{{@{{}}l}}{{{escaped(c.b)} against {escaped(c.a)}}} \\"] if titled else []
    lines.append(_row("score", c))
    lines += [_row(effect.name, effect) for effect in (*c.by_criterion, *c.by_tag)]
    panel = scoring_panel(c)
    if panel is not None:
        lines.append(rf"\multicolumn{{9}}{{@{{}}l}}{{{escaped(panel.title)}}} \\")
        lines += [_scoring_row(each) for each in c.by_scoring]
    return lines


def _scoring_row(each: Scoring) -> str:
    """A, B and the difference; the rules are not tested one by one."""
    cells = (escaped(each.name), *map(_number, scoring_cells(each)), *[""] * 5)
    return " & ".join(cells) + r" \\"


def _row(name: str, effect: Comparison | Effect) -> str:
    cells = (
        escaped(name),
        _number(words.points(effect.mean_a)),
        _number(words.points(effect.mean_b)),
        _number(words.signed(effect.difference)),
        f"$[{_inner(words.signed(effect.low))}, {_inner(words.signed(effect.high))}]$",
        _p(words.p_of(effect)),
        "--" if effect.p_holm is None else _p(words.p_text(effect.p_holm)),
        str(effect.n_items),
        _number(size_cell(effect.size) or "--"),
    )
    return " & ".join(cells) + r" \\"


def _inner(number: str) -> str:
    return number.replace(words.MINUS, "-")


def _number(number: str) -> str:
    return number if number == "--" else f"${_inner(number)}$"


def _p(told: str) -> str:
    return f"${told.removeprefix('= ').replace('≤', chr(92) + 'le')}$"
