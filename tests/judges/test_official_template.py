"""HealthBench's own grader template, given as the file that it is published as."""

import pytest

from rvpo.judges import JudgeRequest
from rvpo.judges.errors import JudgeConfigError
from rvpo.judges.prompts import Templates, parse_template
from rvpo.judges.verdicts import read_answer
from rvpo.rubrics import rubric_from_healthbench

FORM = '\nLook.\n\n# Conversation\n<<conversation>>\n\n# Rubric item\n<<rubric_item>>\n\nReturn {"criteria_met": true}.\n'
RUBRIC = rubric_from_healthbench({"rubrics": [{"criterion": "Is rude.", "points": -7, "tags": []}]})


def test_it_is_filled_as_simple_evals_fills_it() -> None:
    prompt = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes?"}]
    prompt.append({"role": "user", "content": "a {{criterion}} <<rubric_item>>"})
    request = JudgeRequest(rubric=RUBRIC, prompt=prompt, response="no")
    bound = Templates(plain=parse_template(FORM, "official.txt")).bind(request)
    # convo_str joins "role: content" by blank lines, the answer last; the item is str(RubricItem): "[points] text".
    convo = "user: hi\n\nassistant: yes?\n\nuser: a {{criterion}} <<rubric_item>>\n\nassistant: no"
    expected = FORM.strip().replace("<<conversation>>", "\0", 1).replace("<<rubric_item>>", "[-7] Is rude.")
    assert bound.messages(RUBRIC.criteria[0]) == [
        {"role": "system", "content": "You are a helpful assistant."},
        {"role": "user", "content": expected.replace("\0", convo)},
    ]


@pytest.mark.parametrize("said", ["true", "false"])
def test_its_reply_is_read(said: str) -> None:
    reply = f'```json\n{{"explanation": "so", "criteria_met": {said}}}\n```'
    reading = read_answer(reply, RUBRIC.criteria[0], "no")
    assert (reading.status, reading.score) == ("ok", float(said == "true"))


def test_two_keys_are_no_verdict() -> None:
    reply = '{"explanation": "so", "criteria_met": true, "criteria_met": false}'
    assert read_answer(reply, RUBRIC.criteria[0], "no").score is None


@pytest.mark.parametrize(
    "text", ["<<rubric_item>> <<conversation>>", "<<conversation>> <<rubric_item>> <<rubric_item>>"]
)
def test_wrong_slots_are_refused(text: str) -> None:
    with pytest.raises(
        JudgeConfigError, match="should hold <<conversation>> and then <<rubric_item>>, each once"
    ):
        parse_template(text, "official.txt")
