"""The shipped rubrics and the judged answers that come with them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import pytest

from rvpo.judges import JudgeConfig, JudgeRequest, JudgeService, RewardVector
from rvpo.rubrics import (
    NOT_APPLICABLE,
    Criterion,
    Rubric,
    RubricScore,
    evaluate_rule,
    library_names,
    library_rubric,
    score_rubric,
)
from rvpo.rubrics.answers import Answer, library_answers
from rvpo.rubrics.fill import fill_rubric
from rvpo.rubrics.lint import lint_rubric
from rvpo.rubrics.score import Met
from rvpo.rubrics.tool_calls import toolrl_rewards
from rvpo.rubrics.views import view_of

NAMES = (
    "instruction_following",
    "medical_consultation",
    "multiple_choice_science",
    "report_writing",
    "safety_and_refusal",
    "scientific_reasoning",
    "tool_calling",
    "tool_calling_openai",
    "tool_calling_rlla",
)
every = pytest.mark.parametrize("name", NAMES)
rubric_of = cache(library_rubric)
answers_of = cache(library_answers)


def met_of(rubric: Rubric, answer: Answer) -> list[Met]:
    def met(criterion: Criterion) -> Met:
        label = answer.expected[criterion.id]
        return NOT_APPLICABLE if criterion.is_na(label) else criterion.met_of(label)

    return [met(criterion) for criterion in rubric.criteria]


def scores(name: str) -> Mapping[str, Mapping[str, Sequence[float]]]:
    """The score that the labels give, by prompt and by how good the reply is meant to be."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for answer in answers_of(name):
        score = score_rubric(rubric_of(name), met_of(rubric_of(name), answer)).score
        assert score is not None
        found[answer.row.id][answer.row.fields["quality"]].append(score)
    return found


def test_the_library_is_what_it_is_known_as() -> None:
    assert library_names() == NAMES
    titles = {rubric_of(name).title for name in NAMES}
    assert len(titles) == len(NAMES)
    assert all(10 < len(title) <= 60 for title in titles)


@every
def test_a_library_rubric_says_what_it_is(name: str) -> None:
    rubric = rubric_of(name)
    assert rubric.id == name
    assert rubric.provenance.startswith("written for rvpo")
    assert rubric.licence == "Apache-2.0"
    file = files("rvpo.rubrics").joinpath("library", f"{name}.yaml").read_text(encoding="utf-8")
    assert file.startswith("# yaml-language-server: $schema=../rubric.schema.json\n# ")


@every
def test_lint_finds_nothing(name: str) -> None:
    assert lint_rubric(rubric_of(name)) == ()


@every
def test_every_axis_and_component_can_earn(name: str) -> None:
    rubric = rubric_of(name)
    best = score_rubric(rubric, [criterion.polarity == "met_is_good" for criterion in rubric.criteria])
    assert best.score == 1.0
    assert set(best.by_tag.values()) <= {1.0}
    assert set(best.by_tag) == {tag for criterion in rubric.criteria for tag in criterion.tags}
    earning = {criterion.component for criterion in rubric.criteria if criterion.points > 0}
    assert {component.id for component in rubric.components} <= earning


def test_medical_consultation_has_the_axes_of_healthbench() -> None:
    rubric = rubric_of("medical_consultation")
    axes = ["accuracy", "communication_quality", "completeness", "context_awareness", "instruction_following"]
    assert {tag for criterion in rubric.criteria for tag in criterion.tags} == {
        f"axis:{axis}" for axis in axes
    }
    assert all((c.points < 0) == (c.polarity == "met_is_bad") for c in rubric.criteria)


@every
def test_answers_label_every_criterion_each_way(name: str) -> None:
    rubric, answers = rubric_of(name), answers_of(name)
    assert 8 <= len(answers) <= 14
    for criterion in rubric.criteria:
        labels = {answer.expected[criterion.id] for answer in answers}
        wanted = {False, True} if criterion.options is None else {each.label for each in criterion.options}
        assert wanted <= labels, f"{criterion.id} lacks {wanted - labels}"


@every
def test_rules_say_what_the_labels_say(name: str) -> None:
    for answer in answers_of(name):
        for criterion in rubric_of(name).criteria:
            if criterion.kind != "llm":
                outcome = evaluate_rule(criterion, answer.response, answer.row.fields)
                expected = pytest.approx(criterion.met_of(answer.expected[criterion.id]))
                assert outcome.met == expected, (answer.row.id, criterion.id, outcome.reason, answer.response)


@every
def test_rows_bring_every_field_that_is_named(name: str) -> None:
    rubric = rubric_of(name)
    for answer in answers_of(name):
        filled = fill_rubric(rubric, answer.row.fields, answer.row.id)
        assert filled.fields == ()
        for field in rubric.fields:
            assert any(str(answer.row.fields[field]) in criterion.criterion for criterion in filled.criteria)


@every
def test_better_answers_score_higher(name: str) -> None:
    for prompt, by_quality in scores(name).items():
        assert {"good", "bad"} <= set(by_quality) <= {"good", "middling", "bad"}, prompt
        assert min(by_quality["good"]) > max(by_quality["bad"]) + 0.1, prompt
        if middling := by_quality.get("middling"):
            assert max(by_quality["bad"]) < min(middling), prompt
            assert max(middling) < min(by_quality["good"]), prompt


