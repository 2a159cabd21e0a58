"""Run by verl's own interpreter: a batch through verl's real trainer, TransferQueue and Ray, without a model.

Standard input: a JSON list of cases, each with the recipe's ``overrides``, its ``step`` of ``steps`` and its ``rows``
(key, tag, tokens, extra_info of the reward). Standard output, last line: for each case what was written back, or the error.
"""

# pyright: reportMissingImports=false

import json
import sys
from pathlib import Path
from typing import Any

import ray
import torch
import transfer_queue
import verl
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
from tensordict import TensorDict
from tensordict.tensorclass import NonTensorData, NonTensorStack
from verl.trainer.ppo.v1 import get_trainer_cls

RECIPES = Path(__file__).resolve().parents[3] / "recipes" / "verl"


def config_of(recipe: str, overrides: list[str]) -> Any:
    search = f"hydra.searchpath=[file://{Path(str(verl.__file__)).parent / 'trainer' / 'config'}]"
    with initialize_config_dir(str(RECIPES), version_base=None):
        return compose(recipe, [search, *overrides])


def stacked(values: list[Any]) -> Any:
    return NonTensorStack(*[NonTensorData(value) for value in values])


def nested(rows: list[torch.Tensor]) -> torch.Tensor:
    return torch.nested.as_nested_tensor(rows, layout=torch.jagged)


def put(rows: list[dict[str, Any]], partition: str) -> Any:
    fields = {
        "uid": stacked([row["key"].rsplit("_", 2)[0] for row in rows]),
        "response_mask": nested([torch.ones(row["tokens"], dtype=torch.int64) for row in rows]),
        "rm_scores": nested([torch.full((row["tokens"],), torch.nan) for row in rows]),
        "extra_fields": stacked([{"reward_extra_info": row["info"]} for row in rows]),
    }
    return transfer_queue.kv_batch_put(
        keys=[row["key"] for row in rows],
        partition_id=partition,
        fields=TensorDict(fields, batch_size=len(rows)),
        tags=[row["tag"] for row in rows],
    )


def run(case: dict[str, Any], number: int) -> dict[str, Any]:
    config = config_of(case["recipe"], case["overrides"])
    try:
        mode = config.trainer.v1.trainer_mode
        trainer = get_trainer_cls(mode)(config=config)
        trainer.global_steps, trainer.total_training_steps = case["step"], case["steps"]
        metrics: dict[str, Any] = {}
        batch = trainer._compute_advantage(put(case["rows"], f"case{number}"), metrics)
    except Exception as wrong:  # noqa: BLE001 - a case may be about what is refused
        return {"error": f"{type(wrong).__name__}: {wrong}"}
    written = transfer_queue.kv_batch_get(
        keys=batch.keys, partition_id=batch.partition_id, select_fields=["advantages"]
    )
    by_key = dict(zip(batch.keys, [row.tolist() for row in written["advantages"].unbind()], strict=True))
    return {
        "advantages": [by_key[row["key"]] for row in case["rows"]],
        "metrics": {name: float(value) for name, value in metrics.items()},
        "buffer": type(trainer.replay_buffer).__name__,
    }


def main() -> None:
    cases = json.load(sys.stdin)
    # TransferQueue waits for ever where its storage units and its controller do not each find a processor.
    ray.init(num_cpus=8, include_dashboard=False, log_to_driver=False, object_store_memory=100 * 2**20)
    settings = OmegaConf.load(
        Path(str(verl.__file__)).parent / "trainer" / "config" / "_generated_ppo_trainer.yaml"
    )
    settings.transfer_queue.enable = True
    settings.transfer_queue.backend.SimpleStorage.num_data_storage_units = 1
    transfer_queue.init(settings.transfer_queue)
    answers = [run(case, number) for number, case in enumerate(cases)]
    transfer_queue.close()
    ray.shutdown()
    sys.stdout.write("\n" + json.dumps(answers))


if __name__ == "__main__":
    main()
