"""From a declaration to what runs: which judge, which template, which store. Heavy parts are imported on use."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Final

from rvpo.judges.config import JudgeConfig
from rvpo.judges.embedded_model import cache_dir
from rvpo.judges.endpoint import EndpointJudge
from rvpo.judges.errors import JudgeConfigError
from rvpo.judges.panel import Seat
from rvpo.judges.prompts import Template, Templates, load_template
from rvpo.judges.protocol import Judge
from rvpo.judges.scripted import ScriptedJudge
from rvpo.judges.storage.file import MEMORY
from rvpo.judges.storage.records import ReplyStore
from rvpo.judges.store import Store

EMBEDDED_TEMPLATES: Final = ("yes_no_v1", "options_v1")
DEFAULT_TEMPLATES: Final = ("per_criterion_v1", "graded_v1")
"""For plain criteria, and for all others."""
SEVERAL_TEMPLATE: Final = "criteria_v1"
REDIS: Final = ("redis://", "rediss://")


async def open_judge(config: JudgeConfig) -> Judge:
    """Make the declared judge, ready to be asked.

    Raises:
        JudgeConfigError: The key's variable is not set, or the model cannot be used.
    """
    if config.judge in {"scripted", "rules"}:
        return ScriptedJudge(config)
    if config.judge == "embedded":
        from rvpo.judges.embedded import EmbeddedJudge

        return await asyncio.to_thread(EmbeddedJudge, config)
    return EndpointJudge(config)


async def open_seats(
    config: JudgeConfig, stack: AsyncExitStack, around: Callable[[Judge], Judge] | None
) -> list[Seat]:
    """Open every judge of a declaration whose members are read, in the order of ``seat_panel``.

    Args:
        config: The declaration.
        stack: Closes them.
        around: See ``JudgeService.open``.

    Raises:
        JudgeConfigError: See ``open_judge`` and ``open_templates``; or something is wanted around several judges.
    """
    named = [*(config.judges or (config,)), *((config.escalate.to,) if config.escalate else ())]
    declared = [each for each in named if isinstance(each, JudgeConfig)]
    if around is not None and len(declared) > 1:
        raise JudgeConfigError(
            "a budget, an estimate or a batch is for one judge: use the file of one of the judges, without escalate"
        )
    seats: list[Seat] = []
    for each in declared:
        settled = await settle_structure(each.model_copy(update={"allow_python": config.allow_python}))
        templates = open_templates(settled)
        judge = await open_judge(settled)
        stack.push_async_callback(judge.close)
        seats.append(Seat(settled, templates, around(judge) if around else judge))
    return seats


async def settle_structure(config: JudgeConfig) -> JudgeConfig:
    """The declaration with ``structured: auto`` replaced by the strictest form that the endpoint takes.

    Raises:
        JudgeConfigError: The endpoint gives no answer.
    """
    if config.structured != "auto":
        return config
    for structure in ("json_schema", "json_object"):
        settled = config.model_copy(update={"structured": structure})
        judge = EndpointJudge(settled)
        try:
            if await judge.takes_structure():
                return settled
        finally:
            await judge.close()
    return config.model_copy(update={"structured": "text"})


def open_templates(config: JudgeConfig) -> Templates:
    """Read the declared template, or the judge's own.

    Raises:
        JudgeConfigError: It cannot be read, or its slots are wrong.
    """
    if config.judge == "ensemble":
        raise JudgeConfigError("judge: ensemble has no prompts of its own: use the file of one of its judges")
    letters = config.judge == "embedded"
    several = None
    if not letters and config.mode != "per-criterion":
        several = _load(config.criteria_template or SEVERAL_TEMPLATE, "criteria_template", several=True)
    if config.template is None:
        plain, graded = map(load_template, EMBEDDED_TEMPLATES if letters else DEFAULT_TEMPLATES)
        return Templates(plain=plain, graded=graded, several=several, letters=letters)
    own = _load(config.template, "template")
    return Templates(plain=own, graded=own if own.takes_any_scale else None, several=several, letters=letters)


def _load(name: str, field: str, *, several: bool = False) -> Template:
    template = load_template(name)
    if template.takes_several != several:
        wanted, found = ("criteria", "criterion") if several else ("criterion", "criteria")
        raise JudgeConfigError(f"{name}: {field} needs the slot {{{{{wanted}}}}}, not {{{{{found}}}}}")
    return template


async def open_store(config: JudgeConfig) -> ReplyStore:
    """Open the declared store, or the one in the user's cache directory.

    Raises:
        StoreError: It cannot be opened.
    """
    if config.store is not None and config.store.startswith(REDIS):
        from rvpo.judges.storage.redis_store import RedisStore

        return await RedisStore.open(config.store)
    path = MEMORY if config.judge == "rules" else config.store or default_store()
    return await asyncio.to_thread(Store.open, path)


def default_store() -> str:
    """The store of a judge file that names none."""
    return str(cache_dir() / "judge.sqlite")
