"""``rvpo judge cache``: look at, check, thin out, write out and join stores of replies."""

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    from rvpo.judges.storage.census import StoreCheck, StoreStats

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604_800}


def _store_option(function: Decorated) -> Decorated:
    return click.option("--store", help="The store's file [default: the one in the user's cache directory].")(
        function
    )


def _json_option(function: Decorated) -> Decorated:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)


def _seconds(_ctx: click.Context, _param: click.Parameter, value: str | None) -> float | None:
    """A length of time: a number with s, m, h, d or w behind it."""
    if value is None:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhdw])", value)
    if found is None:
        raise click.BadParameter(f"{value!r} is no length of time such as 30d, 12h or 90m")
    return float(found[1]) * _SECONDS[found[2]]


@click.group("judge cache")
def command() -> None:
    """Look after the store of a judge's replies."""


@command.command("stats")
@_store_option
@_json_option
def stats(*, store: str | None, as_json: bool) -> None:
    """Count replies, tokens and money, by judge and status."""
    from rvpo.judges.storage.census import store_stats

    found = store_stats(store or _default_store())
    if as_json:
        _echo_json(found, tokens=found.tokens, usd=found.usd)
    else:
        click.echo(_stats_text(found))


@command.command("verify")
@_store_option
@_json_option
def verify(*, store: str | None, as_json: bool) -> int:
    """Check every row; exit with 1 if one is wrong."""
    from rvpo.judges.storage.census import verify_store

    found = verify_store(store or _default_store())
    if as_json:
        _echo_json(found, sound=found.sound)
    else:
        click.echo(_check_text(found))
    return int(not found.sound)


@command.command("prune")
@_store_option
@click.option("--older-than", callback=_seconds, help="Age that a reply has at least: 30d, 12h, 90m.")
@click.option("--judge", help="Text that the judge's name holds.")
@click.option("--status", help="Status, as stats shows it.")
@click.option("--yes", is_flag=True, help="Remove them; without it they are only counted.")
@_json_option
def prune(
    *,
    store: str | None,
    older_than: float | None,
    judge: str | None,
    status: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Remove the replies that all given conditions hold for."""
    from rvpo.judges.storage.upkeep import prune_store

    if older_than is None and judge is None and status is None:
        raise click.UsageError("say what to remove: --older-than, --judge or --status")
    path = store or _default_store()
    found = prune_store(path, older_than_s=older_than, judge=judge, status=status, dry_run=not yes)
    if as_json:
        _echo_json(found)
    else:
        said = "removed" if found.done else "would be removed (--yes removes them)"
        click.echo(f"{path}: {found.replies} replies {said}, {found.left} left")


@command.command("export")
@_store_option
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File [default: the screen].")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
def export(*, store: str | None, out: Path | None, force: bool) -> None:
    """Write requests and replies as JSON lines."""
    from rvpo.judges.storage.upkeep import export_store

    if out is not None and out.exists() and not force:
        raise click.ClickException(f"{out} is there already; --force replaces it")
    lines = export_store(store or _default_store())
    if out is None:
        for line in lines:
            click.echo(line, nl=False)
        return
    temporary = out.with_name(f".{out.name}.{os.getpid()}")
    count = 0
    try:
        with temporary.open("wb") as file:
            for count, line in enumerate(lines, 1):  # noqa: B007 - told below
                file.write(line)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)
    click.echo(f"{out}: {count} replies")


@command.command("merge")
@click.argument("other")
@_store_option
@_json_option
def merge(*, other: str, store: str | None, as_json: bool) -> None:
    """Take the replies of OTHER into the store; where both have a good one, the store's own stays."""
    from rvpo.judges.storage.upkeep import merge_store

    found = merge_store(store or _default_store(), other)
    if as_json:
        _echo_json(found)
    else:
        click.echo(f"{found.path}: {found.added} of {found.read} replies of {other} added")


def _default_store() -> str:
    from rvpo.judges.opening import default_store

    return default_store()


def _echo_json(record: Any, **more: Any) -> None:
    import msgspec

    click.echo(msgspec.json.encode(msgspec.to_builtins(record) | more).decode())


def _stats_text(found: "StoreStats") -> str:
    price = "an unknown price" if found.usd is None else f"{found.usd:.4f} USD"
    tokens = "an unknown number of" if found.tokens is None else found.tokens
    lines = [
        f"{found.path}: {found.replies} replies, {found.requests} with their request, {found.bytes} bytes",
        f"asking them again would take {tokens} tokens, {price}",
    ]
    for share in found.shares:
        day = time.strftime("%Y-%m-%d", time.gmtime(share.newest))
        lines.append(f"  {share.judge}: {share.replies} {share.status}, last on {day}")
    return "\n".join(lines)


def _check_text(found: "StoreCheck") -> str:
    counts = {
        "unreadable": found.unreadable,
        "requests that do not fit their key": found.wrong_requests,
        "readings that are not what is read today": found.wrong_readings,
        "sheets that are not what their replies say": found.wrong_sheets,
    }
    wrong = [f"{count} {what}" for what, count in counts.items() if count]
    if found.integrity != "ok":
        wrong.insert(0, found.integrity)
    verdict = "; ".join(wrong) or "sound"
    return f"{found.path}: {found.replies} replies, {verdict} ({found.older_readings} to be read anew)"