def score_of(name: str, prompt: str, quality: str) -> RubricScore:
    answer = next(a for a in answers_of(name) if (a.row.id, a.row.fields["quality"]) == (prompt, quality))
    return score_rubric(rubric_of(name), met_of(rubric_of(name), answer))


def test_a_score_by_hand() -> None:
    """The fever, middling: answer 8, right 10, care 8, signs 6, step 5, given details 5 of 56; no fault."""
    score = score_of("medical_consultation", "fever-in-a-child", "middling")
    assert score.score == pytest.approx(42 / 56)
    # of the axis completeness all of 8 + 6 + 5; of context awareness 5 of 6 + 5
    assert score.by_tag["axis:completeness"] == 1.0
    assert score.by_tag["axis:context_awareness"] == pytest.approx(5 / 11)


def test_what_does_not_apply_is_left_out_by_hand() -> None:
    """The overdose, middling: some help 4 of 8, no place named 0 of 6, courteous 2 of 2; four n/a count for nothing."""
    score = score_of("safety_and_refusal", "overdose", "middling")
    assert score.score == pytest.approx(6 / 16)
    assert score.coverage == 1.0


def test_a_veto_by_hand() -> None:
    """The chest: answer 8, asked 6, plain words 4, less 10 for harm and 7 for certainty: 1 of 56, held at 0."""
    score = score_of("medical_consultation", "chest-pressure", "bad")
    assert score.score == 0.0
    assert score.failed_gates == ("harmful_advice",)


def test_a_vector_by_hand() -> None:
    """The fever again, by axes: accuracy 10 of 14, context awareness 5 of 11, no plain words (0 of 4)."""
    rubric = rubric_of("medical_consultation")
    answers = answers_of("medical_consultation")
    answer = next(a for a in answers if a.expected["medically_right"] and not a.expected["plain_words"])
    rewards = [c.goodness(float(answer.expected[c.id])) for c in rubric.criteria]
    view = view_of(rubric)
    values, _ = view.values(rewards)
    assert dict(zip(view.names, values.tolist(), strict=True)) == pytest.approx(
        {
            "axis:instruction_following": 1.0,
            "axis:accuracy": 10 / 14,
            "axis:completeness": 1.0,
            "axis:context_awareness": 5 / 11,
            "axis:communication_quality": 0.0,
        }
    )


def test_tool_calling_climbs_by_steps() -> None:
    """Each rule on the call is stricter than the one before, and each step is taken by some reply."""
    rubric = rubric_of("tool_calling")
    steps = ["valid_json", "right_tool", "right_argument_names", "right_values"]
    assert [criterion.id for criterion in rubric.criteria] == ["one_clean_call", *steps, "brief"]
    heights = set()
    for answer in answers_of("tool_calling"):
        met = dict(zip([c.id for c in rubric.criteria], met_of(rubric, answer), strict=True))
        climbed = [bool(met[step]) for step in steps]
        assert climbed == sorted(climbed, reverse=True)
        heights.add(sum(climbed))
    assert heights == {0, 1, 2, 3, 4}


def test_rlla_scores_are_the_sum_of_toolrls_rewards() -> None:
    for answer in answers_of("tool_calling_rlla"):
        form, correctness = toolrl_rewards(answer.response, answer.row.fields["answer"])
        score = score_rubric(
            rubric_of("tool_calling_rlla"), met_of(rubric_of("tool_calling_rlla"), answer)
        ).score
        assert score is not None
        assert 7 * score - 3 == pytest.approx(form + correctness)


def judged(name: str) -> tuple[list[RewardVector], int]:
    """Judge a rubric's answers with a judge that was told the labels."""
    rubric, answers = rubric_of(name), answers_of(name)
    replies = [
        {"criterion": criterion.id, "contains": answer.response, "say": [answer.expected[criterion.id]]}
        for answer in answers
        for criterion in rubric.criteria
        if criterion.kind == "llm"
    ]
    config = JudgeConfig.model_validate({"judge": "scripted", "store": ":memory:", "replies": replies})
    requests = [
        JudgeRequest(
            rubric=rubric, prompt=answer.row.messages, response=answer.response, fields=answer.row.fields
        )
        for answer in answers
    ]
    with JudgeService.open_sync(config) as service:
        return service.judge_sync(requests), service.stats().calls


@pytest.mark.parametrize("name", ["safety_and_refusal", "scientific_reasoning", "report_writing"])
def test_a_judge_run_gives_the_scores_of_the_labels(name: str) -> None:
    """Through the service: labels and n/a, fields of the row, quotes and rules beside questions."""
    rubric, answers = rubric_of(name), answers_of(name)
    vectors, calls = judged(name)
    for vector, answer in zip(vectors, answers, strict=True):
        assert [verdict.met for verdict in vector.verdicts] == met_of(rubric, answer)
        assert vector.scalar == score_rubric(rubric, met_of(rubric, answer)).score
    asked = sum(criterion.kind == "llm" for criterion in rubric.criteria)
    assert calls == asked * len(answers)
