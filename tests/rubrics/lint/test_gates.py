"""Gates that never decide, pull against their points, or exclude each other."""

from collections.abc import Callable
from typing import Any

import pytest

from rvpo.rubrics.lint import Finding

Lint = Callable[..., tuple[Finding, ...]]


def found(lint: Lint, *criteria: dict[str, Any]) -> dict[str, str]:
    return {each.code: each.message for each in lint(*criteria)}


def options(*values: float) -> list[dict[str, Any]]:
    return [{"label": f"step {number}", "value": value} for number, value in enumerate(values)]


@pytest.mark.parametrize(
    ("values", "keys", "message"),
    [
        ((0.0, 0.4), {"gate": "required"}, "no option opens this required gate: the best is 0.4 good, needed 0.5"),
        ((0.5, 1.0), {"gate": "required"}, "no option closes this required gate: the worst is 0.5 good"),
        ((0.0, 0.5), {"gate": "required"}, None),
        # A veto's goodness is 1 - met: met 0.6 and 1 are 0.4 and 0 good.
        ((0.6, 1.0), {"gate": "veto", "polarity": "met_is_bad", "points": -1}, "no option opens this veto gate: the best is 0.4 good, needed 0.5"),
        ((0.0, 0.4), {"gate": "veto", "polarity": "met_is_bad", "points": -1}, "no option closes this veto gate: the worst is 0.6 good"),
        ((0.0, 0.4), {}, None),
    ],
)  # fmt: skip
def test_never_decides(
    lint: Lint, values: tuple[float, ...], keys: dict[str, Any], message: str | None
) -> None:
    assert found(lint, {"options": options(*values), **keys}).get("gate-never-decides") == message


VETO = {"gate": "veto", "polarity": "met_is_bad"}


def test_against_points(lint: Lint) -> None:
    def told(**keys: Any) -> str | None:
        return found(lint, keys).get("gate-points")

    assert told(**VETO) == "veto with +1, the default: every reply without the fault earns them"
    assert told(**VETO, points=2) == "veto with +2: every reply without the fault earns them"
    assert told(**VETO, points=-2) is None
    assert told(**VETO, points=0) is None
    assert told(gate="required") is None
    assert told(gate="required", points=-1, polarity="met_is_good") is not None


def rule(kind: str, **settings: Any) -> dict[str, Any]:
    return {"kind": kind, "rule": settings, "gate": "required", "points": 1}


def veto(kind: str, **settings: Any) -> dict[str, Any]:
    return {"kind": kind, "rule": settings, **VETO, "points": -1}


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        (rule("length", max=10), rule("length", min=11), "at most 10 words and at least 11"),
        (rule("length", max=10), rule("length", min=10), None),
        (rule("length", max=10), rule("length", min=11, unit="chars"), None),
        (rule("length", max=10), rule("length", min=11, part="answer"), None),
        (rule("contains", texts=["yes"]), rule("not_contains", texts=["ye"]), "one needs 'yes', the other forbids 'ye'"),
        (rule("contains", texts=["yes", "no"], require="any"), rule("not_contains", texts=["ye"]), None),
        (rule("contains", texts=["yes"], ignore_case=True), rule("not_contains", texts=["yes"]), None),  # "YES"
        (rule("contains", texts=["yes"]), veto("contains", texts=["yes", "no"], require="any"), "one needs 'yes', the other forbids 'yes'"),
        (rule("contains", texts=["yes"]), veto("contains", texts=["yes", "no"]), None),  # "yes" alone is no fault
        (veto("not_contains", texts=["yes"]), rule("not_contains", texts=["yes"]), "one needs 'yes', the other forbids 'yes'"),
        (rule("contains", texts=["yes"]), veto("contains", texts=["yes"]), "one asks for what the other forbids"),
        (rule("json", type="object"), rule("json", type="array"), "a JSON object and a JSON array"),
        (rule("json", type="object"), rule("json"), None),
        (rule("choice", expected="A"), rule("choice", expected="B"), "the choice A and the choice B"),
        (rule("choice", expected="A"), rule("choice", expected_from="answer"), None),
        (rule("match", expected="a", normalise="none"), rule("match", expected="b", normalise="none"), "two different texts as the whole reply"),
        (rule("match", expected="a", measure="f1"), rule("match", expected="b", measure="f1"), None),
        (rule("numeric_answer", expected=1), rule("numeric_answer", expected=2), "the answer 1 and the answer 2"),
        (rule("numeric_answer", expected=1, tolerance=1), rule("numeric_answer", expected=2), None),
        (rule("language", languages=["en"]), rule("language", languages=["de"]), "en and de"),
        (rule("tool_calls", check="irrelevance"), rule("tool_calls", check="limits", min=1), "no call and some call"),
        (rule("tool_calls", check="irrelevance"), rule("tool_calls", check="limits", max=1), None),
    ],
)  # fmt: skip
def test_two_gates(lint: Lint, one: dict[str, Any], other: dict[str, Any], reason: str | None) -> None:
    told = None if reason is None else f"no reply passes this gate and matter_a: {reason}"
    assert found(lint, one, other).get("gates-exclude") == told
    turned = found(lint, other, one).get("gates-exclude")
    assert (turned is None) == (reason is None)


def test_one_text_both_ways(lint: Lint) -> None:
    required = {"criterion": "Names the exact dose.", "gate": "required"}
    forbidden = {"criterion": "Names the exact doses.", **VETO, "points": -1}
    assert "gates-exclude" in found(lint, required, forbidden)
    assert "gates-exclude" not in found(lint, required, {**forbidden, "criterion": "Names a brand."})
    assert "gates-exclude" not in found(lint, required, {**forbidden, "gate": None})
