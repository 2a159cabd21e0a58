"""Calls as Llama writes them in JSON: the tag, several calls, text around, what cannot be read."""

import pytest

from rvpo.rubrics.tool_calls import Call, parse_calls

P = '{"name": "f", "parameters": {"a": 1}}'
G = '{"type": "function", "name": "g", "parameters": {"b": {"c": "}; {"}}}'
CALL, OTHER = Call("f", {"a": 1}), Call("g", {"b": {"c": "}; {"}})


@pytest.mark.parametrize(
    ("text", "blocks", "beside"),
    [
        (P, (CALL,), ""),
        (f"<|python_tag|>{P}<|eom_id|>", (CALL,), ""),
        (f"{P}; {G}", (CALL, OTHER), ""),
        (f"{P};{G} ; {P}", (CALL, OTHER, CALL), ""),
        (f"{P}\n{G}\n", (CALL, OTHER), ""),
        (f"<|python_tag|>{P}<|python_tag|>{G}", (CALL, OTHER), ""),
        (f"[{P}, {G}]", (CALL, OTHER), ""),
        (f"```json\n{P}\n```", (CALL,), ""),
        ('{"name": "f", "arguments": {"a": 1}}', (CALL,), ""),
        (f"I will call it. {P}", (CALL,), "I will call it."),
        (f"In set {{x}}: {P} That is all.", (CALL,), "In set {x}: \n That is all.".replace("\n ", "\n")),
        (f"Sure.<|python_tag|>{P}", (CALL,), "Sure."),
        ('{"name": "f", "parameters": {}, "arguments": {}}', (None,), ""),
        ('{"parameters": {"a": 1}}', (None,), ""),
        ('{"name": "f", "parameters": "x"}', (None,), ""),
        (f"{P}; {P[:-1]}", (CALL, None), ""),
        ("{not json}", (None,), ""),
        ('<|python_tag|>brave_search.call(query="x")', (None,), ""),
        ("<|python_tag|>", (None,), ""),
        (f'{{"name": "f", "parameters": {{"a": {"[" * 200}{"]" * 200}}}}}', (None,), ""),
        ('The set {1, 2} has {"two"} members.', (), 'The set {1, 2} has {"two"} members.'),
    ],
)
def test_llama(text: str, blocks: tuple[Call | None, ...], beside: str) -> None:
    reply = parse_calls(text, "llama")
    assert (reply.blocks, reply.beside, reply.torn) == (blocks, beside, False)
