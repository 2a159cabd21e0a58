"""Run by verl's own interpreter: verl's reward worker, as an actor of a local Ray, asks our judges.

Standard input: the recipe, its ``overrides`` (the judge, the tokenizer), the Parquet file and a reply for each of its rows.
Standard output, last line: what the worker answered for each, and what verl's validation makes of it.
"""

# pyright: reportMissingImports=false

import json
import sys
from typing import Any

import numpy as np
import ray
import torch
from tensordict import TensorDict
from through_verl import config_of  # type: ignore[import-not-found]  # its sister, when run
from transformers import AutoTokenizer
from verl import DataProto
from verl.experimental.reward_loop.reward_loop import RewardLoopWorker
from verl.trainer.ppo.metric_utils import process_validation_metrics
from verl.utils.config import validate_config
from verl.utils.dataset.rl_dataset import RLHFDataset


def sample_of(row: dict[str, Any], reply: str, tokenizer: Any) -> DataProto:
    """As verl's agent loop lays a sample out for the reward worker."""
    prompt = torch.tensor([[5, 6, 7]])
    response = torch.tensor([tokenizer(reply)["input_ids"] + [tokenizer.eos_token_id]])
    both = torch.cat([prompt, response], dim=1)
    batch = {
        "prompts": prompt,
        "responses": response,
        "input_ids": both,
        "attention_mask": torch.ones_like(both),
    }
    others = {
        name: np.array([row[name]]) for name in ("raw_prompt", "extra_info", "reward_model", "data_source")
    }
    return DataProto(batch=TensorDict(batch, batch_size=1), non_tensor_batch=others)


def main() -> None:
    given = json.load(sys.stdin)
    config = config_of(given["recipe"], given["overrides"])
    validate_config(config, use_reference_policy=True, use_critic=False)
    tokenizer = AutoTokenizer.from_pretrained(config.actor_rollout_ref.model.path)
    rows = RLHFDataset([given["data"]], tokenizer, config.data)
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=100 * 2**20)
    worker = ray.remote(RewardLoopWorker).remote(config)
    samples = [sample_of(rows[at], reply, tokenizer) for at, reply in enumerate(given["replies"])]
    answers = ray.get([worker.compute_score.remote(sample) for sample in samples])
    ray.shutdown()
    infos = [answer["reward_extra_info"] for answer in answers]
    validation = process_validation_metrics(
        [rows[at]["data_source"] for at in range(len(answers))],
        [str(at) for at in range(len(answers))],
        {name: [info[name] for info in infos] for name in infos[0]},
    )
    sys.stdout.write("\n" + json.dumps({"answers": answers, "validation": validation}))


if __name__ == "__main__":
    main()
