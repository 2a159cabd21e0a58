"""Prompts of the judge: a template with slots, filled in one pass, byte-stable.

A template is a text file with a section ``## user`` and, if wanted, ``## system``, ``## again`` (added when a reply
held no verdict) and ``## answer`` (how the judge's own turn begins). The user section holds ``{{conversation}}``,
``{{response}}`` and ``{{criterion}}``, and may hold ``{{guidelines}}``. The shipped ones keep the order system |
guidelines | conversation | response | criterion, so that all criteria of one response share their beginning in a
provider's prefix cache.

The judged text stands between markers that carry a hash of that text. Whoever writes the text cannot write a
marker that fits it, and equal text still gives equal bytes. ``{{bare_conversation}}`` and ``{{bare_response}}`` are
the same without markers, for models too small to see past them. What is filled in is never looked at for slots again.

The judge sees neither points nor polarity. The wording is ours; HealthBench's own template is not used here.
"""

import re
from collections.abc import Callable, Sequence
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Final

import msgspec

from rvpo.judges.errors import JudgeConfigError
from rvpo.judges.records import JudgeRequest, Message
from rvpo.rubrics.rows import ROLES
from rvpo.rubrics.wording import hint

REQUIRED: Final = ("conversation", "response", "criterion")
SECTIONS: Final = ("system", "user", "again", "answer")

_SLOT: Final = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_SECTION: Final = re.compile(r"^## (\w+)[ \t]*\n", re.MULTILINE)

ChatMessages = list[dict[str, str]]


class BoundPrompt:
    """A template filled with one request: only the criterion is open."""

    def __init__(self, template: "Template", segments: Sequence[str], request: JudgeRequest) -> None:
        self.request = request
        self._template = template
        self._segments = segments

    def messages(self, criterion: str, vote: int = 0) -> ChatMessages:
        """The chat messages for one criterion; from the second vote on with the reminder of the reply's form."""
        template = self._template
        user = criterion.join(self._segments)
        if vote and template.again:
            user = f"{user}\n\n{template.again}"
        turns = {"system": template.system, "user": user, "assistant": template.answer}
        return [{"role": role, "content": content} for role, content in turns.items() if content]


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A checked prompt template."""

    name: str
    system: str
    user: tuple[str, ...]
    """Text and slot names in turns, starting and ending with text."""
    again: str = ""
    answer: str = ""

    def digest(self) -> str:
        """A hash of the template's text, whatever it is called."""
        return sha256(msgspec.json.encode([self.system, self.user, self.again, self.answer])).hexdigest()

    def bind(self, request: JudgeRequest) -> BoundPrompt:
        """Fill in all but the criterion.

        Raises:
            JudgeConfigError: A message of the request has an unknown role or no text.
        """
        segments = [self.user[0]]
        for slot, text in zip(self.user[1::2], self.user[2::2], strict=True):
            if slot == "criterion":
                segments.append(text)
            else:
                segments[-1] += _FILL[slot](request) + text
        return BoundPrompt(self, segments, request)


def load_template(name_or_path: str) -> Template:
    """Read a template: a shipped one by its name, or a file by its path.

    Raises:
        JudgeConfigError: There is no such template, or its slots or sections are wrong.
    """
    folder = files("rvpo.judges") / "prompts"
    shipped = folder / f"{name_or_path}.txt"
    if "/" not in name_or_path and shipped.is_file():
        return parse_template(shipped.read_text(encoding="utf-8"), name_or_path)
    try:
        return parse_template(Path(name_or_path).read_text(encoding="utf-8"), name_or_path)
    except (OSError, UnicodeDecodeError) as wrong:
        known = ", ".join(sorted(item.name.removesuffix(".txt") for item in folder.iterdir()))
        raise JudgeConfigError(
            f"template {name_or_path!r} cannot be read ({wrong}); shipped templates: {known}"
        ) from wrong


def parse_template(text: str, name: str) -> Template:
    """Check a template's sections and slots.

    Raises:
        JudgeConfigError: A section or slot is missing, unknown or repeated.
    """
    pieces = _SECTION.split(text)
    names = pieces[1::2]
    sections = dict(zip(names, (body.strip("\n") for body in pieces[2::2]), strict=True))
    for section in names:
        if section not in SECTIONS:
            raise JudgeConfigError(f"{name}: unknown section '## {section}'{hint(section, SECTIONS)}")
    if pieces[0].strip() or "user" not in sections or len(sections) < len(names):
        raise JudgeConfigError(
            f"{name}: must consist of sections '## user' and, if wanted, {', '.join(SECTIONS)}; each once"
        )
    parts = _SLOT.split(sections["user"])
    _check_slots(parts[1::2], name)
    for section in names:
        if section != "user" and (found := _SLOT.search(sections[section])):
            raise JudgeConfigError(f"{name}: section '## {section}' takes no slot, found {found.group()}")
    rest = {section: sections.get(section, "") for section in ("system", "again", "answer")}
    return Template(name=name, user=tuple(parts), **rest)


def _check_slots(found: Sequence[str], name: str) -> None:
    known = (*_FILL, "criterion")
    for slot in found:
        if slot not in known:
            raise JudgeConfigError(
                f"{name}: unknown slot {{{{{slot}}}}}; slots are {', '.join(known)}{hint(slot, known)}"
            )
    for slot in REQUIRED:
        if slot not in found and f"bare_{slot}" not in found:
            raise JudgeConfigError(f"{name}: slot {{{{{slot}}}}} is missing from section '## user'")


def _guidelines(request: JudgeRequest) -> str:
    guidelines = request.rubric.guidelines.strip()
    return f"Guidelines for every criterion:\n{guidelines}\n\n" if guidelines else ""


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


def _conversation(request: JudgeRequest) -> str:
    messages = _turns(request)
    code = _code("\0".join(f"{message['role']}\0{message['content']}" for message in messages))
    turns = "\n".join(
        f"<<{message['role']} {code}>>\n{_sendable(message['content'])}" for message in messages
    )
    return f"<<conversation {code}>>\n{turns}\n<<end of conversation {code}>>"


def _bare_conversation(request: JudgeRequest) -> str:
    return "\n\n".join(
        f"{message['role'].capitalize()}: {_sendable(message['content'])}" for message in _turns(request)
    )


def _response(request: JudgeRequest) -> str:
    code = _code(request.response)
    return f"<<response {code}>>\n{_sendable(request.response)}\n<<end of response {code}>>"


def _bare_response(request: JudgeRequest) -> str:
    return _sendable(request.response)


def _code(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _sendable(text: str) -> str:
    """The text with what JSON cannot carry (half a surrogate pair) replaced."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


_FILL: Final[dict[str, Callable[[JudgeRequest], str]]] = {
    "guidelines": _guidelines,
    "conversation": _conversation,
    "bare_conversation": _bare_conversation,
    "response": _response,
    "bare_response": _bare_response,
}
