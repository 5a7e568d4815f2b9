# Needs Python 3.11 or newer, make and network access to the package index. `make help` lists the targets.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
PY := $(VENV)/bin/python
# One stamp per content of the requirement files: nothing is installed again until they change.
RUN_STAMP := $(VENV)/.run-$(shell cat requirements.txt | cksum | cut -d' ' -f1)
DEV_STAMP := $(VENV)/.dev-$(shell cat requirements.txt requirements-dev.txt | cksum | cut -d' ' -f1)
PIP := $(PY) -m pip -qq --disable-pip-version-check
# Tests keep away from the data of a running platform.
TEST_DATA := $(or $(TEST_DATA_DIR),$(CURDIR)/var/test)
TEST_ENV := DATA_DIR="$(TEST_DATA)" STATIC_MANIFEST=0 PYTHONDONTWRITEBYTECODE=1
PYTEST := $(TEST_ENV) $(PY) -m pytest --create-db
JOBS ?= 2
# A database of this run's own, removed at its end.
POSTGRES ?= $(or $(TEST_POSTGRES_URL),postgres://postgres@127.0.0.1:5432)
ON_POSTGRES := $(TEST_ENV) DATABASE_URL="$(POSTGRES)/fleet_$(shell echo $$PPID)?pool=4"
FRESH := --override-ini addopts="-p no:cacheprovider --strict-markers -m 'not slow'"

.DEFAULT_GOAL := help
.PHONY: help run test lint format e2e services-test postgres-test slow-test check messages shell bench clean

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(RUN_STAMP)  ## Start the platform: server, worker, scheduler, demo and simulators
	@exec $(PY) manage.py start

test: $(DEV_STAMP)  ## Run the default test suite
	@$(PYTEST) -q -n $(JOBS)

services-test: $(DEV_STAMP)  ## Run the tests against PostgreSQL, Redis and Mosquitto of this machine
	@$(ON_POSTGRES) $(PY) -m pytest $(FRESH) -q fleet_platform/tests/services

postgres-test: $(DEV_STAMP)  ## Run the default test suite on PostgreSQL
	@$(ON_POSTGRES) $(PY) -m pytest $(FRESH) -q -n $(JOBS)

slow-test: $(DEV_STAMP)  ## Run the tests that take minutes (kill tests, soak)
	@$(PYTEST) -q -m slow

e2e: $(DEV_STAMP)  ## Run the browser tests (needs chromium)
	@$(PYTEST) -q fleet_platform/tests/e2e

lint: $(DEV_STAMP)  ## Check style and format
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

format: $(DEV_STAMP)  ## Correct style and format
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

check: $(DEV_STAMP)  ## Check settings and migrations
	@$(TEST_ENV) $(PY) manage.py check
	@$(TEST_ENV) $(PY) manage.py makemigrations --check --dry-run

messages: $(DEV_STAMP)  ## Collect and compile the translations
	@$(TEST_ENV) $(PY) manage.py messages

shell: $(RUN_STAMP)  ## Open a Python shell with the platform's models
	@$(PY) manage.py shell

bench: $(DEV_STAMP)  ## Measure the platform beside its yardsticks (6 minutes, on a quiet machine)
	@$(PY) -m benchmarks.all

clean:  ## Remove the environment and the test data (never the platform's data)
	rm -rf $(VENV) var/test .ruff_cache

$(VENV)/bin/python:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Fleet Platform needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Making the Python environment in $(VENV)"
	@"$(PYTHON)" -m venv --clear $(VENV)

$(RUN_STAMP): | $(VENV)/bin/python
	@echo "Installing the pinned requirements"
	@$(PIP) install -r requirements.txt
	@rm -f $(VENV)/.run-* && touch $@

$(DEV_STAMP): | $(RUN_STAMP)
	@echo "Installing the pinned development requirements"
	@$(PIP) install -r requirements-dev.txt
	@rm -f $(VENV)/.dev-* && touch $@
