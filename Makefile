# make run: everything a newcomer needs. make test: the suite. make check: what a commit must pass.
# The first that really starts; 3.12 and 3.11 come first because durable_rules runs on no later one.
PYTHON ?= $(shell for name in python3.12 python3.11 python3 python3.13 python3.14; do \
  $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
VENV := .venv
BIN := $(VENV)/bin
# One more than there are processors: tests wait for servers, browsers and killed processes.
WORKERS = $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
DEMO := seeds/companies/demo.yaml

.PHONY: run test check bench soak lint types rules clean

run: $(VENV)/.installed
	@$(BIN)/python -m matcher.readers.durable
	@echo "演示:$(DEMO)"
	@$(BIN)/mianshen match $(DEMO)
	@$(BIN)/mianshen serve

test: $(VENV)/.installed-dev
	$(BIN)/pytest -n $(WORKERS) --dist worksteal

check: lint types rules test

lint: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check --output-format concise .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

rules: $(VENV)/.installed
	$(BIN)/mianshen check
	$(BIN)/mianshen coverage

bench: $(VENV)/.installed-dev
	$(BIN)/mianshen bench
	$(BIN)/python benchmarks/registry.py

soak: $(VENV)/.installed-dev
	MIANSHEN_SOAK=25 $(BIN)/pytest -n auto tests/contract tests/properties
	MIANSHEN_SOAK=25 $(BIN)/pytest -n 0 -s tests/webapp/api/test_document.py
	MIANSHEN_SOAK_SEQUENCES=10000 MIANSHEN_SOAK_RACES=500 $(BIN)/pytest -n auto tests/webapp/casework/test_any_order.py \
	  tests/webapp/casework/test_races.py
	MIANSHEN_SOAK_KILLS=200 MIANSHEN_SOAK_EVENTS=100000 $(BIN)/pytest -n 0 -s tests/webapp/watch tests/webapp/jobs/test_kills.py \
	  tests/webapp/casework/test_web_kills.py

$(VENV)/bin/python:
	@$(if $(PYTHON),:,echo "需要 Python 3.11 或更新版本,先安装:apt install python3 python3-venv"; exit 2)
	@$(PYTHON) -m venv $(VENV) || { echo "缺少 venv:apt install python3-venv"; exit 2; }

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml constraints.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[proofs]'
	@# Optional: it needs a C compiler. Where it fails, `make run` says what is different.
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt durable_rules \
	  > $(VENV)/durable.log 2>&1 || true
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,postgres,redis,spark,bench,proofs]'
	@touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
