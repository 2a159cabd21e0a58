"""A file of a data set on the Hugging Face hub, without the hub's own words on the screen. Reads the network and its cache."""

from logging import ERROR
from pathlib import Path


def hub_file(name: str, file: str, revision: str | None = None) -> Path:
    """Fetch a file once; where it lies.

    Args:
        name: The data set, ``owner/name``.
        file: Its path there.
        revision: A branch, tag or commit; the newest if left out.

    Raises:
        OSError: It cannot be had; the hub's own errors, all of that family.
        ValueError: A name that is none.
    """
    import huggingface_hub
    from huggingface_hub.utils import logging

    spoken = logging.get_verbosity()
    logging.set_verbosity(ERROR)
    try:
        return Path(huggingface_hub.hf_hub_download(name, file, repo_type="dataset", revision=revision))
    finally:
        logging.set_verbosity(spoken)
