"""What an edit of a rubric costs: which verdicts still hold, which have to be asked for again. Pure.

A stored verdict belongs to what the judge saw (``criterion_hash``), not to points, tags or ids; so most edits only add
up again what is stored. Criteria are paired by id, and those left over by what is judged: that is a rename.
"""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from rvpo.rubrics.fill import named, texts_of
from rvpo.rubrics.hashing import criterion_hash
from rvpo.rubrics.schema import Criterion, Rubric

Effect = Literal["judge", "rule", "add_up", "none"]
"""``judge``: a judge must be asked again; ``rule``: the rule runs again, without a judge; ``add_up``: stored verdicts
are added up again; ``none``: every verdict and score stays."""

Piece = tuple[Literal["=", "-", "+"], str]
"""A run of text that stayed, went or came."""

_SEEN = ("criterion", "kind", "rule", "scale", "options", "range", "evidence", "guidelines", "examples")
_ADDED_UP = ("points", "polarity", "gate", "component", "tags")
_RUBRIC_KEYS: dict[str, Effect] = {
    "schema_version": "none",
    "id": "none",
    "title": "none",
    "version": "none",
    "guidelines": "judge",
    "fields": "none",
    "components": "add_up",
    "aggregate": "add_up",
    "on_invalid": "add_up",
    "judge": "judge",
    "tags": "add_up",
    "provenance": "none",
    "licence": "none",
}
REWRITTEN = 0.5
"""Share of words in common below which a text counts as written anew."""
_WORDS = re.compile(r"\s*\w+|\s*[^\s\w]|\s+")


@dataclass(frozen=True, slots=True)
class KeyChange:
    """One key with another value; plain values as in JSON."""

    key: str
    old: object
    new: object
    effect: Effect


@dataclass(frozen=True, slots=True)
class CriterionChange:
    """One criterion before and after."""

    old: Criterion | None
    """``None``: added."""
    new: Criterion | None
    """``None``: removed."""
    effect: Effect
    """What has to be done to have its verdicts and points; nothing for a removed one but adding up."""
    keys: tuple[KeyChange, ...] = ()
    """What is different in the criterion itself; its id too, if it was renamed."""

    @property
    def id(self) -> str:
        """The id that it goes by: the new one, of a removed one the old."""
        criterion = self.new or self.old
        assert criterion is not None
        return criterion.id

    @property
    def renamed_from(self) -> str | None:
        """The old id, where it is another."""
        return self.old.id if self.old and self.new and self.old.id != self.new.id else None


@dataclass(frozen=True, slots=True)
class RubricDiff:
    """All that is different between two rubrics, in the order of the new one; removed criteria at the end."""

    criteria: tuple[CriterionChange, ...]
    rubric: tuple[KeyChange, ...]
    """Changed keys of the rubric itself."""
    reordered: bool
    """Whether criteria that both have stand in another order, and so the entries of the reward vector."""

    @property
    def same(self) -> bool:
        """Whether nothing at all is different."""
        changed = any(each.keys or each.effect != "none" for each in self.criteria)
        return not (changed or self.rubric or self.reordered)

    def having(self, effect: Effect) -> tuple[CriterionChange, ...]:
        """The criteria with this effect."""
        return tuple(each for each in self.criteria if each.effect == effect)

    def calls(self, responses: int) -> int:
        """Judge calls that stored replies need to be whole again, at one call a criterion and reply."""
        return len(self.having("judge")) * responses


def diff_rubrics(old: Rubric, new: Rubric) -> RubricDiff:
    """Compare two rubrics.

    Args:
        old: The rubric that stored verdicts were made with.
        new: The rubric that they are wanted for.
    """
    before = {criterion.id: criterion for criterion in old.criteria}
    before_of = {each.id: before[each.id] for each in new.criteria if each.id in before}
    before_of |= _renamed(old, new, [each for each in new.criteria if each.id not in before])
    changes = [_change(old, new, before_of.get(each.id), each) for each in new.criteria]
    kept = [criterion.id for criterion in before_of.values()]
    gone = [CriterionChange(each, None, "add_up") for each in old.criteria if each.id not in kept]
    order = [before_of[each.id].id for each in new.criteria if each.id in before_of]
    reordered = order != [criterion.id for criterion in old.criteria if criterion.id in set(kept)]
    return RubricDiff((*changes, *gone), tuple(_rubric_keys(old, new)), reordered)


