# Everything that a person runs. `make help` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
export CORPUSMITH_HOME ?= $(CURDIR)/data
export DAGSTER_HOME := $(abspath $(CORPUSMITH_HOME))/dagster
export DAGSTER_DISABLE_TELEMETRY := 1
export HF_HUB_DISABLE_TELEMETRY := 1
export TOKENIZERS_PARALLELISM := false
# uv does not read pip's configuration: hand it the folder with wheels that pip would use.
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)

BIN := .venv/bin
UV_VERSION := 0.11.33

.PHONY: help demo test dev lint sql bench lock clean

help:  ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

.venv/.installed: requirements.lock
	@echo "Installing $$(grep -c == requirements.lock) pinned packages into .venv ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python -r requirements.lock
	@echo "Compiling kernels ..."
	@$(BIN)/python -m assets.machine_code
	@touch $@

demo: .venv/.installed $(DAGSTER_HOME)/dagster.yaml  ## the whole graph on packages that are installed anyway, and what it made
	@CORPUSMITH_PROFILE=demo $(BIN)/python -m jobs.run build_everything

test: .venv/.installed  ## the whole test suite
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

lint: .venv/.installed  ## style, import rules and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

dev: .venv/.installed $(DAGSTER_HOME)/dagster.yaml  ## the Dagster UI on port 3000, with schedules and sensors
	@$(BIN)/dagster dev --workspace workspace.yaml

sql: .venv/.installed  ## ask the warehouse: make sql q="from funnel"
	@$(BIN)/python -m resources.sql "$(q)"

bench: .venv/.installed  ## this project against its peers on the same work, as one table
	@$(BIN)/python -m bench

lock: .venv/.installed  ## pin anew what pyproject.toml asks for
	@$(BIN)/uv pip compile --quiet --no-header --no-annotate --upgrade pyproject.toml | sed 's/+cpu//' > requirements.lock

clean:  ## remove the installed packages; data stays
	rm -rf .venv

$(DAGSTER_HOME)/dagster.yaml: dagster.yaml
	@mkdir -p $(DAGSTER_HOME)
	@cp dagster.yaml $@
