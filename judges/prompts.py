"""Prompts of the judge: templates with slots, filled in one pass, byte-stable.

A template is a text file with a section ``## user`` and, if wanted, ``## system``, ``## again`` (added when a reply
held no verdict) and ``## answer`` (how the judge's own turn begins). The user section holds ``{{conversation}}``,
``{{response}}`` and ``{{criterion}}`` (the criterion with its own guidelines and examples), and may hold
``{{guidelines}}`` and ``{{answer_form}}``: the closing question with the answers that are allowed. A template without
``{{answer_form}}`` asks itself whether the criterion is met, and can ask nothing else. With ``{{criteria}}`` in place of
``{{criterion}}`` it asks several criteria in one call. The shipped ones keep the order system | guidelines |
conversation | response | criteria, so that all calls about one response share their beginning in a provider's prefix
cache.

What is filled in (``material.py``, ``asking.py``) is never looked at for slots again. The judge sees neither points nor
polarity, unless a template of your own has ``{{points_criterion}}`` in place of ``{{criterion}}``: ``[7] Asks for the
age.``, as in HealthBench's official grader. The wording is ours; HealthBench's own template is not shipped, but a file
that holds it as it is published, with ``<<conversation>>`` and ``<<rubric_item>>``, is a template too.
"""

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Final

import msgspec

from rvpo.judges import asking, material
from rvpo.judges.errors import JudgeConfigError
from rvpo.judges.key import Asked, Beginning, KeyShare, request_rest
from rvpo.judges.records import JudgeRequest
from rvpo.rubrics import Criterion
from rvpo.rubrics.wording import hint

ASKS: Final = ("criterion", "points_criterion", "criteria")
"""Slots for what is asked; a template has exactly one of them."""
OPEN: Final = (*ASKS, "answer_form")
"""Slots that differ from call to call; all others are filled once a response."""
SECTIONS: Final = ("system", "user", "again", "answer")

_FILL: Final[dict[str, Callable[[JudgeRequest], str]]] = {
    "guidelines": material.guidelines,
    "conversation": material.conversation,
    "bare_conversation": material.bare_conversation,
    "response": material.response,
    "bare_response": material.bare_response,
    "transcript": material.transcript,
}
_SLOT: Final = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_SECTION: Final = re.compile(r"^## (\w+)[ \t]*\n", re.MULTILINE)

_OFFICIAL: Final = ("<<conversation>>", "<<rubric_item>>")
"""Slots of ``GRADER_TEMPLATE`` in ``healthbench_eval.py`` of openai/simple-evals."""
_OFFICIAL_SYSTEM: Final = "You are a helpful assistant."
"""The system message that simple-evals' grader is given."""

_MOST_CLOSINGS: Final = 4096

ChatMessages = list[dict[str, str]]


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A checked prompt template."""

    name: str
    system: str
    user: tuple[str, ...]
    """Text and slot names in turns, starting and ending with text."""
    again: str = ""
    answer: str = ""

    @property
    def takes_any_scale(self) -> bool:
        """Whether it says which answers are allowed."""
        return "answer_form" in self.user[1::2]

    @property
    def takes_several(self) -> bool:
        """Whether it asks several criteria in one call."""
        return "criteria" in self.user[1::2]

    def digest(self) -> str:
        """A hash of the template's text, whatever it is called."""
        return sha256(msgspec.json.encode([self.system, self.user, self.again, self.answer])).hexdigest()

    def filled(self, request: JudgeRequest) -> tuple[str, ...]:
        """The user section with all but the open slots filled: text and open slots in turns."""
        pieces = [self.user[0]]
        for slot, text in zip(self.user[1::2], self.user[2::2], strict=True):
            if slot in OPEN:
                pieces += slot, text
            else:
                pieces[-1] += _FILL[slot](request) + text
        return tuple(pieces)


