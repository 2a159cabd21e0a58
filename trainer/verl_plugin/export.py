"""Prompt rows -> the Parquet file that verl trains on. Reads the rows, writes the file whole or not at all.

verl's columns: ``data_source``, ``prompt`` (messages), ``ability``, ``reward_model`` and ``extra_info``. How to judge a reply
travels in ``extra_info`` (``task.py``), so that no machine of a cluster needs another file. Needs pyarrow (extra ``eval``).
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rvpo.rubrics import view_of
from rvpo.rubrics.views import ViewName
from rvpo.trainer.data import PromptSet, chat, read_prompts
from rvpo.trainer.errors import TrainConfigError
from rvpo.trainer.telemetry.labels import entry_labels
from rvpo.trainer.verl_plugin.task import KEY, Task, rubric_text, write_task


def export_rows(
    data: str,
    out: Path,
    *,
    rubric: str | None = None,
    view: ViewName | None = None,
    source: str | None = None,
    split: str = "train",
) -> int:
    """Write a data file for verl.

    Args:
        data: Prompt rows, as ``rvpo train`` reads them.
        out: The Parquet file.
        rubric: A rubric file or library name, for rows that carry none.
        view: Entries of the reward vector, instead of what each rubric says.
        source: ``data_source``, under which verl logs a validation; the name of the data by default.
        split: Stands in ``extra_info``.

    Returns:
        The number of rows.

    Raises:
        TrainConfigError: A row without a rubric, or ``out`` is no Parquet file.
        RubricError: The data or the rubric cannot be read, or a row lacks what its rubric asks for; one line.
        ModuleNotFoundError: pyarrow is not installed.
    """
    if out.suffix != ".parquet":
        raise TrainConfigError(f"{out}: verl knows its files by their suffix, which should be .parquet")
    import pyarrow as pa
    import pyarrow.parquet as pq

    prompts = read_prompts(data, rubric)
    rows = list(_rows(prompts, view, source or Path(data).stem, split))
    part = out.with_name(f".{out.name}.part")
    try:
        with part.open("wb") as file:
            pq.write_table(pa.Table.from_pylist(rows), file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return len(rows)


def _rows(prompts: PromptSet, view: ViewName | None, source: str, split: str) -> Iterator[dict[str, Any]]:
    views = {id(rubric): view_of(rubric, view) for rubric in prompts.rubrics}
    labels = entry_labels(prompts.rubrics, [views[id(rubric)] for rubric in prompts.rubrics])
    texts = {id(rubric): rubric_text(rubric) for rubric in prompts.rubrics}
    for index, (row, rubric, names) in enumerate(zip(prompts.rows, prompts.rubrics, labels, strict=True)):
        task = Task(id=row.id, rubric=texts[id(rubric)], view=view, labels=names, fields=dict(row.fields))
        yield {
            "data_source": source,
            "prompt": chat(row),
            "ability": rubric.id,
            "reward_model": {"style": "rubric", "ground_truth": row.reference or ""},
            "extra_info": {"split": split, "index": index, "id": row.id, KEY: write_task(task)},
        }
