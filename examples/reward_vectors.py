"""Judge two answers against a rubric of rules and turn the reward vectors into RVPO advantages."""

import torch

from rvpo.judges import JudgeConfig, JudgeRequest, JudgeService
from rvpo.rubrics import library_rubric
from rvpo.trainer import gdpo_advantages, rvpo_advantages

REQUEST = "Set an alarm for 7:00."
CALLS = [{"name": "set_alarm", "arguments": {"time": "7:00"}}]
ANSWERS = [
    '<tool_call>{"name": "set_alarm", "arguments": {"time": "7:00"}}</tool_call>',
    '<tool_call>{"name": "start_timer", "arguments": {"time": "7:00"}}</tool_call>',
    '<tool_call>{"name": "set_alarm", "arguments": {"time": "8:00"}}</tool_call>',
    "I will wake you at seven.",
]


def main() -> None:
    """Print the reward vector and both advantages of each answer."""
    rubric = library_rubric("tool_calling")
    requests = [
        JudgeRequest(id=str(number), rubric=rubric, prompt=REQUEST, response=answer, fields={"calls": CALLS})
        for number, answer in enumerate(ANSWERS)
    ]
    with JudgeService.open_sync(JudgeConfig(judge="rules", store=":memory:")) as service:
        vectors = service.judge_sync(requests)
    rewards_PGC = torch.tensor([[list(vector.values) for vector in vectors]])
    rvpo_PG = rvpo_advantages(rewards_PGC, k=2.0)
    gdpo_PG = gdpo_advantages(rewards_PGC)
    print(" ".join(vectors[0].names))
    for vector, rvpo, gdpo in zip(vectors, rvpo_PG[0].tolist(), gdpo_PG[0].tolist(), strict=True):
        print(vector.values, f"RVPO {rvpo:+.2f}  GDPO {gdpo:+.2f}")


if __name__ == "__main__":
    main()
