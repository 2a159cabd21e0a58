"""Writes an export where the user wants it, whole or not at all."""

from pathlib import Path
from typing import Literal, get_args

from rvpo.harness.errors import HarnessError
from rvpo.harness.exports.inspect_log import inspect_log
from rvpo.harness.exports.lm_eval_files import lm_eval_files
from rvpo.results import open_run
from rvpo.results.journal import write_atomically

Form = Literal["inspect", "lm-eval"]
FORMS: tuple[Form, ...] = get_args(Form)


def export_run(folder: Path | str, form: Form, out: Path | str, *, with_text: bool = False) -> list[Path]:
    """Write a run in another program's form.

    Args:
        folder: The run's.
        form: ``inspect``: one ``.eval`` log; ``lm-eval``: a samples and a results file.
        out: A folder, made if absent; of ``inspect`` it may be the log's own path, ending in ``.eval``.
        with_text: Whether prompts and answers are written; else only their hashes.

    Returns:
        The files written.

    Raises:
        HarnessError: The run has no rows.
        ResultsError: There is no run in the folder.
        OSError: A file cannot be written.
    """
    run, place = open_run(folder), Path(out)
    if not run.items:
        raise HarnessError(f"{folder}: the run has no rows yet, so there is nothing to export")
    if form == "inspect":
        name = place.name if place.suffix == ".eval" else f"{run.manifest.run_id}.eval"
        files = {name: inspect_log(run, with_text=with_text)}
        place = place.parent if place.suffix == ".eval" else place
    else:
        files = lm_eval_files(run, with_text=with_text)
    place.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write_atomically(place / name, content)
    return [place / name for name in files]
