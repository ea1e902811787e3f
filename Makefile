# Tirage needs git, make and Python 3.11 or newer; everything else is brought by these targets.

PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3; do \
	if command -v $$name >/dev/null 2>&1 && $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
	then echo $$name; break; fi; done)
VENV := .venv/bin
TIRAGE := $(VENV)/python -m tirage
SOURCES := src tests tools $(wildcard benchmarks)

.DEFAULT_GOAL := help
.PHONY: help setup runtime python demo demo-reset test thorough check statements screenshots fmt bench lock clean

help: ## Show what can be made
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: python ## Make or refresh .venv with everything needed to work on Tirage
	@$(PYTHON) tools/environment.py dev

runtime: python
	@$(PYTHON) tools/environment.py runtime

python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "Tirage needs Python 3.11 or newer. Install it (on Debian 12: apt-get install python3), then retry." >&2; \
		exit 1; fi

demo: runtime ## Load the demo winery into ./var (once) and serve it on 127.0.0.1:8000
	@$(TIRAGE) demo

demo-reset: runtime ## Throw the demo's data away and start over
	@$(TIRAGE) demo --reset

test: setup ## Run the checks and every test, on SQLite, on PostgreSQL and in a browser
	@$(VENV)/python tools/test.py

thorough: setup ## Search by chance for hours, on both engines and at every awkward moment
	@$(VENV)/python tools/test.py --thorough

check: setup ## Check style, types and which room imports which
	@$(VENV)/python tools/check.py

statements: setup ## Write down anew how many statements each page sends, on both engines
	@for engine in sqlite postgres; do TIRAGE_STATEMENTS=write TIRAGE_TEST_ENGINE=$$engine \
		$(VENV)/pytest -q -n 0 tests/web -k test_statements_are_those_on_file || exit 1; done

screenshots: setup ## Photograph every page, at both widths and in both schemes, into var/screenshots
	@TIRAGE_SCREENSHOTS=1 $(VENV)/pytest -q -n 2 -m browser tests/browser

fmt: setup ## Put the code into shape
	@$(VENV)/ruff check --quiet --fix-only $(SOURCES)
	@$(VENV)/ruff format $(SOURCES)

bench: setup ## Run release day, a large import, long lists, order changes, filters, the map, the shop on a telephone, tiering, bulk moves, mail and granted wishes, and print the figures
	@$(TIRAGE) bench
	@$(VENV)/python benchmarks/imports.py
	@$(VENV)/python benchmarks/imports.py --postgres --json var/bench/imports.json
	@$(VENV)/python benchmarks/imports.py 500000 --once
	@$(VENV)/python benchmarks/imports.py 500000 --once --postgres
	@$(VENV)/python benchmarks/lists.py
	@$(VENV)/python benchmarks/lists.py --postgres
	@$(VENV)/python benchmarks/changes.py
	@$(VENV)/python benchmarks/changes.py --postgres
	@$(VENV)/python benchmarks/quotes.py --json var/bench/quotes_sqlite.json
	@$(VENV)/python benchmarks/quotes.py --postgres --json var/bench/quotes.json
	@$(VENV)/python benchmarks/segments.py --json var/bench/segments_sqlite.json
	@$(VENV)/python benchmarks/segments.py --postgres --json var/bench/segments.json
	@$(VENV)/python benchmarks/places.py --json var/bench/places_sqlite.json
	@$(VENV)/python benchmarks/places.py --postgres --json var/bench/places.json
	@$(VENV)/python benchmarks/shop.py --json var/bench/shop.json
	@$(VENV)/python benchmarks/mail.py
	@$(VENV)/python benchmarks/black_box.py --postgres --json var/bench/black_box.json
	@$(VENV)/python benchmarks/reports.py --postgres --json var/bench/reports.json
	@$(VENV)/python benchmarks/wishes.py
	@$(VENV)/python benchmarks/wishes.py --postgres --json var/bench/wishes.json

lock: setup ## Refresh the hashed lock files from pyproject.toml
	@$(VENV)/python tools/lock.py

clean: ## Remove .venv, caches and builds; the demo's data in ./var stays
	@rm -rf .venv dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find src tests tools -name __pycache__ -type d -prune -exec rm -rf {} +
