"""The provider's batch lane: all questions in files, answers within a day, at half the price where that is the offer.

The protocol is OpenAI's: ``/files`` and ``/batches``, which others speak too. ``lines`` writes and reads the files,
``client`` moves them, ``replay`` gives the answers to the judge service as if they had just been asked for.
"""

from rvpo.judges.batches.client import Batch, BatchClient
from rvpo.judges.batches.lines import Answers, read_answers, request_line, split
from rvpo.judges.batches.replay import Replay

__all__ = ["Answers", "Batch", "BatchClient", "Replay", "read_answers", "request_line", "split"]
