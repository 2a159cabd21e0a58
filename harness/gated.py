"""What is said of a model or data set on the Hugging Face hub that wants its terms accepted first. Pure."""


def how_to_get_in(name: str, *, data: bool = False) -> str:
    """Where to ask for access, and what to pass then.

    >>> how_to_get_in("owner/model")
    'gated: accept its terms at https://huggingface.co/owner/model, then log in (hf auth login) or set HF_TOKEN'
    """
    page = f"https://huggingface.co/{'datasets/' if data else ''}{name}"
    return f"gated: accept its terms at {page}, then log in (hf auth login) or set HF_TOKEN"
