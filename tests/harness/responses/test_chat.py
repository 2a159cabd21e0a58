import pytest

from rvpo.harness.responses.chat import exchange
from rvpo.rubrics.tool_calls import parse_calls

USER = {"role": "user", "content": "How much aspirin?"}


def test_the_last_assistants_turn_is_the_response() -> None:
    turns = [USER, {"role": "assistant", "content": "For whom?"}, {"role": "user", "content": "For me."}]
    prompt, response = exchange([*turns, {"role": "assistant", "content": "500 mg."}])
    assert prompt == turns
    assert response == "500 mg."


def test_parts_that_are_text_are_joined_and_reasoning_is_left_out() -> None:
    parts = [
        {"type": "reasoning", "reasoning": "hm"},
        {"type": "text", "text": "500"},
        {"type": "text", "text": "mg"},
        {"type": "refusal", "refusal": "no more"},
    ]
    assert exchange([USER, {"role": "assistant", "content": parts}]).response == "500\nmg\nno more"
    refused = {"role": "assistant", "content": None, "refusal": "I cannot."}
    assert exchange([USER, refused]).response == "I cannot."


@pytest.mark.parametrize(
    "call",
    [
        {"type": "function", "function": {"name": "look_up", "arguments": '{"drug": "aspirin"}'}},
        {"id": "1", "type": "function", "function": "look_up", "arguments": {"drug": "aspirin"}},
    ],
    ids=["openai", "inspect"],
)
def test_a_tool_call_is_written_as_the_rules_read_it(call: object) -> None:
    turn = {"role": "assistant", "content": None, "tool_calls": [call]}
    result = {"role": "tool", "content": "..."}
    (found,) = parse_calls(exchange([USER, turn, result]).response, "hermes").calls
    assert (found.name, found.arguments) == ("look_up", {"drug": "aspirin"})


@pytest.mark.parametrize(
    ("messages", "message"),
    [
        (None, "messages: got null"),
        ([], "should be a list of messages"),
        (["hello"], 'messages[0]: got "hello"'),
        ([{"content": "x"}], "messages[0].role: got null"),
        ([USER], "none is the assistant's"),
        ([{"role": "assistant", "content": "x"}], "nothing stands before the response"),
        ([USER, {"role": "assistant", "content": "x"}, USER], "the last word is the user's"),
        ([{"role": "user", "content": 3}], "messages[0].content: got 3"),
        (
            [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}],
            'messages[0].content[0]: a part of type "image_url" is no text',
        ),
        ([{"role": "user", "content": ["x"]}], 'messages[0].content[0]: "x" is no text'),
        ([{"role": "assistant", "tool_calls": ["x"]}], "messages[0].tool_calls: got"),
        (
            [{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "{"}}]}],
            'the arguments of "f" are not JSON',
        ),
    ],
)
def test_what_is_no_conversation_is_told(messages: object, message: str) -> None:
    with pytest.raises(ValueError) as wrong:
        exchange(messages)
    assert message in str(wrong.value)
