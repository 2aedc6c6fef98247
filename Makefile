# Two commands on a fresh machine: `make demo` and `make test`. Each sets up what it needs in .venv.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
TURNS  ?= 10
KEEP   ?=
PYTEST ?= -n auto

.PHONY: help demo test test-desktop lint format clean
.DEFAULT_GOAL := help

help:            ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 14

demo: $(VENV)/.installed   ## ELIZA and PARRY write to each other, offline (TURNS=20, KEEP=folder)
	@$(BIN)/mailsim demo --turns $(TURNS) $(if $(KEEP),--keep $(KEEP))

test: $(VENV)/.developing  ## every test
	$(BIN)/pytest $(PYTEST)

test-desktop: $(VENV)/.developing  ## Thunderbird, on a screen of its own (needs thunderbird xvfb xdotool libnss3-tools)
	$(BIN)/pytest tests/desktop

lint: $(VENV)/.developing  ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.developing ## ruff's own format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:           ## remove what was set up here
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "mailsim needs Python 3.11 or newer; name one: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.developing: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@ $(VENV)/.installed
