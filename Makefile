# make run: everything a newcomer needs. make test: the suite. make check: what a commit must pass.
PYTHON ?= $(shell command -v python3.12 || command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
DEMO := seeds/companies/demo.yaml

.PHONY: run test check bench soak lint types rules clean

run: $(VENV)/.installed
	@$(BIN)/python -m matcher.readers.durable
	@echo "演示:$(DEMO)"
	@$(BIN)/mianshen match $(DEMO)
	@$(BIN)/mianshen serve

test: $(VENV)/.installed-dev
	$(BIN)/pytest -n auto

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

soak: $(VENV)/.installed-dev
	MIANSHEN_SOAK=1 $(BIN)/pytest -n auto tests/contract tests/properties

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "需要 Python 3.11 或更新版本(make run PYTHON=python3.11)"; exit 2; }
	$(PYTHON) -m venv $(VENV) || { echo "缺少 venv:apt install python3-venv"; exit 2; }

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt durable_rules \
	  > $(VENV)/durable.log 2>&1 || \
	  echo "durable_rules 未能安装(需要 C 编译器),产品照常可用,只是没有 --engine durable;详见 $(VENV)/durable.log"
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,postgres,bench]'
	@touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
