.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
PIP := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps

.PHONY: help run demo test check bench prove lock clean

help: ## Show the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /  make \1\t/'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV)

$(RUNTIME): $(BIN)/python requirements.lock pyproject.toml
	@echo "installing the pinned requirements into $(VENV) (about a minute, once)"
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-build-isolation -e .
	@touch $@

$(DEV): $(RUNTIME) requirements-dev.lock
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

run: $(RUNTIME) ## Start everything: engines, migrations, demo accounts, API, docs, sockets, worker
	@exec $(BIN)/marketplace serve

demo: $(RUNTIME) ## Play the main jobs and print them as a story: a sale, a trade
	@exec $(BIN)/marketplace demo

test: $(DEV) ## Run the whole suite on the real engines
	@exec $(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder

check: $(DEV) ## Formatting, lint, types, architecture
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy src tests benchmarks prove simulators
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m pytest -q tests/architecture

bench: $(DEV) ## Each hot path beside its physical limit
	@exec $(BIN)/python -m benchmarks

prove: $(DEV) ## Races and faults at full size
	@exec $(BIN)/python -m prove

lock: ## Pin the requirements again (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url pyproject.toml --extra build -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url pyproject.toml --extra build --extra dev -c requirements.lock -o requirements-dev.lock

clean: ## Remove the environment and the embedded engines' data
	rm -rf $(VENV) .data
