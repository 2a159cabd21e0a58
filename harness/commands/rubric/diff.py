"""``rvpo rubric diff``: what an edit of a rubric costs to judge. Writes nothing but to the screen."""

from typing import TYPE_CHECKING, Any

import click

from rvpo.harness.commands.rubric.show import echo_json

if TYPE_CHECKING:
    from rvpo.rubrics.diff import CriterionChange, KeyChange, RubricDiff


@click.command("diff")
@click.argument("old")
@click.argument("new")
@click.option(
    "--responses", type=click.IntRange(min=0), metavar="N", help="Count the calls for N stored replies."
)
@click.option("--exit-code", is_flag=True, help="Exit with status 1 if there is any difference.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(old: str, new: str, *, responses: int | None, exit_code: bool, as_json: bool) -> int:
    """Compare two rubrics: which criteria must be judged again, and which only added up again.

    OLD and NEW are files or library names. Verdicts are stored by what the judge saw, so new points, polarity, tags,
    gates or ids never need a call.
    """
    from rvpo.rubrics.diff import diff_rubrics
    from rvpo.rubrics.load import find_rubric

    before, after = find_rubric(old), find_rubric(new)
    diff = diff_rubrics(before, after)
    if as_json:
        echo_json(_as_plain(diff, responses))
    else:
        from rich.console import Console

        from rvpo.harness.rubric_pages.differences import diff_page

        Console(highlight=False).print(diff_page(before, after, diff, responses))
    return int(exit_code and not diff.same)


def _as_plain(diff: "RubricDiff", responses: int | None) -> dict[str, Any]:
    plain = {
        "same": diff.same,
        "criteria": [_criterion(change) for change in diff.criteria],
        "rubric": [_key(change) for change in diff.rubric],
        "reordered": diff.reordered,
        "to_judge": len(diff.having("judge")),
    }
    return plain if responses is None else {**plain, "calls": diff.calls(responses)}


def _criterion(change: "CriterionChange") -> dict[str, Any]:
    state = "added" if change.old is None else "removed" if change.new is None else "kept"
    return {
        "id": change.id,
        "state": state,
        "effect": change.effect,
        "renamed_from": change.renamed_from,
        "keys": [_key(each) for each in change.keys],
    }


def _key(change: "KeyChange") -> dict[str, Any]:
    return {"key": change.key, "old": change.old, "new": change.new, "effect": change.effect}
