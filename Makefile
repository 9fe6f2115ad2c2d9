# The two commands: `make up` runs everything, `make test` checks everything. Both build .venv from the lock files first.
#
#   make up ARGS='--port 8123 --data DIR --demo'      make test ARGS='tests/rules -k quotes'

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help up test lint screens lock messages chromium

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
WORKERS ?= 2

help:
	@echo "make up       run the hub with Postgres, Valkey and worker   ARGS='--port 8123 --data DIR --demo'"
	@echo "make test     lint, types, import contracts, all tests       ARGS='tests/rules -k quotes'"
	@echo "make screens  screenshots of the main screens into docs/screens"
	@echo "make lock     renew the lock files from pyproject.toml (needs uv)"

up: .venv/.runtime
	@exec $(BIN)/python -m hub up $(ARGS)

test: lint chromium
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

lint: .venv/.dev
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/messages.py --check

screens: .venv/.dev chromium
	$(BIN)/python tools/screens.py $(ARGS)

chromium: .venv/.dev
	@tools/chromium.sh

# Words: the hub makes .mo from .po by itself at start, when they are missing or older; this does it before.
messages: .venv/.runtime
	@$(BIN)/python -c 'from hub.i18n import compile_catalogues; compile_catalogues()'

# The environment: made once, filled again only when a lock file changes. pip checks every hash.
.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "anou: Python 3.11 or newer is needed" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || uv venv --seed --python $(PYTHON) .venv || \
		{ rm -rf .venv; echo "anou: $(PYTHON) can't make a venv (on Debian: apt-get install python3-venv)" >&2; exit 1; }

define fill
	@echo "anou: installing $< into .venv"
	@{ command -v uv && uv --version; } >/dev/null 2>&1 && \
		VIRTUAL_ENV=.venv uv pip install -q --require-hashes -r $< 2>/dev/null || \
		$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r $<
	@touch $@
endef

.venv/.runtime: requirements.lock | .venv/bin/python
	$(fill)

.venv/.dev: requirements-dev.lock | .venv/bin/python
	$(fill)
	@touch .venv/.runtime

LOCK := uv pip compile --generate-hashes --no-emit-index-url --universal --python-version 3.11 --no-header --no-annotate
lock:
	$(LOCK) pyproject.toml -o requirements.lock
	$(LOCK) --extra carriers pyproject.toml -o requirements-image.lock
	$(LOCK) --extra dev --extra carriers pyproject.toml -o requirements-dev.lock
