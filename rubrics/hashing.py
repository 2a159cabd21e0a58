"""Identity of rubrics: canonical JSON and sha256. Pure.

Two hashes, because a verdict depends on less than a score does: ``criterion_hash`` covers what the judge sees,
so that editing points, polarity, tags or ids never re-judges; ``rubric_hash`` covers all.
"""

import hashlib
import json

from rvpo.rubrics.schema import Criterion, Rubric


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
    """Hash what the judge or the rule sees: the criterion's text, kind and rule, and the rubric's guidelines."""
    rule = criterion.rule.model_dump(mode="json") if criterion.rule else None
    seen = {
        "criterion": criterion.criterion,
        "kind": criterion.kind,
        "rule": rule,
        "guidelines": rubric.guidelines,
    }
    return sha256_of(seen)


def rubric_hash(rubric: Rubric) -> str:
    """Hash everything that the rubric says, in its order."""
    return sha256_of(rubric.model_dump(mode="json"))
