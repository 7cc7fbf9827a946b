# Every target does its own set-up first; a second run finds nothing to set up and starts at once.
.DEFAULT_GOAL := help
.PHONY: help setup demo test coverage vitest check audit bench faults soak fuzz mutants lock fmt clean

PYTHON ?= python3
BIN := .venv/bin
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix dispatch/pages --silent
LOCK := $(BIN)/uv --quiet pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

# Dozens of processes start in a demo and in the tests: none of them shall compile all sources anew.
unexport PYTHONDONTWRITEBYTECODE

# `make demo DURATION=60 CITY=...`: each of these that is set becomes an option of `dispatch demo`.
DEMO_OPTIONS := DURATION CITY COURIERS ORDERS_PER_HOUR PORT REPORT SPEED
as_option = $(if $($(1)),--$(subst _,-,$(shell echo $(1) | tr A-Z a-z)) "$($(1))")
STARTED_S := $(shell date +%s)

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' Makefile

setup: ## make or refresh the environment and the built pages
	@$(PYTHON) deploy/setup.py

# The demo counts its first delivery from STARTED_S, set-up included.
demo: setup ## run a live city until Ctrl-C (DURATION CITY COURIERS ORDERS_PER_HOUR PORT REPORT SPEED)
	@DISPATCH_COMMAND_STARTED_S=$(STARTED_S) exec $(BIN)/dispatch demo $(foreach name,$(DEMO_OPTIONS),$(call as_option,$(name)))

# Tests of real processes and pages wait for a good part of their time, so three of them fit on two processors; those
# that compute, or time what two processors do, go two by two, the longest first.
WAITING := $(addprefix tests/,faults pages system deploy simulator)
COMPUTING := tests/simulation $(filter-out $(WAITING) tests/simulation tests/protocol tests/__pycache__,$(patsubst %/,%,$(wildcard tests/*/)))
BY_FILE := --dist loadfile --no-loadscope-reorder

test: ## run every test
	@$(PYTHON) deploy/setup.py --browser
	@failed=0; \
	$(MAKE) --no-print-directory --keep-going --jobs 2 --output-sync=target coverage vitest || failed=1; \
	$(BIN)/pytest --numprocesses 2 $(BY_FILE) $(COMPUTING) || failed=1; \
	$(BIN)/pytest --numprocesses 3 $(BY_FILE) $(WAITING) || failed=1; \
	exit $$failed

vitest: setup ## run the pages' unit tests alone
	@$(NPM) test

coverage: setup ## run the protocol's tests alone; they have to reach every branch of it
	@$(BIN)/pytest --numprocesses 2 --dist loadfile --cov=courier_protocol --cov-branch --cov-fail-under=100 \
		--cov-report=term-missing:skip-covered tests/protocol

check: setup ## style, types, import rules and size limits
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/mypy --strict deploy/setup.py
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/pytest --quiet tests/architecture
	@$(NPM) run check

audit: setup ## advisories about the pinned packages, and Bandit's rules (says what could not be asked)
	@$(BIN)/python deploy/audit.py

bench: setup ## run every benchmark, or one (BENCH=name DATA=folder-with-bench-and-maps JSON=file)
	@$(BIN)/python -m simulator bench $(or $(BENCH),all) --docs docs/benchmarks $(if $(DATA),--data "$(DATA)") $(if $(JSON),--json "$(JSON)")

# A half hour has every kind of fault and takes a sixth of what two hours with more couriers and orders take.
SOAK_SCALE := --hours 0.5 --couriers 20 --orders 60

soak: setup ## the deterministic simulation: SEEDS=1000 half hours, LONG=50 times two hours, then every planted bug until it is noticed
	@$(BIN)/python -m simulator in-process --seeds $(or $(SEEDS),1000) $(SOAK_SCALE) $(if $(JSON),--json "$(JSON)")
	@$(BIN)/python -m simulator in-process --first 100000 --seeds $(or $(LONG),50)
	@$(BIN)/python -m simulator planted-bugs

fuzz: setup ## search protocol, sockets and HTTP for inputs that break them, by the million (INPUTS=1000000)
	@$(BIN)/python -m tests.fuzz $(or $(INPUTS),1000000)
	@$(BIN)/pytest --numprocesses 2 --hypothesis-profile fuzz --timeout 1800 tests/protocol

mutants: setup ## change the domain and the protocol in thousands of ways, and see which of them tests notice (ONLY="dispatch.domain.offer*")
	@nice $(BIN)/mutmut run --max-children 2 $(if $(ONLY),"$(ONLY)")
	@$(BIN)/python -m tests.support.mutants

faults: setup ## kill and cut off real processes under traffic, far longer than the tests do (MINUTES=10 ORDERS=200)
	@$(BIN)/python -m simulator faults kill-loop --minutes $(or $(MINUTES),10) --orders $(or $(ORDERS),200)
	@$(BIN)/python -m simulator faults run

lock: setup ## pin the packages after a change of pyproject.toml (UPGRADE=1: at their newest versions)
	@$(LOCK) $(if $(UPGRADE),--upgrade) --group dev --output-file requirements.lock pyproject.toml
	@echo uv | $(LOCK) $(if $(UPGRADE),--upgrade) --output-file deploy/bootstrap.lock -

fmt: setup ## rewrite the sources in the house style
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format
	@$(NPM) run fmt

clean: ## remove what set-up and tests made (cities and orders, in .data, stay)
	rm -rf mutants .venv .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache dist
	rm -rf dispatch/pages/node_modules dispatch/web/static
