# Needs Python >= 3.11, git and make; everything else is installed into .venv.
# PYTHON names the interpreter .venv is made from: the first that is new enough and
# has its venv module (Debian ships it as python3-venv).

SHELL := /bin/bash
.DEFAULT_GOAL := help

new_enough := import ensurepip, sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	if "$$python" -c '$(new_enough)' 2>/dev/null; then echo "$$python"; break; fi; done)

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.synced
JOBS ?= 2
CODE := $(wildcard src tests benchmarks website examples/bylaw-plugin-sample/src)
BOOT := packages/bylaw-boot
VERSIONS := 3.11 3.12 3.13 3.14

# uv works on the environment below and never fetches an interpreter of its own.
export UV_PROJECT_ENVIRONMENT := $(VENV)
export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1
unexport VIRTUAL_ENV UV_PYTHON PYTHONPATH PYTHONHOME

.PHONY: help setup demo test test-all test-boot lint format docs bench lock clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' Makefile | expand -t 12

setup: $(STAMP) ## make .venv and install what uv.lock names

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Bylaw needs Python >= 3.11 with venv and found none; name one: make PYTHON=/path/to/python3" >&2; exit 2; }
	$(PYTHON) -m venv --clear $(VENV) && echo '*' > $(VENV)/.gitignore

$(BIN)/uv: | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'

# The machine's certificates first (a proxy may have put its own there), then uv's.
$(STAMP): pyproject.toml uv.lock | $(BIN)/uv
	UV_SYSTEM_CERTS=1 $(BIN)/uv sync --frozen --quiet --python $(BIN)/python || \
	  $(BIN)/uv sync --frozen --quiet --python $(BIN)/python
	@touch $@

demo: setup ## check the bundled backend and show what Bylaw finds
	@$(BIN)/bylaw check examples/shop; code=$$?; \
	if [ $$code -ne 1 ]; then echo "expected exit code 1 (findings), got $$code" >&2; exit 1; fi
	@echo; printf '%s\n' \
	  'Each finding names a line, the indented road from it to its cause, and the mend.' \
	  'Look at an import-time-env-read: the environment is read four calls away, in another module.' \
	  'What is planted where, and which look-alikes are legal: examples/shop/README.md' \
	  'Why a rule exists and what it accepts: $(BIN)/bylaw explain import-time-env-read'

test: setup ## run the tests
	$(BIN)/python -m pytest -n $(JOBS)

test-all: setup ## run the tests under every Python 3.11-3.14 at hand
	@ran=; for version in $(VERSIONS); do \
	  python=; for candidate in "python$$version" "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/$$version.*/bin/python; do \
	    if "$$candidate" -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$$version')" 2>/dev/null; then \
	      python=$$candidate; break; fi; done; \
	  if [ -z "$$python" ]; then echo "== $$version: not at hand"; continue; fi; \
	  $(MAKE) --no-print-directory test VENV=.venv-$$version PYTHON="$$python" || exit 1; \
	  ran="$$ran $$version"; \
	done; echo "green under:$$ran"; test -n "$$ran"

lint: setup ## ruff (lint, format) and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(CODE)
	$(BIN)/mypy --config-file $(BOOT)/pyproject.toml $(BOOT)/src $(BOOT)/tests

format: setup ## rewrite the code as `make lint` wants it
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The generator has an environment of its own, so that nobody else needs it.
DOCS_VENV := .venv-docs
DOCS_STAMP := $(DOCS_VENV)/.synced
$(DOCS_STAMP): pyproject.toml uv.lock | $(STAMP)
	test -x $(DOCS_VENV)/bin/python || $(BIN)/python -m venv --clear --without-pip $(DOCS_VENV)
	export UV_PROJECT_ENVIRONMENT=$(DOCS_VENV); sync="$(BIN)/uv sync --frozen --quiet --only-group docs"; \
	  UV_SYSTEM_CERTS=1 $$sync --python $(DOCS_VENV)/bin/python || $$sync --python $(DOCS_VENV)/bin/python
	@echo '*' > $(DOCS_VENV)/.gitignore && touch $@

docs: setup $(DOCS_STAMP) ## build the documentation site into build/docs/site; any warning fails
	$(BIN)/python -m website prepare build/docs
	cd build/docs && ../../$(DOCS_VENV)/bin/zensical build --strict
	$(BIN)/python -m website check build/docs/site

bench: setup ## measure against the floor and against peers
	$(BIN)/python -m benchmarks.run

test-boot: setup ## run the tests of bylaw-boot under every Python 3.9-3.13 at hand
	$(MAKE) --no-print-directory -C $(BOOT) test-all

lock: | $(BIN)/uv ## resolve the dependencies again
	UV_SYSTEM_CERTS=1 $(BIN)/uv lock || $(BIN)/uv lock
	$(MAKE) --no-print-directory -C $(BOOT) lock

clean: ## remove what the other targets made
	$(MAKE) --no-print-directory -C $(BOOT) clean
	rm -rf $(VENV) $(DOCS_VENV) $(addprefix .venv-,$(VERSIONS)) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