class Closing(msgspec.Struct, frozen=True):
    """How the requests about one criterion end, whatever response they are about."""

    criterion: Criterion
    template: Template
    after: tuple[str, ...]
    """Open slots and texts it was made of; a template that puts the response behind the criterion has others each
    time."""
    rest: bytes


class Templates(msgspec.Struct, frozen=True, kw_only=True):
    """The templates of a judge, chosen by what a criterion asks."""

    plain: Template
    """For "met or not"."""
    graded: Template | None = None
    """For other scales, and where a quote is wanted."""
    several: Template | None = None
    """For several criteria in one call."""
    letters: bool = False
    """Whether the answer is one token (yes, no, a letter) and not a JSON object."""
    closings: dict[tuple[int, int], Closing] = msgspec.field(default_factory=dict)
    """By identity of the criterion and vote: a group of responses to one prompt shares them."""

    def of(self, criterion: Criterion) -> Template:
        """The template that asks a criterion; ``askable.py`` has seen that there is one."""
        return self.plain if asking.is_plain(criterion) or self.graded is None else self.graded

    def digests(self) -> list[str]:
        """Hashes of all the text."""
        return [template.digest() for template in (self.plain, self.graded, self.several) if template]

    def bind(self, request: JudgeRequest) -> "BoundPrompt":
        """Fill in all but the criterion.

        Raises:
            JudgeConfigError: A message of the request has an unknown role or no text.
        """
        return BoundPrompt(self, request)


class BoundPrompt:
    """Templates filled with one request: only the criterion is open."""

    def __init__(self, templates: Templates, request: JudgeRequest) -> None:
        self.request = request
        self._templates = templates
        self._fill: dict[str, Callable[[Criterion], str]] = {
            "criterion": asking.criterion_text,
            "points_criterion": asking.pointed_criterion_text,
            "answer_form": asking.letter_form if templates.letters else asking.answer_form,
        }
        self._begun: dict[tuple[KeyShare, str], tuple[Beginning, tuple[str, ...]]] = {}

    def messages(self, criterion: Criterion, vote: int = 0) -> ChatMessages:
        """The chat messages for one criterion; see ``messages_of``."""
        return self.messages_of((criterion,), vote)

    def messages_of(self, criteria: Sequence[Criterion], vote: int = 0) -> ChatMessages:
        """The chat messages of one call; from the second vote on with the reminder of the reply's form."""
        template, (start, *rest) = self._of(criteria)
        user = start + self._closing(template, rest, criteria, vote)
        turns = {"system": template.system, "user": user, "assistant": template.answer}
        return [{"role": role, "content": content} for role, content in turns.items() if content]

    def key(self, share: KeyShare, criteria: Sequence[Criterion], vote: int = 0) -> bytes:
        """The ``request_key`` of ``messages_of``."""
        beginning, rest = self._asked(share, criteria, vote)
        return beginning.key(rest)

    def asked(self, share: KeyShare, criteria: Sequence[Criterion], vote: int = 0) -> Asked:
        """The bytes that ``key`` is the hash of."""
        beginning, rest = self._asked(share, criteria, vote)
        return Asked(beginning.start, rest)

    def sheet_key(self, share: KeyShare, criteria: Sequence[Criterion]) -> bytes:
        """One key for plain criteria each of which is asked alone: of all that their ``key``s are hashed from."""
        template = self._templates.plain
        begun = self._begun.get((share, template.name))
        beginning, after = begun or self._begin(share, template, self._plain)
        texts = [list(map(self._fill[slot], criteria)) for slot in after[::2]]
        return beginning.sheet_key((after, template.answer, texts))

    def _begin(
        self, share: KeyShare, template: Template, filled: tuple[str, ...]
    ) -> tuple[Beginning, tuple[str, ...]]:
        begun = share.begin(template.system, filled[0]), filled[1:]
        self._begun[share, template.name] = begun
        return begun

    def _asked(self, share: KeyShare, criteria: Sequence[Criterion], vote: int) -> tuple[Beginning, bytes]:
        known = self._known_closing(criteria[0], vote) if len(criteria) == 1 else None
        template = known.template if known else self._of(criteria)[0]
        begun = self._begun.get((share, template.name))
        beginning, after = begun or self._begin(share, template, self._of(criteria)[1])
        if known is not None and known.after == after:
            return beginning, known.rest
        return beginning, request_rest(self._closing(template, after, criteria, vote), template.answer, vote)

    def _known_closing(self, criterion: Criterion, vote: int) -> Closing:
        closings = self._templates.closings
        known = closings.get((id(criterion), vote))
        if known is None or known.criterion is not criterion:
            template, pieces = self._of((criterion,))
            if len(closings) >= _MOST_CLOSINGS:
                closings.clear()
            user = self._closing(template, pieces[1:], (criterion,), vote)
            rest = request_rest(user, template.answer, vote)
            known = closings[id(criterion), vote] = Closing(criterion, template, pieces[1:], rest)
        return known

    def _of(self, criteria: Sequence[Criterion]) -> tuple[Template, tuple[str, ...]]:
        """The template that asks these criteria, and its user section, filled but for them."""
        if len(criteria) > 1:
            assert self._templates.several is not None
            return self._templates.several, self._several
        template = self._templates.of(criteria[0])
        return template, self._plain if template is self._templates.plain else self._graded

    def _closing(
        self, template: Template, after: Sequence[str], criteria: Sequence[Criterion], vote: int
    ) -> str:
        """The user's message from the first open slot on."""
        closing = ""
        for slot, text in zip(after[::2], after[1::2], strict=True):
            filled = asking.sheet_text(criteria) if slot == "criteria" else self._fill[slot](criteria[0])
            closing += filled + text
        return f"{closing}\n\n{template.again}" if vote and template.again else closing

    @cached_property
    def _plain(self) -> tuple[str, ...]:
        return self._templates.plain.filled(self.request)

    @cached_property
    def _graded(self) -> tuple[str, ...]:
        assert self._templates.graded is not None
        return self._templates.graded.filled(self.request)

    @cached_property
    def _several(self) -> tuple[str, ...]:
        assert self._templates.several is not None
        return self._templates.several.filled(self.request)


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
    if all(slot in text for slot in _OFFICIAL) and "## user" not in text:
        return _official(text, name)
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


