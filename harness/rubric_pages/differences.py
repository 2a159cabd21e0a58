"""Two rubrics compared, for a terminal: what is to be judged again first, what costs nothing last. Pure.

Words that went stand in ``[-...-]`` and words that came in ``{+...+}`` (as ``wdiff`` writes them), with colour besides.
"""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from rvpo.harness.rubric_pages.words import count, criteria, said, signed
from rvpo.rubrics.diff import CriterionChange, Effect, KeyChange, RubricDiff, word_diff
from rvpo.rubrics.schema import Rubric
from rvpo.rubrics.wording import clipped, printable

_TEXTS = ("criterion", "guidelines")
_NAMES = {"schema_version": "schema"}
_EFFECTS: dict[Effect, str] = {
    "judge": "every criterion with a judge must be judged again",
    "rule": "rules run again",
    "add_up": "verdicts hold and are added up again",
    "none": "nothing to do",
}


def diff_page(old: Rubric, new: Rubric, diff: RubricDiff, responses: int | None = None) -> RenderableType:
    """The whole page; ``responses`` is how many stored replies the calls are counted for."""
    blocks: list[RenderableType] = [_title(old, new), Text()]
    if diff.same:
        return Group(*blocks, Text("no difference"))
    for heading, changes in _parts(diff):
        if changes:
            blocks += [Text(f"{heading} ({len(changes)})", "bold")]
            blocks += [Padding(_change(change), (0, 0, 0, 2)) for change in changes]
            blocks += [Text()]
    if diff.rubric or diff.reordered:
        blocks += [Text("The rubric itself", "bold"), *_rubric(diff), Text()]
    return Group(*blocks, _totals(diff, responses))


def _title(old: Rubric, new: Rubric) -> Text:
    name = new.id if old.id == new.id else f"{old.id} → {new.id}"
    versions = f"v{old.version}" if old.version == new.version else f"v{old.version} → v{new.version}"
    return Text(name, "bold").append(f"  {versions}", "not bold dim")


def _parts(diff: RubricDiff) -> Iterator[tuple[str, Sequence[CriterionChange]]]:
    there = [each for each in diff.criteria if each.old is not None and each.new is not None]
    added = [each for each in diff.criteria if each.old is None]
    yield "Judge again", [each for each in there if each.effect == "judge"]
    yield "Added: judge for the first time", [each for each in added if each.effect == "judge"]
    yield "Run the rule again, no judge", [each for each in there if each.effect == "rule"]
    yield "Added: a rule, no judge", [each for each in added if each.effect == "rule"]
    yield "Only add up again", [each for each in there if each.effect == "add_up"]
    yield "Changed, with nothing to do", [each for each in there if each.effect == "none" and each.keys]
    yield "Removed", [each for each in diff.criteria if each.new is None]


def _change(change: CriterionChange) -> RenderableType:
    title = Text()
    if change.renamed_from:
        title.append(f"{change.renamed_from} → ", "dim")
    title.append(change.id, "bold")
    whole = change.new if change.old is None else change.old if change.new is None else None
    keys = [each for each in change.keys if each.key != "id"]
    if whole is not None:
        title.append(f"  {signed(whole.points)}", "dim")
        return Group(title, Padding(said(whole.criterion), (0, 0, 0, 2)))
    if not keys:
        why = "renamed" if change.renamed_from else "the rubric's guidelines, fields or judge.view are others"
        return title.append(f"  {why}", "dim")
    return Group(title, *(Padding(_key(each), (0, 0, 0, 2)) for each in keys))


def _key(change: KeyChange) -> Text:
    """One changed key: a text with its words marked, anything else as old and new."""
    label = Text.assemble((f"{_NAMES.get(change.key, change.key)}: ", "dim"))
    if change.key in _TEXTS:
        return label.append(_marked(str(change.old), str(change.new)))
    if isinstance(change.old, float) and isinstance(change.new, float) and change.key == "points":
        return label.append(f"{signed(change.old)} → {signed(change.new)}")
    return label.append(f"{_shown(change.old)} → {_shown(change.new)}")


def _marked(old: str, new: str) -> Text:
    text, pieces = Text(), word_diff(old, new)
    if pieces == (("-", old), ("+", new)):
        pieces = (("-", old), ("=", "\n"), ("+", new))
    for sign, words in pieces:
        body = words.strip("\n ")
        before = words[: len(words) - len(words.lstrip("\n "))]
        after = words[len(words.rstrip("\n ")) :] if body else ""
        if sign == "=" or not body:
            text.append(_safe(words))
            continue
        style, (opening, closing) = ("red", ("[-", "-]")) if sign == "-" else ("bold green", ("{+", "+}"))
        text.append(before).append(f"{opening}{printable(body)}{closing}", style).append(after)
    return text


def _safe(words: str) -> str:
    """A piece of a file's text with its white space, made safe line by line."""
    return "\n".join(map(printable, words.split("\n")))


def _rubric(diff: RubricDiff) -> Iterator[RenderableType]:
    for change in diff.rubric:
        yield Padding(_key(change), (0, 0, 0, 2))
        if change.effect != "none":
            yield Padding(Text(_EFFECTS[change.effect], "dim"), (0, 0, 0, 4))
    if diff.reordered:
        yield Padding(
            Text("criteria in another order: so are the entries of the reward vector"), (0, 0, 0, 2)
        )


def _totals(diff: RubricDiff, responses: int | None) -> Text:
    whole = [each for each in diff.criteria if each.new is not None]
    judged, rules = len(diff.having("judge")), len(diff.having("rule"))
    text = Text(f"{judged} of {criteria(len(whole))} to judge", "bold")
    calls = f": {count(judged, 'call')} a reply" if judged else ": no call"
    if responses is not None and judged:
        calls += f", {count(diff.calls(responses), 'call')} for {count(responses, 'reply', 'replies')}"
    text.append(calls, "bold")
    rest = [
        (rules, "by rule, free"),
        (sum(each.effect == "add_up" for each in whole), "added up again"),
        (sum(each.effect == "none" for each in whole), "as before"),
        (len(diff.criteria) - len(whole), "removed"),
    ]
    if said_rest := ", ".join(f"{number} {what}" for number, what in rest if number):
        text.append(f"\n{said_rest}", "not bold dim")
    return text


def _shown(value: object) -> str:
    match value:
        case None | "":
            return "none"
        case list() if all(isinstance(item, str) for item in value):
            return printable(", ".join(value)) or "none"
        case str() | bool() | int() | float():
            return f"{value:g}" if isinstance(value, float) else printable(str(value))
        case _:
            return clipped(printable(_plain(value)), 160)


def _plain(value: object) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)
