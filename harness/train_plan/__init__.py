"""What a training run will do, cost and need, before anything is spent: ``rvpo train --dry-run``."""

from rvpo.harness.train_plan.page import plan_page
from rvpo.harness.train_plan.plan import TrainPlan, make_plan, plain_plan

__all__ = ["TrainPlan", "make_plan", "plain_plan", "plan_page"]
