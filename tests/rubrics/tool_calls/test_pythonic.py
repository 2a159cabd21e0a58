"""Calls written as Python: against Python's own parser, and where the two differ on purpose."""

import ast
import keyword
import warnings
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvpo.rubrics.tool_calls import Call, parse_calls


@pytest.mark.parametrize(
    ("text", "blocks", "beside"),
    [
        ("[f(x=1)]", (Call("f", {"x": 1}),), ""),
        ("[f(x=1,), g(), ]", (Call("f", {"x": 1}), Call("g", {})), ""),
        ("[ f( x = - 1 ) ]", (Call("f", {"x": -1}),), ""),
        ("<|python_start|>[f()]<|python_end|>", (Call("f", {}),), ""),
        ('<|python_tag|>brave_search.call(query="x")<|eom_id|>', (Call("brave_search.call", {"query": "x"}),), ""),
        ("```python\n[f()]\n```", (Call("f", {}),), ""),
        ("I look.\n[f()]\nDone.", (Call("f", {}),), "I look.\n\nDone."),
        ("[f(a=true, b=None, c=null, d=False)]", (Call("f", {"a": True, "b": None, "c": None, "d": False}),), ""),
        ("[f(**x)]", (None,), ""),
        ("[f(1)]", (None,), ""),
        ("[f(x=1, x=2)]", (None,), ""),
        ("[f(x=g())]", (None,), ""),
        ("[f(x=1+1)]", (None,), ""),
        ("[f(x=y)]", (None,), ""),
        ("[f(x={1: 2})]", (None,), ""),
        ("[f(x={'a': 1, 'a': 2})]", (None,), ""),
        ("[f(x=(1, 2))]", (None,), ""),
        ("[f(x=01)]", (None,), ""),
        ("[f(x=1e999)]", (None,), ""),
        (f"[f(x={'9' * 5000})]", (None,), ""),
        ("[f(x=--1)]", (None,), ""),
        ("[f(x='a' 'b')]", (None,), ""),
        ("[f(x='\\U00110000')]", (None,), ""),
        ("[f(x='C:\\users')]", (None,), ""),
        ("[f(x='\\x4')]", (None,), ""),
        ("[f(x='\\d \\8')]", (Call("f", {"x": "\\d \\8"}),), ""),
        ("[f(), g(]", (Call("f", {}), None), ""),
        ("[f() g()]", (Call("f", {}), None), ""),
        ("[f(x='a]", (None,), ""),
        ("[f.(x=1)]", (None,), ""),
        ("<|python_tag|>print('hi')", (None,), ""),
        ("<|python_start|>", (None,), ""),
        ("f(x=1)", (), "f(x=1)"),
        ("as in [f(x=1)]", (), "as in [f(x=1)]"),
        ("[see](f(x))", (), "[see](f(x))"),
        ("[]", (), "[]"),
    ],
)  # fmt: skip
def test_pythonic(text: str, blocks: tuple[Call | None, ...], beside: str) -> None:
    reply = parse_calls(text, "pythonic")
    assert (reply.blocks, reply.beside, reply.torn) == (blocks, beside, False)


def test_an_argument_may_have_the_name_of_a_keyword() -> None:
    """Python refuses it, but a tool with a parameter ``from`` can be called in no other way."""
    with pytest.raises(SyntaxError):
        ast.parse("[f(from='EUR')]")
    assert parse_calls("[f(from='EUR')]", "pythonic").blocks == (Call("f", {"from": "EUR"}),)


def by_python(text: str) -> tuple[Call, ...]:
    """The same by Python's parser, with literals by ``ast.literal_eval``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of escapes that it does not know
        (statement,) = ast.parse(text).body
    assert isinstance(statement, ast.Expr)
    assert isinstance(statement.value, ast.List)
    calls = []
    for node in statement.value.elts:
        assert isinstance(node, ast.Call)
        assert node.args == []
        arguments = {str(each.arg): ast.literal_eval(each.value) for each in node.keywords}
        calls.append(Call(ast.unparse(node.func), arguments))
    return tuple(calls)


@pytest.mark.parametrize(
    "literal",
    [
        "0", "00", "-0", "1_000", "0x1F", "0o17", "0b11", "1.", ".5", "1.5e3", "1E-2", "+2", "-1.25", "1_0.5",
        "''", '""', "'a\"b'", '"it\\\'s"', "r'\\n'", "u'x'", "'\\x41\\u00e9\\U0001F600\\101\\0\\n\\t\\\\'",
        "'''a'b\n''c'''", '"""a"b"""', "''''''", "'a\\\nb'", "'\u2028'", "[1, [2, []], {}]", "{'a': {'b': [None, True]}}",
        "[1,]", "{'a': 1,}",
    ],
)  # fmt: skip
def test_literals_as_python_reads_them(literal: str) -> None:
    text = f"[f(x={literal})]"
    assert parse_calls(text, "pythonic").blocks == by_python(text)


NAMES = st.from_regex(r"[A-Za-z_]\w{0,5}", fullmatch=True).filter(
    lambda name: name.isascii() and not keyword.iskeyword(name)
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.lists(
        st.tuples(st.lists(NAMES, min_size=1, max_size=3), st.dictionaries(NAMES, VALUES, max_size=3)),
        min_size=1,
        max_size=3,
    )
)
def test_whatever_python_writes_is_read_as_python_reads_it(
    calls: list[tuple[list[str], dict[str, Any]]],
) -> None:
    texts = [
        f"{'.'.join(name)}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})"
        for name, arguments in calls
    ]
    text = f"[{', '.join(texts)}]"
    assert parse_calls(text, "pythonic").blocks == by_python(text)


@given(st.text(alphabet="[]{}(),:=+-.'\"\\ \nafxurR019e_", max_size=30))
def test_what_is_read_is_what_python_reads(body: str) -> None:
    """On any jumble: a value that we read, Python reads the same, but for names of keywords (not in the alphabet)."""
    text = f"[f(x={body})]"
    reply = parse_calls(text, "pythonic")
    if reply.sound and reply.calls and not reply.beside:
        assert reply.blocks == by_python(text)
