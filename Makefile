# Everything here needs Python 3.11 or later, pip and make; what it makes stays in .venv/ and var/.
# Another Python: make PYTHON=python3.13 run     Another port: make run PORT=8001

PYTHON ?= python3
PY := .venv/bin/python
PYTEST_WORKERS ?= 2
export PYTHONUNBUFFERED := 1

.DEFAULT_GOAL := help
.PHONY: help run test lint format messages lock install install-dev clean

help:  ## Show this list
	@sed -n 's/^\([a-z-]*\):.*  ## /\1\t/p' Makefile | expand -t 14

run: install  ## Start Advocate on http://127.0.0.1:8000 (demo data and an admin on the first run)
	@$(PY) manage.py up

test: install-dev  ## Run the whole test suite on SQLite; TESTS=path narrows it
	@$(PY) -m pytest -n $(PYTEST_WORKERS) --dist worksteal $(TESTS)

lint: install-dev  ## Style, types, layers, templates, migrations, messages
	@$(PY) tools/lint.py

format: install-dev  ## Format the Python code
	@$(PY) -m ruff check --quiet --fix . ; $(PY) -m ruff format .

messages: install-dev  ## Collect texts into locale/*/django.po and compile them (needs gettext)
	@$(PY) tools/messages.py update

lock: install-dev  ## Compile requirements*.txt from requirements*.in
	@$(PY) tools/lock.py $(LOCK_OPTIONS)

install:
	@$(PYTHON) tools/install.py requirements.txt

install-dev:
	@$(PYTHON) tools/install.py requirements.txt requirements-dev.txt

clean:  ## Remove what tools cached; data in var/ stays
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
