"""From a declaration to what runs: which judge, which template, which store. Heavy parts are imported on use."""

import asyncio
from typing import Final

from rvpo.judges.config import JudgeConfig
from rvpo.judges.embedded_model import cache_dir
from rvpo.judges.endpoint import EndpointJudge
from rvpo.judges.prompts import Templates, load_template
from rvpo.judges.protocol import Judge
from rvpo.judges.scripted import ScriptedJudge
from rvpo.judges.store import Store

EMBEDDED_TEMPLATES: Final = ("yes_no_v1", "options_v1")
DEFAULT_TEMPLATES: Final = ("per_criterion_v1", "graded_v1")
"""For plain criteria, and for all others."""


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


def open_templates(config: JudgeConfig) -> Templates:
    """Read the declared template, or the judge's own.

    Raises:
        JudgeConfigError: It cannot be read, or its slots are wrong.
    """
    letters = config.judge == "embedded"
    if config.template is None:
        plain, graded = map(load_template, EMBEDDED_TEMPLATES if letters else DEFAULT_TEMPLATES)
        return Templates(plain=plain, graded=graded, letters=letters)
    own = load_template(config.template)
    return Templates(plain=own, graded=own if own.takes_any_scale else None, letters=letters)


async def open_store(config: JudgeConfig) -> Store:
    """Open the declared store, or the one in the user's cache directory.

    Raises:
        StoreError: It cannot be opened.
    """
    path = ":memory:" if config.judge == "rules" else config.store or str(cache_dir() / "judge.sqlite")
    return await asyncio.to_thread(Store.open, path)
