"""Reuse between rubric files: ``extends``, named fragments and ``use`` become one plain rubric before validation."""

from rvpo.rubrics.compose.resolve import composed, reuses

__all__ = ["composed", "reuses"]
