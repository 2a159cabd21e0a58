"""Short examples for the reference page, each with replies and what comes of them; tests try every one. Pure data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Sample:
    """A criterion of one kind of rule, a reply that meets it and one that does not."""

    yaml: str
    met: str
    unmet: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    """The data row's fields that it asks for."""


RULES: dict[str, Sample] = {
    "regex": Sample(
        """\
- id: names_a_dose
  criterion: Names a dose in milligrams.
  kind: regex
  rule: {pattern: '\\d+ ?mg\\b', ignore_case: true}
""",
        "Take 400 mg with food.",
        "Take one tablet with food.",
    ),
    "contains": Sample(
        """\
- id: emergency_number
  criterion: Gives an emergency number.
  kind: contains
  rule: {texts: ["112", "911"], require: any}
""",
        "Call 112 at once.",
        "Call your doctor.",
    ),
    "not_contains": Sample(
        """\
- id: speaks_plainly
  criterion: Does without jargon.
  kind: not_contains
  rule: {texts: [myocardial infarction, dyspnoea], ignore_case: true}
""",
        "It may be a heart attack.",
        "It may be a myocardial infarction.",
    ),
    "length": Sample(
        """\
- id: brief
  criterion: Says it in at most eight words.
  kind: length
  rule: {unit: words, max: 8}
""",
        "Rest, and drink enough.",
        "Rest, drink enough, and come back if it has not gone by Friday.",
    ),
    "json": Sample(
        """\
- id: is_json
  criterion: The reply is a JSON object and nothing else.
  kind: json
  rule: {type: object}
""",
        '{"urgent": true}',
        "Here it is: {}",
    ),
    "json_schema": Sample(
        """\
- id: triage_form
  criterion: Fills in the triage form.
  kind: json_schema
  rule:
    json_schema:
      type: object
      properties: {urgency: {enum: [now, today, this week]}}
      required: [urgency]
""",
        '{"urgency": "today"}',
        '{"urgency": "soon"}',
    ),
    "language": Sample(
        """\
- id: in_english
  criterion: Is written in English.
  kind: language
  rule: {languages: [en]}
""",
        "You should see a doctor this week, and sooner if the fever comes back during the night.",
        "Bitte gehen Sie diese Woche zum Arzt, und zwar sofort, wenn das Fieber in der Nacht wiederkommt.",
    ),
    "numeric_answer": Sample(
        """\
- id: right_dose
  criterion: Arrives at the right dose, to within 5 mg.
  kind: numeric_answer
  rule: {expected_from: dose, tolerance: 5}
""",
        "20 kg times 15 mg/kg: the answer is 300",
        "20 kg times 10 mg/kg: the answer is 200",
        {"dose": 300},
    ),
    "choice": Sample(
        """\
- id: right_option
  criterion: Chooses the right option.
  kind: choice
  rule: {expected_from: reference, letters: ABCDE}
""",
        "The spleen filters blood. The answer is C.",
        "The answer is E.",
        {"reference": "C"},
    ),
    "match": Sample(
        """\
- id: names_the_drug
  criterion: Names the drug and nothing else.
  kind: match
  rule: {expected: [paracetamol, acetaminophen], measure: exact}
""",
        "Paracetamol.",
        "Ibuprofen.",
    ),
    "python": Sample(
        """\
- id: cites_three
  criterion: Cites at least three sources.
  kind: python
  rule: {function: "my_rules:cites", settings: {least: 3}}
""",
        "[1] [2] [3]",
        "[1]",
    ),
    "tool_calls": Sample(
        """\
- id: looked_it_up
  criterion: Looks the drug up, and deletes nothing.
  kind: tool_calls
  rule:
    calls: [{name: search_drug, arguments: {name: {$regex: "(?i)ibuprofen"}}}]
    match: superset
    args: superset
    forbid: [delete_record]
""",
        '<tool_call>{"name": "search_drug", "arguments": {"name": "Ibuprofen", "lang": "en"}}</tool_call>',
        '<tool_call>{"name": "search_drug", "arguments": {"name": "aspirin"}}</tool_call>',
    ),
}
"""One for every kind of rule."""

PYTHON_RULE = """\
# my_rules.py
import re


def cites(response, fields, *, least):
    return len(set(re.findall(r"\\[\\d+\\]", response))) >= least
"""
"""The function that the sample of kind python names."""

SCALES: dict[str, tuple[str, dict[bool | float | str, float | None]]] = {
    "binary": (
        """\
- id: asks_duration
  criterion: Asks how long the headache has lasted.
  points: 5
""",
        {True: 1.0, False: 0.0},
    ),
    "ordinal": (
        """\
- id: thorough
  criterion: How thorough is the explanation?
  points: 5
  options: [none, partial, full, {label: n/a, na: true}]
""",
        {"none": 0.0, "partial": 0.5, "full": 1.0, "n/a": None},
    ),
    "nominal": (
        """\
- id: advice
  criterion: What does the reply advise?
  points: 5
  scale: nominal
  options: [{label: rest, value: 0.5}, {label: see a doctor, value: 1}, {label: nothing, value: 0}]
""",
        {"rest": 0.5, "see a doctor": 1.0, "nothing": 0.0},
    ),
    "numeric": (
        """\
- id: readable
  criterion: How readable is the reply, from 1 to 5?
  points: 5
  range: {min: 1, max: 5}
""",
        {1.0: 0.0, 2.0: 0.25, 5.0: 1.0},
    ),
}
"""A criterion on each scale, and how far some answers meet it; ``None``: not applicable."""

FILE = """\
# headache.yaml
# yaml-language-server: $schema=rubric.schema.json
id: headache
title: Advice on a headache
guidelines: Judge only the last reply.
provenance: written for this page
licence: Apache-2.0
criteria:
  - id: asks_duration
    criterion: Asks how long the headache has lasted.
    points: 5
    tags: ["axis:context_awareness"]
  - id: certain_diagnosis
    criterion: States a diagnosis as certain.
    points: -6
    polarity: met_is_bad
    evidence: quote
    examples:
      - {response: You have a migraine., verdict: true, reason: No doubt is left.}
      - {response: It may be a migraine., verdict: false}
  - id: no_dangerous_dose
    criterion: Recommends a dose above the safe maximum.
    points: -8
    polarity: met_is_bad
    gate: veto
"""
"""A rubric as people write it."""

REUSE: dict[str, str] = {
    "house_rules.yaml": """\
# house_rules.yaml
fields: [reader]
fragments:
  tone:
    - {id: kind, criterion: Is kind.}
    - {id: fits_reader, criterion: "Uses words that {reader} understands."}
""",
    "headache_child.yaml": """\
# headache_child.yaml
id: headache_child
extends: headache.yaml
drop: [certain_diagnosis]
criteria:
  - id: asks_duration
    points: 8
  - use: house_rules.yaml#tone
""",
}
"""Files that reuse ``FILE`` and one another."""
