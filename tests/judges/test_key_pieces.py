"""Keys made of pieces, their beginnings hashed once, are the keys of the whole request."""

import json
from hashlib import sha256
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from rvpo.judges import JudgeRequest
from rvpo.judges.key import KeyShare, request_key
from rvpo.judges.prompts import Templates, load_template, parse_template
from rvpo.rubrics import Criterion, Rubric

SHARE: Final = {"endpoint": "http://h/v1", "model": 'm"é', "sampling": {"temperature": 0.0}}
BEHIND: Final = """## user
{{conversation}} {{criterion}} then {{response}} and {{answer_form}}
## again
Once more: "JSON".
## answer
So:"""
"""The response stands behind the criterion, so nothing behind it may be shared between responses."""

TEMPLATES: Final = [
    Templates(plain=load_template("per_criterion_v1"), graded=load_template("graded_v1")),
    Templates(plain=load_template("yes_no_v1"), graded=load_template("options_v1"), letters=True),
    Templates(plain=parse_template(BEHIND, "behind"), graded=parse_template(BEHIND, "behind")),
]
HARD: Final = st.text(
    alphabet=st.sampled_from(["a", '"', "\\", "\n", "\t", "\0", "\x7f", "é", "\u2028", "😀", "\ud800", "{"]),
    min_size=1,
    max_size=12,
)  # fmt: skip


@given(st.lists(HARD, min_size=2, max_size=2), HARD, st.sampled_from(TEMPLATES), st.integers(0, 2))
def test_a_key_in_pieces_is_the_key_of_the_whole(
    responses: list[str], prompt: str, templates: Templates, vote: int
) -> None:
    criteria = (
        Criterion(id="a", criterion='Says "yes" é'),
        Criterion.model_validate({"id": "b", "criterion": "How far?", "options": ["none", "full"]}),
    )
    rubric = Rubric(id="r", guidelines="Be fair.", criteria=criteria)
    share = KeyShare(SHARE)
    for response in responses:
        bound = templates.bind(JudgeRequest(rubric=rubric, prompt=prompt, response=response))
        for criterion in criteria:
            key = bound.key(share, (criterion,), vote)
            assert key == request_key(SHARE, bound.messages(criterion, vote), vote)
            asked = bound.asked(share, (criterion,), vote)
            assert sha256(asked.start + asked.rest).digest() == asked.key == key
            assert json.loads(share.messages(asked)) == bound.messages(criterion, vote)
