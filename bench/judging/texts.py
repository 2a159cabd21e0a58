"""Made-up text of a wanted length, the same in every process. Needs nothing but Python: peers read it too."""

import random
from typing import Final

_WORDS: Final = [
    "fever", "dose", "doctor", "child", "water", "sleep", "blood", "pressure", "tablet", "morning", "evening",
    "pain", "skin", "rash", "cough", "breath", "week", "day", "hour", "help", "call", "wait", "warm", "cold",
    "drink", "eat", "rest", "walk", "mild", "severe", "sudden", "slow",
]  # fmt: skip


def words(length: int, seed: str) -> str:
    """About so many characters of words."""
    return " ".join(random.Random(seed).choices(_WORDS, k=length // 6))
