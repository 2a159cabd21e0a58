"""What a command line means by ``--judge``: a file, or the name of a judge that needs none."""

from rvpo.judges import JudgeConfig, load_judge_config

BARE_JUDGES = ("embedded", "rules")
"""Judges that need no file."""


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
