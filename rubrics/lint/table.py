"""All that lint looks for: one row a check, the source of ``rvpo rubric lint --explain`` and of the docs. Pure data."""

from rvpo.rubrics.lint import (
    compound,
    gates,
    names,
    polarity,
    repeats,
    rules_checked,
    unknowable,
    weights,
    wording,
)
from rvpo.rubrics.lint.finding import Check

LINT_TAG = "lint-tag"

CHECKS: tuple[Check, ...] = (
    Check(
        "compound",
        "warning",
        "several demands in one criterion",
        "A reply that meets one of them is neither met nor not met; judges then disagree with each other and with themselves.",
        "Split it: one demand a criterion, each with its own points.",
        compound.compound,
    ),
    Check(
        "enumeration",
        "note",
        "a list of three or more things that a reply has to give all of",
        "A reply that gives two of three has no right verdict, and no reward for coming nearer.",
        'Say how many are enough ("at least two of ..."), mark them as examples ("such as ..."), or split.',
        compound.enumeration,
    ),
    Check(
        "vague",
        "warning",
        'praise without a yardstick: "good", "appropriate", "clear", "well written"',
        "Every judge fills the gap with a taste of its own, mostly a taste for long replies.",
        "Say what a judge can point at in the reply, or add guidelines or examples to the criterion.",
        wording.vague,
    ),
    Check(
        "double-negative",
        "warning",
        'two negations: "does not fail to", "avoids not"',
        "Judges lose count of negations and answer the opposite.",
        'Say what a reply does: "Mentions ...".',
        wording.double_negative,
    ),
    Check(
        "missing-is-met",
        "note",
        'a fault worded as something that is not there: "Fails to ...", "Does not ..."',
        'The judge has to answer "met" where the reply has nothing, which weak judges get wrong.',
        "Word it as the good thing, met_is_good, with positive points.",
        wording.missing_is_met,
    ),
    Check(
        "polarity-wording",
        "warning",
        "a polarity that the wording contradicts",
        "If the wording is right, the reward is turned around: training then teaches the fault.",
        "Turn the polarity, or word the criterion the other way.",
        polarity.against_wording,
    ),
    Check(
        "polarity-sign",
        "warning",
        "points whose sign goes with the other polarity",
        "Points for a virtue and points for a fault are added up differently; this mix is mostly a slip.",
        "Give faults negative points and met_is_bad, virtues positive points and met_is_good.",
        polarity.against_sign,
    ),
    Check(
        "silence-is-good",
        "note",
        '"Does not mention ..." that is good when met',
        "Many published rubrics mean the omission as the fault; then the reward is turned around.",
        'Write "Avoids ..." if silence is wanted, else met_is_bad and negative points.',
        polarity.wanted_absence,
    ),
    Check(
        "unknowable",
        "warning",
        "something that is neither in the conversation nor in the reply",
        "The judge guesses, and the guess becomes the reward.",
        "Ask for what shows in the reply, or put the fact into the criterion or a field of the data row.",
        unknowable.unknowable,
    ),
    Check(
        "better-a-rule",
        "warning",
        "something to be counted or parsed, left to a judge",
        "Judges count badly and cost money; a rule is exact, free and fast.",
        "Make it a rule: kind length, json, json_schema, language, contains or regex.",
        unknowable.better_a_rule,
    ),
    Check(
        "points-in-text",
        "warning",
        "points, credit or weights in a text that the judge reads",
        "The judge is not to weigh; told what is at stake, it becomes lenient or strict, and other points re-judge all.",
        "Say it in points only; for part of the way use options or a range.",
        wording.points_in_text,
    ),
    Check(
        "too-long",
        "warning",
        f"a criterion of more than {wording.LONGEST} words",
        "A text of that length holds several demands and costs its tokens in every call.",
        "Keep one sentence as the criterion, move explanations to its guidelines or examples.",
        wording.too_long,
    ),
    Check(
        "near-duplicate",
        "warning",
        "two criteria that ask for the same",
        "The matter counts twice, and the spread that RVPO looks at shrinks.",
        "Keep one and add the points up.",
        repeats.near_duplicates,
    ),
    Check(
        "repeated-guidelines",
        "note",
        "a sentence that most criteria repeat",
        "It is paid for in every call and drifts apart when edited.",
        "Say it once, in the rubric's guidelines.",
        repeats.repeated_guidelines,
    ),
    Check(
        "all-zero",
        "error",
        "points that are all 0",
        "No reply has a score.",
        "Give the criteria points.",
        weights.all_zero,
    ),
    Check(
        "no-positive",
        "warning",
        "no criterion with positive points under normalise: healthbench",
        "The score divides by the positive points, so no reply has one.",
        "Add what a good reply does, or write aggregate: {normalise: plain}.",
        weights.no_positive,
    ),
    Check(
        "dominant",
        "warning",
        "a criterion with more points than all others of its sign together",
        "The score is this one verdict and some noise.",
        "Bring its points down, or make it a gate if nothing counts without it.",
        weights.dominant,
    ),
    Check(
        "off-scale",
        "warning",
        f"points beyond {weights.FAR:g} times the median, or two scales in one rubric",
        "Mostly a slip of a digit, or two rubrics with scales of their own put together.",
        "Bring all points on one scale, for instance 1 to 10.",
        weights.off_scale,
    ),
    Check(
        "gate-never-decides",
        "error",
        "a gate that no answer opens, or none closes",
        "A gate that never opens holds every score at 0; one that never closes is none.",
        "Give options on both sides of 0.5.",
        gates.never_decides,
    ),
    Check(
        "gates-exclude",
        "error",
        "two gates that no reply passes together",
        "Every score is held at 0, whatever the model does.",
        "Drop one, or make it a criterion without a gate.",
        gates.exclude_each_other,
    ),
    Check(
        "gate-points",
        "warning",
        "a gate whose points pull the other way",
        "A gate already takes the score away; points of the other sign give part of it back, or pay for nothing.",
        "Give a required gate points of 0 or more, a veto 0 or less.",
        gates.against_points,
    ),
    Check(
        "constant-rule",
        "error",
        "a rule whose verdict no reply can change",
        "It adds the same to every score and teaches nothing.",
        "Mend the rule's settings.",
        rules_checked.constant,
    ),
    Check(
        "example-contradicted",
        "error",
        "an example that the rule judges differently",
        "Either the rule or the example says what its author did not mean.",
        "Mend the one that is wrong.",
        rules_checked.contradicts_example,
    ),
    Check(
        "empty-id",
        "note",
        "an id that says nothing, such as c1",
        "Ids name the rewards in logs and reports.",
        "Name the matter: asks_for_age.",
        names.empty_ids,
    ),
    Check(
        "tag-spelling",
        "warning",
        "one tag in two spellings",
        "Each spelling gets a score, and an axis, of its own.",
        "Write it one way.",
        names.tag_spellings,
    ),
    Check(
        "ungrouped",
        "warning",
        "a view by axes or components, and criteria outside of them",
        "Each such criterion is an entry of its own in the reward vector, as heavy as a whole axis.",
        "Give it its tag or component, or write aggregate: {view: criteria}.",
        names.ungrouped,
    ),
    Check(
        "empty-component",
        "warning",
        "a component without criteria",
        "It never has a reward.",
        "Assign criteria to it or drop it.",
        names.empty_components,
    ),
    Check(
        "undeclared-field",
        "warning",
        "{braces} in a text that no declared field fills",
        "The judge reads the braces.",
        "Add the name to the rubric's fields, or allow it with a lint:allow- tag where braces are meant.",
        names.undeclared_fields,
    ),
    Check(
        "unused-field",
        "warning",
        "a declared field that no text names",
        "Rows without it are refused for nothing.",
        "Drop it from fields, or name it in a text.",
        names.unused_fields,
    ),
    Check(
        "bare-labels",
        "warning",
        "labels such as 1, 2, 3 or a, b, c that nothing explains",
        "Judges read them their own way, mostly high.",
        "Use words (none, partial, full), or say in the criterion what each label stands for.",
        names.bare_labels,
    ),
    Check(
        "same-value",
        "note",
        "options that count the same",
        "The choice between them changes nothing.",
        "Make them one option, or keep them for the reports and say so with a lint:allow- tag.",
        names.same_values,
    ),
    Check(
        "no-origin",
        "note",
        "no provenance or no licence",
        "Nobody who finds the rubric knows whether it may be used, and for what.",
        "Say where it comes from and on what terms: provenance: ..., licence: Apache-2.0.",
        names.no_origin,
    ),
    Check(
        LINT_TAG,
        "note",
        "a tag lint:allow-... that names no check, or silences nothing",
        "It would go on hiding what it was not meant for.",
        "Drop the tag, or mend its spelling.",
        None,
    ),
)

CODES: tuple[str, ...] = tuple(check.code for check in CHECKS)


def checks_table() -> str:
    """The checks as a table in Markdown, for the docs."""
    rows = [
        f"| `{c.code}` | {c.severity} | {_cell(c.finds)} | {_cell(c.why)} | {_cell(c.advice)} |"
        for c in CHECKS
    ]
    head = "| code | severity | finds | why it matters | what to write instead |\n| --- | --- | --- | --- | --- |"
    return "\n".join([head, *rows]) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
