"""``rvpo rubric new``: a rubric to start from, and beside it the schema by which editors complete and check."""

import re
from pathlib import Path
from unicodedata import combining, normalize

import click

_SUFFIXES = {".yaml", ".yml"}
_STARTER = "my_rubric"


@click.command("new")
@click.argument("name", required=False)
@click.option(
    "--out", metavar="FILE", type=click.Path(path_type=Path), help="Where to; NAME.yaml if left out."
)
@click.option("--from", "source", metavar="library:NAME", help="Start from a rubric that ships with rvpo.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
def command(name: str | None, *, out: Path | None, source: str | None, force: bool) -> None:
    """Write a starter rubric to edit; its comments explain it."""
    from rvpo.harness.commands.rubric.schema import put
    from rvpo.harness.errors import HarnessError
    from rvpo.rubrics.load import parse_rubric
    from rvpo.rubrics.reference.json_schema import SCHEMA_FILE, schema_text

    if name and out is None and Path(name).suffix in _SUFFIXES:
        out, name = Path(name), None
    name = name or (out.stem if out else _STARTER)
    path = out or Path(f"{name}.yaml")
    text = _starter(_identifier(name), path) if source is None else _copy(source, _identifier(name))
    parse_rubric(text, str(path))
    click.echo(
        f"wrote {path}" if put(path, text, force=force) else f"{path} is there already, as written now"
    )
    schema = path.parent / SCHEMA_FILE
    try:
        if put(schema, schema_text(), force=False):
            click.echo(f"wrote {schema}, by which editors complete and check")
    except HarnessError:
        click.echo(f"{schema} is of another version; rvpo rubric schema --out {schema} --force renews it")
    click.echo(f"next:  rvpo rubric lint {path}")


def _identifier(name: str) -> str:
    """Check a rubric's id before it is written anywhere."""
    from rvpo.harness.errors import HarnessError
    from rvpo.rubrics.wording import printable, shown

    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.:\-]{0,119}", name, re.ASCII):
        return name
    plain = "".join(each for each in normalize("NFKD", name) if not combining(each))
    like = re.sub(r"[^A-Za-z0-9_.\-]+", "_", plain).strip("_.-")[:120]
    hint = f"; did you mean {like}?" if like else ""
    text = f"{shown(name)} cannot name a rubric; allowed: letters, digits and _ . : - after the first{hint}"
    raise HarnessError(printable(text))


def _starter(name: str, path: Path) -> str:
    from importlib.resources import files

    text = files("rvpo.harness").joinpath("data", "starter_rubric.yaml").read_text(encoding="utf-8")
    return text.replace(f"id: {_STARTER}\n", f"id: {name}\n").replace(f"{_STARTER}.yaml", str(path))


def _copy(source: str, name: str) -> str:
    """The text of a library rubric, comments and all, under another id and with word of where it is from."""
    from rvpo.rubrics.compose.sources import LIBRARY, library_text
    from rvpo.rubrics.reference.json_schema import SCHEMA_FILE

    original = source.removeprefix(LIBRARY)
    text = re.sub(r"(?m)^# yaml-language-server:.*\n", "", library_text(original))
    text = re.sub(rf"(?m)^id: {re.escape(original)}$", f"id: {name}", text)
    text = re.sub(
        r"""(?m)^provenance: (?=[^>|"'])(.+)$""", rf"provenance: adapted from {LIBRARY}{original}, \1", text
    )
    return f"# yaml-language-server: $schema={SCHEMA_FILE}\n{text}"
