# The stable commands; `make help` lists them.
SHELL := /bin/bash
PYTHON_BIN := .venv/bin/python
export PYTHONDONTWRITEBYTECODE := 1

.PHONY: help setup run demo test long check lint types contracts django-checks bench crash-matrix screens clean

help:           ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup:          ## install what is missing and make .venv
	@scripts/bootstrap

run: setup      ## the demonstration world with web pages, until Ctrl-C
	@$(PYTHON_BIN) -m scripts.run

demo: setup     ## the main job without a browser; ends with a JSON summary
	@$(PYTHON_BIN) -m scripts.demo

test: setup     ## all tests on the real components
	@$(PYTHON_BIN) -m pytest -n 2 --dist loadgroup -q

long: setup     ## the whole of matrices that the tests sample: processes killed at any moment
	@$(PYTHON_BIN) -m pytest -n 2 --dist loadgroup -q -m long
	@$(MAKE) --no-print-directory crash-matrix

crash-matrix: setup  ## kill -9 at every moment x kind x key back-end; report in .local/, exit 1 on a violation
	@$(PYTHON_BIN) -m tests.faults.crash --report .local/crash-matrix >/dev/null

check: setup lint types contracts django-checks test  ## everything CI runs

lint:
	@$(PYTHON_BIN) -m ruff format --check .
	@$(PYTHON_BIN) -m ruff check .

types:
	@CUSTODY_PROFILE=test CUSTODY_PROCESS=test CUSTODY_SECRET_KEY=types $(PYTHON_BIN) -m mypy custody scripts tests

contracts:
	@.venv/bin/lint-imports --no-cache

django-checks:  ## migrations, deployment checks, translations, API schema
	@$(PYTHON_BIN) -m scripts.checks

bench:          ## measurements against a peer or limit, one JSON line each (ONLY=name)
	@$(MAKE) --no-print-directory setup >&2
	@$(PYTHON_BIN) -m scripts.bench $(ONLY)

screens: setup  ## screenshots of the pages to .local/screens/
	@$(PYTHON_BIN) -m pytest -q tests/browser

clean:          ## stop and delete everything local but the environment
	@[ ! -x $(PYTHON_BIN) ] || $(PYTHON_BIN) -m scripts.clean
