"""Where each criterion of a rubric was written: file and line. Reads the files of the rubric."""

from pathlib import Path

from rvpo.rubrics.compose import composed
from rvpo.rubrics.compose.sources import LIBRARY, RubricFile, library_file
from rvpo.rubrics.reading.source import read_text
from rvpo.rubrics.reading.yaml_values import Origin, read_yaml


def criterion_places(source: str) -> dict[str, Origin]:
    """File and line of every criterion of a rubric, by id, through whatever the rubric reuses.

    Args:
        source: What ``find_rubric`` takes, and has read without complaint.

    Raises:
        RubricError: The file is gone or wrong by now.
    """
    if Path(source).exists():
        data, lines = read_yaml(read_text(source), source)
        file = RubricFile(source, data, lines, Path(source).parent)
    else:
        file = library_file(source.removeprefix(LIBRARY))
    plain, origins = composed(file)
    return {item["id"]: origins["criteria", index] for index, item in enumerate(plain["criteria"])}
