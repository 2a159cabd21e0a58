"""Identity of rubrics: canonical JSON and sha256. Pure.

Two hashes, because a verdict depends on less than a score does: ``criterion_hash`` covers what the judge sees,
so that editing points, polarity, tags or ids never re-judges; ``rubric_hash`` covers all.
"""

import hashlib
import json
from json.encoder import encode_basestring_ascii

from rvpo.rubrics.schema import Criterion, Rubric

_ASKED = {"scale", "range", "evidence", "guidelines", "examples"}


def canonical_json(value: object) -> str:
    """Write plain data as JSON in one way only: sorted keys, no spaces, ASCII, shortest floats.

    Raises:
        ValueError: A NaN or an infinity, which JSON lacks.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256_of(value: object) -> str:
    """The sha256 of plain data's canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical_json(value).encode("ascii")).hexdigest()


def criterion_hash(rubric: Rubric, criterion: Criterion) -> str:
    """Hash what the judge or the rule sees.

    That is the criterion's text, kind, rule, scale, examples, kind of evidence and guidelines, the rubric's
    guidelines and what of the conversation is shown.
    """
    if _is_plain(criterion) and rubric.judge.view == "conversation":
        # What ``sha256_of`` would be given, written out: data sets have tens of thousands of these.
        text, guidelines = map(encode_basestring_ascii, (criterion.criterion, rubric.guidelines))
        plain = f'{{"criterion":{text},"guidelines":{guidelines},"kind":"llm","rule":null}}'
        return hashlib.sha256(plain.encode("ascii")).hexdigest()
    rule = criterion.rule.model_dump(mode="json", exclude_defaults=True) if criterion.rule else None
    seen = {
        "criterion": criterion.criterion,
        "kind": criterion.kind,
        "rule": rule,
        "guidelines": rubric.guidelines,
    }
    if criterion.kind == "llm":
        # At their defaults these are left out, so that a verdict paid for before they existed stays its own.
        asked = criterion.model_dump(mode="json", include=_ASKED, exclude_defaults=True)
        if criterion.options is not None:  # their labels: what a label is worth is not told to the judge
            asked["options"] = [[option.label, option.na] for option in criterion.options]
        shown = rubric.judge.model_dump(mode="json", include={"view"}, exclude_defaults=True)
        seen |= {**({"asked": asked} if asked else {}), **shown}
    return sha256_of(seen)


def rubric_hash(rubric: Rubric) -> str:
    """Hash everything that the rubric says, in its order; what it leaves at its default is not in it."""
    return sha256_of(rubric.model_dump(mode="json", exclude_defaults=True))


def _is_plain(criterion: Criterion) -> bool:
    """Met or not, by a judge, with nothing said beside the sentence."""
    return (
        criterion.kind == "llm"
        and criterion.scale == "binary"
        and criterion.evidence == "none"
        and not criterion.guidelines
        and not criterion.examples
    )
