"""From a declaration to what runs: which judge, which template, which store. Heavy parts are imported on use."""

import asyncio
from typing import Final

from rvpo.judges.config import JudgeConfig
from rvpo.judges.embedded_model import cache_dir
from rvpo.judges.endpoint import EndpointJudge
from rvpo.judges.prompts import Template, load_template
from rvpo.judges.protocol import Judge
from rvpo.judges.scripted import ScriptedJudge
from rvpo.judges.store import Store

TEMPLATES: Final = {"embedded": "yes_no_v1"}
DEFAULT_TEMPLATE: Final = "per_criterion_v1"


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


def open_template(config: JudgeConfig) -> Template:
    """Read the declared template, or the judge's own.

    Raises:
        JudgeConfigError: It cannot be read, or its slots are wrong.
    """
    return load_template(config.template or TEMPLATES.get(config.judge, DEFAULT_TEMPLATE))


async def open_store(config: JudgeConfig) -> Store:
    """Open the declared store, or the one in the user's cache directory.

    Raises:
        StoreError: It cannot be opened.
    """
    path = ":memory:" if config.judge == "rules" else config.store or str(cache_dir() / "judge.sqlite")
    return await asyncio.to_thread(Store.open, path)
