"""What a judge file (``judge.yaml``) may say. Closed: an unknown key is refused with the nearest known one.

Paths (``store``, ``template``, an embedded judge's ``model``) are relative to where the command runs, like every
path on its command line. Keys never stand in the file: ``api_key_env`` names the variable that holds one.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, JsonValue, field_validator, model_validator

from rvpo.judges.errors import JudgeConfigError
from rvpo.judges.limits.settings import Adaptive, Breaking, Hedging, Limits
from rvpo.judges.records import Status
from rvpo.rubrics import RubricError
from rvpo.rubrics.schema import Record
from rvpo.rubrics.schema.base import Flag, Number, Share, Text

JudgeKind = Literal[
    "openai-compatible", "openai", "litellm", "service", "embedded", "scripted", "rules", "ensemble"
]  # fmt: skip

JudgeMode = Literal["per-criterion", "k-criteria", "whole-rubric"]

OPENAI_URL: Final = "https://api.openai.com/v1"
OPENAI_KEY: Final = "OPENAI_API_KEY"

Count = Annotated[int, Field(strict=True, ge=1)]
Said = bool | Number | Text | Mapping[Text, JsonValue]
Positive = Annotated[Number, Field(gt=0)]
Seconds = Positive

_REMOTE: Final = ("openai-compatible", "openai", "litellm")
_ONLY_FOR: Final[Mapping[str, tuple[str, ...]]] = {
    "base_url": (*_REMOTE, "service"),
    "api_key_env": (*_REMOTE, "service"),
    "extra_body": _REMOTE,
    "structured": _REMOTE,
    "votes": (*_REMOTE, "scripted"),
    "criteria_template": (*_REMOTE, "scripted"),
    "adaptive": _REMOTE,
    "rpm": _REMOTE,
    "tpm": _REMOTE,
    "breaker": _REMOTE,
    "hedge": _REMOTE,
    "leader_first": _REMOTE,
    "replies": ("scripted",),
    "score": (*_REMOTE, "embedded"),
    "min_mass": (*_REMOTE, "embedded"),
    "calibration": (*_REMOTE, "embedded"),
    "batch_size": ("embedded",),
    "max_prompt_tokens": ("embedded",),
    "judges": ("ensemble",),
    "combine": ("ensemble",),
    "escalate": (*_REMOTE, "embedded", "scripted", "ensemble"),
}

_OF_A_SERVICE: Final = frozenset({"judge", "base_url", "api_key_env", "timeout_s", "max_attempts"})
"""All that ``judge: service`` may say: the rest is said where the service runs."""
_OF_AN_ENSEMBLE: Final = frozenset(
    {"judge", "judges", "combine", "escalate", "store", "deadline_s", "allow_python"}
)
"""All that ``judge: ensemble`` may say: the rest is said by its judges."""


class ScriptedReply(Record):
    """What a scripted judge says where it applies: the first of the list that fits is taken."""

    criterion: Text | None = None
    """Id of the criterion; left out, any."""
    contains: Text | None = None
    """Text that the judged response holds; left out, any."""
    say: Annotated[tuple[Said, ...], Field(min_length=1)] | None = None
    """One reply for each vote, the last one repeated. For a clean verdict: true or false, a number, a label of the
    criterion, or a mapping of the verdict's own keys (``{answer: full, evidence: "the words"}``). Any other text is
    the raw reply."""
    fail: Status | None = None
    """Instead of a reply: the status that the call fails with."""

    @model_validator(mode="after")
    def _says_or_fails(self) -> Self:
        if (self.say is None) == (self.fail is None):
            raise ValueError("give exactly one of say and fail")
        if self.fail in {"ok", "not_applicable"}:
            raise ValueError(f"fail cannot be {self.fail}, which is no failure")
        return self


class Escalation(Record):
    """Which verdicts are asked of another judge too, whose verdict then stands."""

    to: "JudgeConfig | Text"
    """The stronger judge, or its judge file."""
    between: tuple[Share, Share] = (0.2, 0.8)
    """A score or ``p_met`` strictly between these is uncertain."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.between[0] >= self.between[1]:
            raise ValueError(f"between {list(self.between)}: the first must be less than the second")
        return self


