"""OpenAI's chat files: JSON lines of ``{"messages": [...]}``, the last word the assistant's. Reads files.

The form of fine-tuning and distillation files. All other keys of a line are kept; ``id`` and ``rubric`` are the row's.
"""

from collections.abc import Iterator
from pathlib import Path

from rvpo.harness.responses.chat import exchange
from rvpo.harness.responses.rows import Row
from rvpo.rubrics import SourceError
from rvpo.rubrics.reading.source import read_json_lines


def read_chats(path: Path) -> Iterator[tuple[int, Row]]:
    """Read the file; yields the line's number and a row.

    Raises:
        SourceError: A line is wrong, or holds no response.
    """
    for line, data in read_json_lines(path):
        yield line, chat_row(data, str(path), line)


def chat_row(data: Row, name: str, line: int) -> Row:
    """Make a row of one object with ``messages``.

    Raises:
        SourceError: It holds no response.
    """
    try:
        prompt, response = exchange(data.get("messages"))
    except ValueError as wrong:
        raise SourceError.at(name, line, str(wrong)) from None
    rest = {key: value for key, value in data.items() if key != "messages"}
    return rest | {"prompt": prompt, "response": response}
