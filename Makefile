# Every target sets up what it needs: Python 3.11 or newer is all it asks of a machine.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Tests mostly wait for servers, so a few more than there are cores run side by side.
JOBS ?= 3
PACKAGES := contracts shared $(wildcard services/*) $(patsubst %/pyproject.toml,%,$(wildcard infra/*/pyproject.toml tests/*/pyproject.toml))
EDITABLE := $(foreach package,$(PACKAGES),-e ./$(package))

# Processes start by the hundred here: their bytecode is kept, also where the user's shell forbids it.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-edi test soak chaos bench up down reset status contracts lint fix lock clean

help: ## Show these targets.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-9s %s\n", $$1, $$2}'

setup: $(READY) ## Install everything into .venv, and nothing else.

demo: $(READY) ## Run the main job end to end: orders in, invoices out, books in agreement.
	@$(BIN)/crossdock demo

demo-edi: $(READY) ## Make whole round trips with EDI partners, by files alone.
	@$(BIN)/crossdock demo-edi

test: $(READY) ## Run all tests, with the linters and type checks first.
	@$(MAKE) --no-print-directory lint
	@$(BIN)/python -m pytest -n $(JOBS) --no-loadscope-reorder

soak: $(READY) ## Run the long tests: chaos must find each safeguard that is taken away.
	@$(BIN)/python -m pytest -m long -n $(JOBS)

chaos: $(READY) ## Load the mesh while faults strike, then audit (ORDERS DURATION SEED FAULTS).
	@$(BIN)/crossdock chaos

bench: $(READY) ## Measure the event path and the mesh against their peers, side by side.
	@$(BIN)/crossdock bench

up: $(READY) ## Start the mesh on this machine and print where it listens.
	@$(BIN)/crossdock up

down: $(READY) ## Stop the mesh; its data stays.
	@$(BIN)/crossdock down

reset: $(READY) ## Stop the mesh and forget its data.
	@$(BIN)/crossdock reset

status: $(READY) ## Show every service's lanes, backlog, parked and dead messages.
	@$(BIN)/crossdock status

contracts: $(READY) ## Write anew what is made of contracts and handlers: snapshots, documents, users.
	@$(BIN)/crossdock contracts write
	@$(BIN)/crossdock permissions

lint: $(READY) ## Check style and types.
	@$(BIN)/ruff format --check --quiet . || { echo "lint: run 'make fix'"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary $(wildcard contracts/src shared/src services/*/src infra/*/src tests/*/src)

fix: $(READY) ## Format the code and mend what the linter can.
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

lock: $(READY) ## Write the lock files anew from the packages' needs.
	@$(BIN)/python infra/lock.py

clean: ## Stop the mesh, remove .venv and everything generated.
	@if [ -x $(BIN)/crossdock ]; then $(BIN)/crossdock down; fi
	@rm -rf $(VENV) var .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(READY): requirements.lock $(foreach package,$(PACKAGES),$(package)/pyproject.toml)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Crossdock needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1 | head -n 1)."; \
	  echo "Install one, then name it: make PYTHON=python3.12 setup"; exit 1; }
	@if [ ! -x $(BIN)/python ] || ! $(BIN)/python -c '' 2>/dev/null; then rm -rf $(VENV); \
	  $(PYTHON) -m venv $(VENV) || { \
	  echo "'$(PYTHON) -m venv' failed; on Debian and Ubuntu: apt install python3-venv"; exit 1; }; fi
	@echo "Installing packages into $(VENV) (about a minute the first time)"
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --progress-bar on \
	  --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps \
	  --no-build-isolation $(EDITABLE)
	@touch $(READY)
