"""A data row's cluster reaches the run's rows, whether or not its draw was answered."""

import msgspec
import pytest

from rvpo.harness.items import ExamItem
from rvpo.harness.judging import failed_row
from rvpo.harness.samplers import Completion
from rvpo.rubrics import Rubric


@pytest.mark.parametrize(("said", "kept"), [("p1", "p1"), (7, 7), (["p1"], None), (None, None)])
def test_a_declared_cluster_is_kept(rules_rubric: Rubric, said: object, kept: object) -> None:
    item = ExamItem(id="a", messages=({"role": "user", "content": "q"},), rubric=rules_rubric)
    item = msgspec.structs.replace(item, fields={"cluster": said})
    row = failed_row(item, Completion(item_id="a", finish_reason="failed", error="none"))
    assert row.meta.get("cluster") == kept
