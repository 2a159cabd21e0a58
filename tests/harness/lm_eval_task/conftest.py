"""Two small tasks of lm-eval on local data: one by likelihood that shuffles, one by generation with two filters."""

import json
from pathlib import Path

import pytest

SHUFFLED = """
task: fox
dataset_path: json
dataset_kwargs: {{data_files: {{test: {data}}}}}
test_split: test
fewshot_split: test
output_type: multiple_choice
process_docs: !function fox_docs.shuffled
doc_to_text: "Q: {{{{q}}}}\\nA:"
doc_to_choice: "{{{{choices}}}}"
doc_to_target: gold
metric_list:
  - {{metric: acc, aggregation: mean, higher_is_better: true}}
"""

DOCS = """
import random
GENERATOR = random.Random(42)
def one(doc):
    choices = list(doc["choices"])
    GENERATOR.shuffle(choices)
    return {**doc, "choices": choices, "gold": choices.index("fox")}
def shuffled(docs):
    return docs.map(one)
"""

SAID = """
task: say
dataset_path: json
dataset_kwargs: {{data_files: {{test: {data}}}}}
test_split: test
output_type: generate_until
doc_to_text: "Q: {{{{q}}}}\\nA:"
doc_to_target: "{{{{choices[0]}}}}"
generation_kwargs: {{until: ["\\n"], max_gen_toks: 6}}
filter_list:
  - {{name: first, filter: [{{function: regex, regex_pattern: "(.)"}}, {{function: take_first}}]}}
  - {{name: whole, filter: [{{function: take_first}}]}}
metric_list:
  - {{metric: exact_match, aggregation: mean, higher_is_better: true}}
"""

CORPUS = SAID.replace("task: say", "task: corpus").replace(
    "metric: exact_match, aggregation: mean", "metric: bleu, aggregation: bleu"
)
UNSAFE = SAID.replace("task: say", "task: unsafe\nunsafe_code: true")
BOTH = "group: both\ntask: [fox, say]\n"


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    pytest.importorskip("lm_eval")
    folder = tmp_path / "tasks"
    folder.mkdir()
    data = folder / "rows.jsonl"
    rows = [{"q": f"what jumps {n}", "choices": ["fox", "dog", "doctor", "dose"]} for n in range(24)]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "fox_docs.py").write_text(DOCS)
    yaml = {"fox": SHUFFLED, "say": SAID, "corpus": CORPUS, "unsafe": UNSAFE}
    for name, text in yaml.items():
        (folder / f"{name}.yaml").write_text(text.format(data=data))
    (folder / "both.yaml").write_text(BOTH)
    return folder
