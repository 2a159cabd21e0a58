"""harness: examining a model. Items, samplers, a journal that resumes, and the ``rvpo`` command.

Nothing is imported until it is used: the command line passes through here on its way to ``--help``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rvpo.harness.checkpoints import find_checkpoints
    from rvpo.harness.endpoint_sampler import EndpointSampler
    from rvpo.harness.errors import ExamError, HarnessError, SamplerError
    from rvpo.harness.exam import Exam, load_exam
    from rvpo.harness.gpqa.exam import ChoiceExam, load_gpqa
    from rvpo.harness.gpqa.likelihood import LikelihoodSampler
    from rvpo.harness.items import ExamItem
    from rvpo.harness.litellm_sampler import LitellmSampler
    from rvpo.harness.replay_sampler import ReplaySampler
    from rvpo.harness.run import ExamProgress, run_exam
    from rvpo.harness.samplers import Ask, Completion, Sampler
    from rvpo.harness.summary import Summary, summarise
    from rvpo.harness.sweep import Swept
    from rvpo.harness.transformers_sampler import TransformersSampler
    from rvpo.harness.vllm_sampler import VllmSampler

_HOME = {
    "Ask": "samplers",
    "ChoiceExam": "gpqa.exam",
    "Completion": "samplers",
    "EndpointSampler": "endpoint_sampler",
    "Exam": "exam",
    "ExamError": "errors",
    "ExamItem": "items",
    "ExamProgress": "run",
    "HarnessError": "errors",
    "LikelihoodSampler": "gpqa.likelihood",
    "LitellmSampler": "litellm_sampler",
    "ReplaySampler": "replay_sampler",
    "Sampler": "samplers",
    "SamplerError": "errors",
    "Summary": "summary",
    "Swept": "sweep",
    "TransformersSampler": "transformers_sampler",
    "VllmSampler": "vllm_sampler",
    "find_checkpoints": "checkpoints",
    "load_exam": "exam",
    "load_gpqa": "gpqa.exam",
    "run_exam": "run",
    "summarise": "summary",
}

__all__ = [
    "Ask",
    "ChoiceExam",
    "Completion",
    "EndpointSampler",
    "Exam",
    "ExamError",
    "ExamItem",
    "ExamProgress",
    "HarnessError",
    "LikelihoodSampler",
    "LitellmSampler",
    "ReplaySampler",
    "Sampler",
    "SamplerError",
    "Summary",
    "Swept",
    "TransformersSampler",
    "VllmSampler",
    "find_checkpoints",
    "load_exam",
    "load_gpqa",
    "run_exam",
    "summarise",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
