"""How much memory and disk a run needs, by formula. Pure.

Bytes on one device of ``n``, with W weights, T of them trained, b bytes each as stored (``weights``), for a decoder of L
layers with hidden width H, inner width I, query width Q and key width K, that sees B rows of S tokens at a time:

* weights ``W b``; gradients ``T b``; Adam's two moments ``2 T b``; the reference model of ``kl_beta`` ``W b`` (none with
  adapters). DeepSpeed keeps float32 copies of what it updates: ``4 T`` more. Under ``zero-2`` gradients, moments and
  copies are shared out (``/ n``), under ``zero-3`` and ``fsdp2`` the weights too; ``offload`` takes what is shared out
  and not at work off the device.
* activations, what autograd keeps of a layer for each token, counted on Llama and Qwen2 with flash attention:
  float32 ``24H + 16I + 8Q + 8K``, bfloat16 arithmetic over float32 weights ``26H + 8I + 4Q + 4K``, all bfloat16
  ``16H + 8I + 4Q + 4K``. With gradient checkpointing a layer keeps its input alone and one layer at a time is whole.
  Mixed precision also keeps bfloat16 copies of the layers' weights.
* log-probabilities: TRL makes logits in tiles of 4096 tokens by 32768 words, and gradients of head and hidden states
  in float32.
* sampling: keys and values of all samples of a step on the device, ``2 L K b`` a token, and three float32 rows of
  logits a sample; with vLLM its own share of the device, which is not in the estimate.
* the warm start, before all that and by itself: weights, gradients and moments in float32, ``16 W``, the activations of
  a batch of its longest rows, and their logits, whole, in float32: themselves, their logarithm and its gradient (and in
  mixed precision once more in two bytes).

The peak is the larger of the warm start and of what is always there with the larger of learning and sampling. Not in it: CUDA's context, the allocator's
slack, buffers of communication, the gather of a whole layer under ``zero-3``.
"""

import msgspec

from rvpo.harness.train_plan.model import ModelShape
from rvpo.trainer.config import TrainConfig

TILE_TOKENS = 4096
TILE_WORDS = 32768
BYTES = {"float32": 4, "bfloat16": 2}


class MemoryEstimate(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes on one device."""

    weights: int
    gradients: int
    optimizer: int
    reference: int
    activations: int
    """Of one forward and backward pass, with the log-probabilities."""
    sampling: int
    warm_start: int
    """All of it: it is over when the rest begins."""

    @property
    def peak(self) -> int:
        """At most at any one time."""
        always = self.weights + self.gradients + self.optimizer + self.reference
        return max(self.warm_start, always + max(self.activations, self.sampling))


class DiskEstimate(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes in the run's folder."""

    checkpoint: int
    checkpoints: int
    """How many there are at most at one time: one more than are kept, while it is written."""
    final: int
    """The trained model, and the one after the warm start."""

    @property
    def peak(self) -> int:
        """At most at any one time."""
        return self.checkpoint * self.checkpoints + self.final


def memory_estimate(config: TrainConfig, model: ModelShape, *, processes: int, bf16: bool) -> MemoryEstimate:
    """Estimate the memory of one device.

    Args:
        config: The run.
        model: Its model.
        processes: Devices that train together.
        bf16: Whether it computes in bfloat16.
    """
    stored = BYTES[config.weights]
    deepspeed = config.sharding.startswith("zero")
    thirds = processes if config.sharding in {"zero-3", "fsdp2"} else 1
    seconds = processes if config.sharding != "none" else 1
    moments = model.trained * (2 * stored + (4 if deepspeed else 0)) // seconds
    weights = model.parameters * stored // thirds
    aside = config.offload
    return MemoryEstimate(
        weights=0 if aside and thirds > 1 else weights,
        gradients=model.trained * stored // seconds,
        optimizer=0 if aside else moments,
        reference=weights if config.kl_beta and config.lora is None else 0,
        activations=_activations(config, model, bf16=bf16) + _log_probabilities(config, model, bf16=bf16),
        sampling=_sampling(config, model, processes=processes),
        warm_start=_warm_start(config, model, bf16=bf16),
    )


def layer_bytes(model: ModelShape, *, stored: int, bf16: bool) -> int:
    """What autograd keeps of one layer for one token."""
    H, I, heads = model.hidden, model.intermediate, model.queries + model.keys  # noqa: E741 - as above
    if stored == 2:
        return 16 * H + 8 * I + 4 * heads
    return 26 * H + 8 * I + 4 * heads if bf16 else 24 * H + 16 * I + 8 * heads


def _activations(config: TrainConfig, model: ModelShape, *, bf16: bool) -> int:
    stored = BYTES[config.weights]
    tokens = config.rows_per_pass * (config.max_prompt_tokens + config.max_completion_tokens)
    whole = layer_bytes(model, stored=stored, bf16=bf16)
    cast = 2 * (model.parameters - model.embeddings) if bf16 and stored == 4 else 0
    if not config.gradient_checkpointing:
        return model.layers * whole * tokens + cast
    return (model.layers * model.hidden * stored + whole) * tokens + cast


def _log_probabilities(config: TrainConfig, model: ModelShape, *, bf16: bool) -> int:
    tokens = config.rows_per_pass * (config.max_prompt_tokens + config.max_completion_tokens)
    tile = min(tokens, TILE_TOKENS) * min(model.vocabulary, TILE_WORDS) * (2 if bf16 else 4)
    head = 4 * model.vocabulary * model.hidden if config.lora is None else 0
    return tile + head + 4 * tokens * model.hidden


def _sampling(config: TrainConfig, model: ModelShape, *, processes: int) -> int:
    if config.vllm is not None:
        return 0
    samples = -(-config.completions_per_step // processes)
    tokens = config.max_prompt_tokens + config.max_completion_tokens
    kept = 2 * model.layers * model.keys * BYTES[config.weights] * tokens
    return samples * (kept + 3 * 4 * model.vocabulary)


def _warm_start(config: TrainConfig, model: ModelShape, *, bf16: bool) -> int:
    if config.warm_start is None:
        return 0
    tokens = config.warm_start.batch * config.warm_start.max_tokens
    layers = model.layers * layer_bytes(model, stored=4, bf16=bf16) * tokens
    cast = 2 * (model.parameters - model.embeddings) if bf16 else 0
    logits = tokens * model.vocabulary * (3 * 4 + (2 if bf16 else 0))
    return 16 * model.parameters + layers + cast + logits


def disk_estimate(config: TrainConfig, model: ModelShape) -> DiskEstimate:
    """Estimate what the run's folder grows to; logs are not in it."""
    stored = BYTES[config.weights]
    saved = -(-config.steps // config.save_every_steps)
    kept = saved if config.keep_checkpoints is None else min(saved, config.keep_checkpoints + 1)
    return DiskEstimate(
        checkpoint=3 * model.trained * stored,
        checkpoints=kept,
        final=model.parameters * stored + (4 * model.parameters if config.warm_start else 0),
    )
