"""What a judge is shown of a request: guidelines, conversation, response. Pure, byte-stable.

Judged text stands between markers that carry a hash of that text. Whoever writes the text cannot write a marker that
fits it, and equal text still gives equal bytes. The ``bare`` forms have no markers, for models too small to see past
them. ``Rubric.judge.view`` says how much of the conversation is shown.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from rvpo.judges.errors import JudgeConfigError
from rvpo.judges.records import JudgeRequest, Message
from rvpo.rubrics.rows import ROLES

_LEFT_OUT: Final = "The conversation is not shown."
_CUT: Final = "Of the conversation, only the last turn is shown.\n"


def guidelines(request: JudgeRequest) -> str:
    """The rubric's guidelines with their heading, or nothing."""
    text = request.rubric.guidelines.strip()
    return f"Guidelines for every criterion:\n{text}\n\n" if text else ""


def conversation(request: JudgeRequest) -> str:
    """The turns that the rubric wants shown, each behind a marker.

    Raises:
        JudgeConfigError: A message of the request has an unknown role or no text.
    """
    messages, note = _view(request)
    if not messages:
        return note
    code = _code("\0".join(f"{message['role']}\0{message['content']}" for message in messages))
    turns = "\n".join(f"<<{message['role']} {code}>>\n{sendable(message['content'])}" for message in messages)
    return f"{note}<<conversation {code}>>\n{turns}\n<<end of conversation {code}>>"


def bare_conversation(request: JudgeRequest) -> str:
    """See ``conversation``; without markers."""
    messages, note = _view(request)
    return note + "\n\n".join(
        f"{message['role'].capitalize()}: {sendable(message['content'])}" for message in messages
    )


def response(request: JudgeRequest) -> str:
    """The response between markers."""
    return fenced("response", request.response)


def bare_response(request: JudgeRequest) -> str:
    """The response as it is."""
    return sendable(request.response)


def transcript(request: JudgeRequest) -> str:
    """Conversation and response as HealthBench's official grader shows them: ``role: text``, blank lines between."""
    messages, note = _view(request)
    turns = [*messages, {"role": "assistant", "content": request.response}]
    return note + "\n\n".join(f"{turn['role']}: {sendable(turn['content'])}" for turn in turns)


def fenced(name: str, text: str) -> str:
    """A text between markers that it cannot forge."""
    code = _code(text)
    return f"<<{name} {code}>>\n{sendable(text)}\n<<end of {name} {code}>>"


def sendable(text: str) -> str:
    """The text with what JSON cannot carry (half a surrogate pair) replaced."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _view(request: JudgeRequest) -> tuple[Sequence[Message], str]:
    """What is shown of the conversation, and a word on what is not."""
    messages = _turns(request)
    match request.rubric.judge.view:
        case "reply":
            return (), _LEFT_OUT
        case "last_turn":
            return messages[-1:], _CUT if len(messages) > 1 else ""
        case _:
            return messages, ""


def _turns(request: JudgeRequest) -> Sequence[Message]:
    messages: Sequence[Message] = (
        [{"role": "user", "content": request.prompt}] if isinstance(request.prompt, str) else request.prompt
    )
    for place, message in enumerate(messages):
        if message.get("role") not in ROLES or not isinstance(message.get("content"), str):
            raise JudgeConfigError(
                f"request {request.id!r}: message {place} must have a text content and a role of "
                f"{', '.join(ROLES)}; role is {message.get('role')!r}"
            )
    return messages


def _code(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
