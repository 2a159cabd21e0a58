"""Input tokens billed for the criteria of one response, with a provider's prefix cache, from the requests as sent.

The rule is OpenAI's: a prefix counts as cached in steps of 128 tokens from 1 024 on, and costs a tenth. A prefix is
known once a request that began with it has been answered; one that is still being answered helps nobody. Tokens are
counted as four bytes each.
"""

import json
import os
from pathlib import Path
from typing import Any, Final

from bench.judging.runs import Row, run
from bench.judging.server import mock_server

BYTES_A_TOKEN: Final = 4
LEAST: Final = 1024
STEP: Final = 128
CACHED_PRICE: Final = 0.1


def billing_rows(folder: Path) -> list[Row]:
    """Ask 11 criteria of a response to an 8k-token transcript, and price what the server saw."""
    log = folder / "billing.jsonl"
    with mock_server(100, log=log) as server:
        run(url=server.url, shape="long")
    seen = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    naive = sum(len(text_of(each)) / BYTES_A_TOKEN for each in seen)
    sent = billed(seen, patient=False) / naive
    one_by_one = billed(seen, patient=True) / naive
    return [
        Row(
            "input tokens billed, 11 criteria, 8k transcript",
            "<= 0.2 x naive",
            f"{sent:.2f} x of {naive:,.0f}",
            sent <= 0.2,
            f"{len(seen)} calls; the order of the prompt alone would give {one_by_one:.2f} x",
        )
    ]


def billed(seen: list[dict[str, Any]], *, patient: bool) -> float:
    """Full-price tokens; ``patient``: as if each request had waited for the one before."""
    total = 0.0
    ordered = sorted(seen, key=lambda each: float(each["came"]))
    for place, each in enumerate(ordered):
        text = text_of(each)
        earlier = [text_of(other) for other in ordered[:place] if patient or other["left"] <= each["came"]]
        shared = max((len(os.path.commonprefix([text, other])) for other in earlier), default=0)  # noqa: RUF071 - letters are meant
        cached = shared // BYTES_A_TOKEN // STEP * STEP
        cached = cached if cached >= LEAST else 0
        total += len(text) / BYTES_A_TOKEN - (1 - CACHED_PRICE) * cached
    return total


def text_of(seen: dict[str, Any]) -> str:
    """All that the model reads, in its order."""
    messages: list[dict[str, str]] = seen["body"]["messages"]
    return "\n".join(message["content"] for message in messages)