class JudgeConfig(Record):
    """A judge, as declared."""

    judge: JudgeKind
    """``rules`` is no model at all: a rubric with an ``llm`` criterion is then refused."""
    model: str = ""
    """Name at the endpoint; for ``embedded`` a transformers folder (empty: the model that comes with rvpo)."""
    base_url: str | None = None
    api_key_env: Text | None = None
    """Name of the environment variable with the key."""
    mode: JudgeMode | None = None
    """How many criteria one call asks; left out, as the rubric's ``judge.mode`` says, else one."""
    votes: Count = 1
    """Times that each question is asked, independently; the score is the mean."""
    criteria_per_call: Count = 8
    """Most criteria of a call of mode ``k-criteria``."""
    shuffle_criteria: Flag = True
    """Whether a call with several criteria has them in an order drawn for each response."""
    concurrency: Count = 64
    """Requests in flight at once, exactly, whatever the number of callers."""
    adaptive: Adaptive | None = None
    """Let the number in flight follow what the endpoint bears, up to ``concurrency``; ``{}`` for the usual bounds."""
    rpm: Positive | None = None
    """Most requests a minute."""
    tpm: Positive | None = None
    """Most tokens a minute, of prompts and replies."""
    breaker: Breaking | None = None
    """When to stop sending to an endpoint that is down; ``{}`` for the usual patience."""
    hedge: Hedging | None = None
    """When to send a second request beside a slow one; ``{}`` for the usual share."""
    leader_first: bool | Literal["auto"] = "auto"
    """Ask one question of each response ahead of its others, so that these find the response in the provider's
    prefix cache; costs one latency a response. ``auto``: where their requests begin with the same 2 048 tokens or more
    (four bytes each)."""
    timeout_s: Seconds = 60.0
    """Of one attempt."""
    max_attempts: Count = 5
    """Of one call, the first included."""
    deadline_s: Seconds | None = None
    """Of one ``judge`` call: what is not in by then comes back as a hole with status ``timeout``."""
    store: Text | None = None
    """SQLite file with the replies, or ``redis://host:port/number`` for several machines; ``:memory:`` forgets; left
    out, a file in the user's cache directory."""
    temperature: Annotated[Number, Field(ge=0)] | None = 0.0
    """``null`` leaves it to the endpoint (some models refuse any)."""
    max_tokens: Count | None = 1024
    seed: Annotated[int, Field(strict=True)] | None = None
    structured: Literal["auto", "json_schema", "json_object", "text"] = "text"
    """What a request says of the form of its reply; ``auto``: the strictest that the endpoint takes, tried on opening."""
    extra_body: Mapping[str, JsonValue] = Field(default_factory=dict)
    """Further fields of the request, as the endpoint knows them."""
    template: Text | None = None
    """A prompt template: the name of a shipped one or the path of a file; left out, the judge's own."""
    criteria_template: Text | None = None
    """The same, for calls with several criteria."""
    allow_python: Flag = False
    """Whether rules of kind ``python`` may run: they are code of the rubric's author, not of the judge."""
    replies: tuple[ScriptedReply, ...] = ()
    score: Literal["verdict", "probability"] | None = None
    """Left out, an endpoint's is the verdict and an embedded judge's the probability.

    Of an endpoint: ``probability`` asks for ``logprobs`` with every met/not-met criterion that has a call to itself;
    ``p_met`` is then its score. All else keeps its verdict.
    Of an embedded judge: ``p_met`` itself, or 1 or 0 by ``p_met >= 0.5``. ``p_met`` is kept either way.

    The model that comes with rvpo puts nearly every ``p_met`` between 0.25 and 0.5: hardly a verdict would be 1."""
    min_mass: Share = 0.5
    """Least probability that yes and no (an endpoint's true and false) must hold together, else ``uncertain``."""
    calibration: Text | None = None
    """A file of ``calibration.py`` that says what each ``p_met`` is worth; the raw one stays in the stored reply."""
    batch_size: Count = 16
    max_prompt_tokens: Count | None = None
    """Of an embedded judge: longer prompts are ``context_length``; left out, what the model was made for."""
    judges: Annotated[tuple["JudgeConfig | Text", ...], Field(min_length=2, max_length=7)] = ()
    """Of an ensemble: its judges, or their judge files; their ``store``, ``deadline_s`` and ``allow_python`` are the
    ensemble's."""
    combine: Literal["majority", "mean"] = "majority"
    """Of an ensemble: what more than half of its judges say, or the mean of their scores."""
    escalate: Escalation | None = None

    @field_validator("base_url")
    @classmethod
    def _plain_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{value!r} is not an http:// or https:// address")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError(
                "takes no user, password, query or fragment: name the key's variable in api_key_env"
            )
        return value.rstrip("/")

    @field_validator("leader_first", mode="before")
    @classmethod
    def _true_false_or_auto(cls, value: Any) -> Any:
        if not isinstance(value, bool) and value != "auto":
            raise ValueError("allowed are true, false and auto")
        return value

    @field_validator("extra_body")
    @classmethod
    def _leaves_our_fields_alone(cls, value: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
        if taken := sorted({"model", "messages", "stream", "n"} & set(value)):
            raise ValueError(f"{taken[0]} cannot be set here: the judge sets it")
        return value

    @model_validator(mode="after")
    def _says_nothing_for_others(self) -> Self:
        if self.judge == "service" and (beyond := sorted(self.model_fields_set - _OF_A_SERVICE)):
            raise ValueError(f"{beyond[0]} is said where the service runs, not for judge: service")
        if self.judge == "ensemble" and (beyond := sorted(self.model_fields_set - _OF_AN_ENSEMBLE)):
            raise ValueError(f"{beyond[0]} is said by each of the judges, not by judge: ensemble")
        if self.judge in _REMOTE and self.score != "probability":
            for field in ("min_mass", "calibration"):
                if field in self.model_fields_set:
                    raise ValueError(f"{field} at an endpoint needs score: probability")
        return self

    @model_validator(mode="after")
    def _fields_fit_the_judge(self) -> Self:
        for field, judges in _ONLY_FOR.items():
            if field in self.model_fields_set and self.judge not in judges:
                raise ValueError(f"{field} is for {' and '.join(judges)}, not for judge: {self.judge}")
        if self.judge == "embedded" and self.mode not in {None, "per-criterion"}:
            raise ValueError(
                f"mode {self.mode} is for judges that write; judge: embedded answers one criterion a call"
            )
        if self.structured != "text" and "response_format" in self.extra_body:
            raise ValueError("response_format stands in extra_body: leave it out or structured")
        if self.votes > 1 and self.temperature == 0 and self.judge != "scripted":
            raise ValueError(
                f"votes: {self.votes} needs a temperature above 0 (or null): at 0 all votes are one"
            )
        needed = {
            "openai-compatible": ("base_url", "model"),
            "openai": ("model",),
            "litellm": ("model",),
            "service": ("base_url",),
            "scripted": ("replies",),
            "ensemble": ("judges",),
        }
        for field in needed.get(self.judge, ()):
            if not getattr(self, field):
                raise ValueError(f"judge: {self.judge} needs {field}")
        return self

    @property
    def several(self) -> bool:
        """Whether more than one judge may answer; tokens of one are then not priced like another's."""
        return self.judge == "ensemble" or self.escalate is not None

    @property
    def endpoint(self) -> str:
        """Address that requests go to, or empty where none do."""
        return self.base_url or (OPENAI_URL if self.judge == "openai" else "")

    def api_key(self) -> str | None:
        """The key from the named environment variable, ``None`` when none is named.

        Raises:
            JudgeConfigError: The variable is not set.
        """
        name = self.api_key_env or (OPENAI_KEY if self.judge == "openai" else None)
        if name is None:
            return None
        key = os.environ.get(name, "").strip()
        if not key:
            raise JudgeConfigError(
                f"environment variable {name} (api_key_env of judge {self.model!r}) is not set"
            )
        return key

    def limits(self) -> Limits:
        """How calls to the endpoint are held back and repeated."""
        return Limits(
            concurrency=self.concurrency,
            timeout_s=self.timeout_s,
            max_attempts=self.max_attempts,
            adaptive=self.adaptive,
            rpm=self.rpm,
            tpm=self.tpm,
            breaker=self.breaker,
            hedge=self.hedge,
        )

    def sampling(self) -> dict[str, Any]:
        """The fields of a request beside model and messages, in a fixed order."""
        named = {"temperature": self.temperature, "max_tokens": self.max_tokens, "seed": self.seed}
        return {name: value for name, value in named.items() if value is not None} | dict(self.extra_body)


def load_judge_config(path: Path | str) -> JudgeConfig:
    """Read a judge file.

    Raises:
        JudgeConfigError: The file cannot be read or says something wrong; one line with file and place.
    """
    from rvpo.rubrics.reading.source import load_record

    try:
        return load_record(Path(path), JudgeConfig)
    except RubricError as wrong:
        raise JudgeConfigError(str(wrong)) from wrong


def with_members(config: JudgeConfig) -> JudgeConfig:
    """The declaration with every judge file that it names read.

    Raises:
        JudgeConfigError: Such a file cannot be read, or its judge cannot stand there.
    """
    found: dict[str, Any] = {}
    if config.judges:
        found["judges"] = tuple(_member(each, "judges") for each in config.judges)
    if config.escalate:
        to = _member(config.escalate.to, "escalate.to")
        found["escalate"] = config.escalate.model_copy(update={"to": to})
    return config.model_copy(update=found) if found else config


def _member(source: JudgeConfig | str, field: str) -> JudgeConfig:
    member = source if isinstance(source, JudgeConfig) else load_judge_config(source)
    what = "escalate" if member.escalate else f"judge: {member.judge}"
    if member.escalate or member.judge in {"ensemble", "service", "rules"}:
        place = f"{source}: " if isinstance(source, str) else ""
        raise JudgeConfigError(f"{place}a judge with {what} cannot stand under {field}")
    return member
