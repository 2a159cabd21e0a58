"""Who a run is: a short hash of the configuration that decides its rows.

Equal configuration means equal ``run_id`` means the same run, so a rerun resumes. Only what decides the rows
belongs in an identity: no time, no host, no worker count. Pure.
"""

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rvpo.results.errors import ResultsError

RUN_ID_LENGTH = 12
_HASH = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")
"""A sha256 sum in hex, and the digits of it that are shown."""


def canonical_json(value: Any) -> str:
    """JSON with one spelling for each value: sorted keys, no spaces, ``2`` for ``2.0``.

    Raises:
        ResultsError: ``value`` holds something JSON cannot (a path, a set, NaN), with its place.

    >>> canonical_json({"b": 2.0, "a": [None, "é"]})
    '{"a":[null,"é"],"b":2}'
    """
    plain = _plain(value, "identity")
    return json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def make_run_id(identity: Mapping[str, Any]) -> str:
    """First 12 hex digits of the sha256 of the identity's canonical JSON.

    >>> make_run_id({"model": "m", "seed": 0}) == make_run_id({"seed": 0.0, "model": "m"})
    True
    """
    return hashlib.sha256(canonical_json(identity).encode()).hexdigest()[:RUN_ID_LENGTH]


def flatten(identity: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested mappings as one level of dotted names, lists of them numbered; other lists stay whole.

    >>> flatten({"sampling": {"seed": 0}, "judges": [{"model": "m"}]})
    {'sampling.seed': 0, 'judges[0].model': 'm'}
    """
    flat: dict[str, Any] = {}
    for key, value in identity.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            flat |= flatten(value, f"{name}.")
        elif isinstance(value, list | tuple) and value and all(isinstance(each, Mapping) for each in value):
            flat |= flatten({f"{name}[{place}]": each for place, each in enumerate(value)})
        else:
            flat[name] = value
    return flat


def differing_fields(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Dotted name, value in ``a`` and in ``b``, of every field that differs; absent shows as a dash, sums by 12 digits."""
    flat_a, flat_b = flatten(a), flatten(b)
    for name in sorted(flat_a.keys() | flat_b.keys()):
        left = canonical_json(flat_a[name]) if name in flat_a else "-"
        right = canonical_json(flat_b[name]) if name in flat_b else "-"
        if left != right:
            yield name, _HASH.sub(r"\1", left), _HASH.sub(r"\1", right)


def _plain(value: Any, place: str) -> Any:
    """Copy of ``value`` out of JSON types only, whole floats as integers."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ResultsError(
                f"{place}: {value} has no place in a run's identity; allowed are finite numbers"
            )
        return int(value) if value.is_integer() else value
    if isinstance(value, Mapping):
        return {str(key): _plain(item, f"{place}.{key}") for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [_plain(item, f"{place}[{index}]") for index, item in enumerate(value)]
    raise ResultsError(
        f"{place}: a {type(value).__name__} has no place in a run's identity; allowed is what JSON holds"
    )