def _official(text: str, name: str) -> Template:
    """A template in the form of HealthBench's own: its text is the user's message.

    Raises:
        JudgeConfigError: A slot occurs twice, or the criterion stands before the conversation.
    """
    start, *rest = text.strip().split(_OFFICIAL[0])
    middle, *end = rest[0].split(_OFFICIAL[1])
    if len(rest) > 1 or len(end) != 1:
        raise JudgeConfigError(f"{name}: should hold {' and then '.join(_OFFICIAL)}, each once")
    return Template(
        name=name,
        system=_OFFICIAL_SYSTEM,
        user=(start, "transcript", middle, "points_criterion", end[0]),
    )


def _check_slots(found: Sequence[str], name: str) -> None:
    known = (*_FILL, *OPEN)
    for slot in found:
        if slot not in known:
            raise JudgeConfigError(
                f"{name}: unknown slot {{{{{slot}}}}}; slots are {', '.join(known)}{hint(slot, known)}"
            )
    for slot in () if "transcript" in found else ("conversation", "response"):
        if slot not in found and f"bare_{slot}" not in found:
            raise JudgeConfigError(f"{name}: slot {{{{{slot}}}}} is missing from section '## user'")
    asks = [slot for slot in found if slot in ASKS]
    if not asks:
        raise JudgeConfigError(f"{name}: slot {{{{criterion}}}} is missing from section '## user'")
    if len(set(asks)) > 1 or asks.count("criteria") > 1 or ("criteria" in asks and "answer_form" in found):
        raise JudgeConfigError(
            f"{name}: section '## user' takes one of {', '.join(ASKS)}; criteria only once and without answer_form"
        )