def word_diff(old: str, new: str) -> tuple[Piece, ...]:
    """Say what of a text went and what came, by whole words; of two texts with little in common, all of both.

    >>> word_diff("Asks for the age.", "Asks for age and weight.")
    (('=', 'Asks for'), ('-', ' the'), ('=', ' age'), ('+', ' and weight'), ('=', '.'))
    """
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    pieces: list[Piece] = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    if old and new and matcher.ratio() < REWRITTEN:
        return ("-", old), ("+", new)
    for what, start, end, new_start, new_end in matcher.get_opcodes():
        gone, come = "".join(before[start:end]), "".join(after[new_start:new_end])
        if what == "equal":
            pieces.append(("=", gone))
        else:
            if gone:
                pieces.append(("-", gone))
            if come:
                pieces.append(("+", come))
    return tuple(pieces)


def _renamed(old: Rubric, new: Rubric, added: list[Criterion]) -> dict[str, Criterion]:
    """Old criteria under new ids: those that nobody else has, with the same to judge."""
    ids = {criterion.id for criterion in new.criteria}
    free: dict[str, list[Criterion]] = {}
    for criterion in old.criteria:
        if criterion.id not in ids:
            free.setdefault(criterion_hash(new, criterion), []).append(criterion)
    twins = ((each.id, free.get(criterion_hash(new, each))) for each in added)
    return {name: criteria.pop(0) for name, criteria in twins if criteria}


def _change(old: Rubric, new: Rubric, before: Criterion | None, after: Criterion) -> CriterionChange:
    again: Effect = "judge" if after.kind == "llm" else "rule"
    if before is None:
        return CriterionChange(None, after, again)
    keys = tuple(_criterion_keys(before, after, again))
    if criterion_hash(old, before) != criterion_hash(new, after) or _filled_otherwise(old, new, after):
        return CriterionChange(before, after, again, keys)
    added_up = any(change.effect == "add_up" for change in keys)
    return CriterionChange(before, after, "add_up" if added_up else "none", keys)


def _filled_otherwise(old: Rubric, new: Rubric, criterion: Criterion) -> bool:
    """Whether a text of the criterion names a field that only one of the rubrics fills in."""
    names = tuple(sorted(set(old.fields) ^ set(new.fields)))
    texts = (new.guidelines, *texts_of(criterion.model_dump()))
    return bool(names) and any(named(names).search(text) for text in texts)


def _criterion_keys(before: Criterion, after: Criterion, again: Effect) -> Iterator[KeyChange]:
    mine, yours = before.model_dump(mode="json"), after.model_dump(mode="json")
    effects: dict[str, Effect] = {
        "id": "none",
        **dict.fromkeys(_SEEN, again),
        **dict.fromkeys(_ADDED_UP, "add_up"),
    }
    if before.kind == after.kind != "llm":
        effects |= {"examples": "none", "guidelines": "none"}
    for key in mine:
        for name, was, now in _different(key, mine[key], yours[key]):
            yield KeyChange(name, was, now, effects[key])


def _rubric_keys(old: Rubric, new: Rubric) -> Iterator[KeyChange]:
    mine, yours = (each.model_dump(mode="json", by_alias=False) for each in (old, new))
    for key, effect in _RUBRIC_KEYS.items():
        for name, was, now in _different(key, mine[key], yours[key]):
            # The mode is how many are asked in a call, not what a verdict is about.
            yield KeyChange(name, was, now, "none" if name == "judge.mode" else effect)


def _different(key: str, old: object, new: object) -> Iterator[tuple[str, object, object]]:
    """What differs of a value: of two mappings only the keys that do, as ``rule.max``."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys((*old, *new)):
            if old.get(name) != new.get(name):
                yield f"{key}.{name}", old.get(name), new.get(name)
    elif old != new:
        yield key, old, new
