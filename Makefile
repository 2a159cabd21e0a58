# Two commands, each complete on a fresh machine with Python 3.11+ and pip:
#   make demo   sets up, then trains, examines and reports (runs/demo/report.html)
#   make test   sets up, then lints, type-checks and tests
# A rerun installs and downloads nothing again.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: demo test test-verl lint types bench clean

demo: $(READY)
	$(BIN)/rvpo demo

# One thread each: two workers whose threads wait for one another are several times slower than two of one.
test: lint types
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --cov --cov-report=term:skip-covered -q

# verl pins versions of its own, so it has an environment of its own (2 GB) that the tests of its plug-in call.
test-verl: $(READY) .venv-verl/.ready
	RVPO_VERL_PYTHON=$(CURDIR)/.venv-verl/bin/python OMP_NUM_THREADS=1 $(BIN)/pytest tests/trainer/verl_plugin -q

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo

types: $(READY)
	$(BIN)/mypy
	$(BIN)/pyright

bench: $(READY)
	for name in rubrics judge advantages step stats exam; do OMP_NUM_THREADS=1 $(BIN)/python -m bench.$$name || exit 1; done

clean:
	rm -rf .venv .venv-verl

# torch first and pinned: this spelling finds a CPU build where one lies at hand. A GPU user installs theirs before.
$(READY): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -c "import torch" 2>/dev/null || $(BIN)/pip install --quiet torch==2.13.0
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[train,deepspeed,eval,figures,serve,redis,ray,dev]'
	$(BIN)/python -c "from rvpo.judges.embedded_model import embedded_model_path; embedded_model_path(print)"
	touch $@

.venv-verl/.ready: pyproject.toml
	test -x .venv-verl/bin/python || $(PYTHON) -m venv .venv-verl
	.venv-verl/bin/python -c "import torch" 2>/dev/null || .venv-verl/bin/pip install --quiet torch==2.13.0
	.venv-verl/bin/pip install --quiet 'verl[verl-core]>=0.9.1,<0.10' --editable .
	touch $@
