"""What a command line means by ``--rubric`` and ``--judge``: a file, or the name of something that ships with rvpo."""

from pathlib import Path

from rvpo.judges import JudgeConfig, load_judge_config
from rvpo.rubrics import Rubric, RubricError, library_names, library_rubric, load_rubric
from rvpo.rubrics.wording import hint, printable, shown

BARE_JUDGES = ("embedded", "rules")
"""Judges that need no file."""


def find_rubric(source: str) -> Rubric:
    """Load a rubric file, or a library rubric by its name.

    Raises:
        RubricError: Neither is there, or the file is wrong.
    """
    names = library_names()
    if source in names and not Path(source).exists():
        return library_rubric(source)
    if Path(source).exists() or Path(source).suffix or Path(source).name != source:
        return load_rubric(source)
    text = f"{shown(source)} is no file and no library rubric; there are: {', '.join(names)}{hint(source, names)}"
    raise RubricError(printable(text))


def find_judge(source: str) -> JudgeConfig:
    """Load a judge file; ``embedded`` and ``rules`` need none.

    Raises:
        JudgeConfigError: The file is absent or wrong.
    """
    if source == "embedded":
        return JudgeConfig(judge="embedded")
    if source == "rules":
        return JudgeConfig(judge="rules")
    return load_judge_config(source)
