"""Arbitrary rubrics, nasty texts included."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from rvpo.rubrics.schema import Criterion, Rubric

NASTY = (
    "null", "yes", "No", "~", "1", "0x1F", "1e3", ".inf", "-", "- a", "a: b", "a #b", "#a", "a:", ": a", "? a", "*a",
    "&a", "!a", "%a", "@a", "`a`", "'a'", '"a"', "a'b", 'a"b', "a\\b", "\\n", " a", "a ", "a\n", "\na", "a\n\n", "a\nb",
    "a\n b", " a\nb", "a\n\nb", "a\n \nb", "a\t\nb", "a\n\tb", "\ta", "---", "...", "a\r\nb", "a\rb", "a\x85b",
    "a\u2028b", "\ufeffa", "a\ufeff\nb", "\x00", "\x7f", "{a}", "[a]", "a, b", "<<", "é", "日本 語", "\U0001f600", "\u200b",
    "=", "|", ">", "|-\n a", "a" * 300, "a b " * 60, "a  b" * 60, "- " * 90, "# a " * 60, ": " * 60, " " * 120, "\n",
    "word " * 30 + "\n" + "word " * 30, "x" * 1100, "a\n# b", "a\n---\nb", "a\n...\n",
)  # fmt: skip

TEXTS = st.one_of(
    st.sampled_from(NASTY), st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200)
)
IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.:\-]{0,20}", fullmatch=True)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)


@st.composite
def _criterion(draw: st.DrawFn, name: str) -> Criterion:
    points = draw(NUMBERS)
    data: dict[str, object] = {
        "id": name,
        "criterion": draw(TEXTS),
        "points": points,
        "polarity": draw(st.sampled_from(["met_is_good", "met_is_bad"])),
        "tags": tuple(draw(st.lists(TEXTS, max_size=3, unique=True))),
        "guidelines": draw(st.one_of(st.just(""), TEXTS)),
    }
    match draw(
        st.sampled_from(["binary", "labels", "values", "nominal", "range", "contains", "python", "calls"])
    ):
        case "labels":
            data["options"] = ["none", {"label": "n/a", "na": True}, *draw(_labels(1))]
        case "values":
            labels = draw(_labels(2))
            values = sorted(draw(st.sets(st.floats(0, 1), min_size=len(labels), max_size=len(labels))))
            data["options"] = [{"label": a, "value": b} for a, b in zip(labels, values, strict=True)]
        case "nominal":
            data["scale"] = "nominal"
            data["options"] = [{"label": each, "value": draw(st.floats(0, 1))} for each in draw(_labels(2))]
        case "range":
            data["range"] = {"min": 0.0, "max": draw(st.floats(0.5, 1e9))}
            data["evidence"] = draw(st.sampled_from(["none", "quote"]))
        case "contains":
            data["kind"] = "contains"
            data["rule"] = {"texts": draw(st.lists(TEXTS, min_size=1, max_size=3)), "require": "any"}
        case "python":
            data["kind"] = "python"
            data["rule"] = {"function": "a.b:c", "settings": draw(st.dictionaries(TEXTS, JSON, max_size=3))}
        case "calls":
            data["kind"] = "tool_calls"
            data["rule"] = {"calls": [{"name": draw(TEXTS), "arguments": {"x": draw(TEXTS)}}]}
        case _:
            data["examples"] = [{"response": draw(TEXTS), "verdict": draw(st.booleans())}]
    return Criterion.model_validate(data)


def _labels(least: int) -> SearchStrategy[list[str]]:
    letters = st.text("bcdefg :'#", min_size=1, max_size=6).filter(
        lambda text: text.strip() not in {"", "none"}
    )
    return st.lists(letters, min_size=least, max_size=4, unique_by=str.casefold)


@st.composite
def _rubric(draw: st.DrawFn) -> Rubric:
    names = draw(st.lists(IDS, min_size=1, max_size=3, unique=True))
    return Rubric.model_validate(
        {
            "id": draw(IDS),
            "title": draw(st.one_of(st.just(""), TEXTS)),
            "version": draw(st.integers(1, 3)),
            "guidelines": draw(st.one_of(st.just(""), TEXTS)),
            "criteria": [draw(_criterion(name)) for name in names],
            "tags": tuple(draw(st.lists(TEXTS, max_size=2, unique=True))),
            "aggregate": {"normalise": draw(st.sampled_from(["healthbench", "plain"]))},
            "on_invalid": {"max_missing": draw(st.sampled_from([0.2, 0.5, 1.0]))},
            "provenance": draw(st.one_of(st.just(""), TEXTS)),
        }
    )


@pytest.fixture(scope="session")
def any_rubric() -> SearchStrategy[Rubric]:
    """A strategy of rubrics."""
    return _rubric()


@pytest.fixture(scope="session")
def any_json() -> SearchStrategy[object]:
    """A strategy of JSON values with nasty texts and keys."""
    return JSON
