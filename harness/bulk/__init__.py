"""Judging millions of responses on Ray Data (extra ``ray``), from the command or within a pipeline of one's own."""

from rvpo.harness.bulk.actors import JudgeBatches
from rvpo.harness.bulk.run import judge_bulk
from rvpo.harness.bulk.slices import find_slices

__all__ = ["JudgeBatches", "find_slices", "judge_bulk"]
