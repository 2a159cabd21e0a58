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
from rvpo.judges.records import Status
from rvpo.rubrics import RubricError
from rvpo.rubrics.schema import Record
from rvpo.rubrics.schema.base import Flag, Number, Text

JudgeKind = Literal["openai-compatible", "openai", "embedded", "scripted", "rules"]

OPENAI_URL: Final = "https://api.openai.com/v1"
OPENAI_KEY: Final = "OPENAI_API_KEY"

Count = Annotated[int, Field(strict=True, ge=1)]
Said = bool | Number | Text | Mapping[Text, JsonValue]
Seconds = Annotated[Number, Field(gt=0)]

_ONLY_FOR: Final[Mapping[str, tuple[str, ...]]] = {
    "base_url": ("openai-compatible", "openai"),
    "api_key_env": ("openai-compatible", "openai"),
    "extra_body": ("openai-compatible", "openai"),
    "replies": ("scripted",),
    "score": ("embedded",),
    "min_mass": ("embedded",),
    "batch_size": ("embedded",),
    "max_prompt_tokens": ("embedded",),
}


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


class JudgeConfig(Record):
    """A judge, as declared."""

    judge: JudgeKind
    """``rules`` is no model at all: a rubric with an ``llm`` criterion is then refused."""
    model: str = ""
    """Name at the endpoint; for ``embedded`` a transformers folder (empty: the model that comes with rvpo)."""
    base_url: str | None = None
    api_key_env: Text | None = None
    """Name of the environment variable with the key."""
    mode: Literal["per-criterion"] = "per-criterion"
    concurrency: Count = 64
    """Requests in flight at once, exactly, whatever the number of callers."""
    timeout_s: Seconds = 60.0
    """Of one attempt."""
    max_attempts: Count = 5
    """Of one call, the first included."""
    deadline_s: Seconds | None = None
    """Of one ``judge`` call: what is not in by then comes back as a hole with status ``timeout``."""
    store: Text | None = None
    """SQLite file with the replies; ``:memory:`` forgets; left out, one in the user's cache directory."""
    temperature: Annotated[Number, Field(ge=0)] | None = 0.0
    """``null`` leaves it to the endpoint (some models refuse any)."""
    max_tokens: Count | None = 1024
    seed: Annotated[int, Field(strict=True)] | None = None
    extra_body: Mapping[str, JsonValue] = Field(default_factory=dict)
    """Further fields of the request, as the endpoint knows them."""
    template: Text | None = None
    """A prompt template: the name of a shipped one or the path of a file; left out, the judge's own."""
    allow_python: Flag = False
    """Whether rules of kind ``python`` may run: they are code of the rubric's author, not of the judge."""
    replies: tuple[ScriptedReply, ...] = ()
    score: Literal["verdict", "probability"] = "probability"
    """Of an embedded judge: ``p_met`` itself, or 1 or 0 by ``p_met >= 0.5``. ``p_met`` is kept either way.

    The model that comes with rvpo puts nearly every ``p_met`` between 0.25 and 0.5: hardly a verdict would be 1."""
    min_mass: Annotated[Number, Field(ge=0, le=1)] = 0.5
    """Of an embedded judge: least probability that yes and no must hold together, else ``uncertain``."""
    batch_size: Count = 16
    max_prompt_tokens: Count | None = None
    """Of an embedded judge: longer prompts are ``context_length``; left out, what the model was made for."""

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

    @field_validator("extra_body")
    @classmethod
    def _leaves_our_fields_alone(cls, value: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
        if taken := sorted({"model", "messages", "stream", "n"} & set(value)):
            raise ValueError(f"{taken[0]} cannot be set here: the judge sets it")
        return value

    @model_validator(mode="after")
    def _fields_fit_the_judge(self) -> Self:
        for field, judges in _ONLY_FOR.items():
            if field in self.model_fields_set and self.judge not in judges:
                raise ValueError(f"{field} is for {' and '.join(judges)}, not for judge: {self.judge}")
        needed = {"openai-compatible": ("base_url", "model"), "openai": ("model",), "scripted": ("replies",)}
        for field in needed.get(self.judge, ()):
            if not getattr(self, field):
                raise ValueError(f"judge: {self.judge} needs {field}")
        return self

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
