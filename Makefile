# ShopSmart: everything a developer does. `make help` lists it. Needs Python 3.11 (or 3.12) and make.
# The environment lives in .venv/, local data in .data/ (or where SHOPSMART_DATA says).

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3,$(shell command -v $(name) 2>/dev/null)))
JOBS ?= 2
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help install web client run demo test test-browser test-web check format bench bench-race bench-edits bench-search chaos chaos-long mutants clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

install: $(STAMP) ## Make .venv with every pinned dependency; nothing to do when nothing changed

$(STAMP): setup.cfg pyproject.toml constraints.txt deploy/system-packages.sh
	@[ -n "$(PYTHON)" ] && "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "ShopSmart needs Python 3.11 or newer: install it, or name it with 'make install PYTHON=/path/to/python3.11'." >&2; exit 1; }
	@[ -x $(BIN)/python ] || sh deploy/system-packages.sh venv "$(PYTHON)"
	@[ -x $(BIN)/pip ] || "$(PYTHON)" -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[embedded,dev]'
	@sh deploy/system-packages.sh libraries $(BIN)/python
	@touch $@

web: install ## Build the web pages, if their files changed; without Node it says what is missing
	@sh deploy/build-web.sh "$(abspath $(BIN)/python)"

client: install ## Write down the API's document, from which the web's typed client is made
	$(BIN)/python -m blueprints >storefront/openapi.json

run: install ## Bring the whole platform up: servers, demo city, API, workers, scheduler, web pages
	@$(MAKE) --no-print-directory web || echo "The platform starts without web pages." >&2
	@exec $(BIN)/shopsmart up $(ARGS)

demo: install ## One order from the map to the doorstep, against the running platform
	@exec $(BIN)/shopsmart demo $(ARGS)

test: check ## Everything that must hold: the checks, then every test on real servers and in the browser
	$(BIN)/pytest -n $(JOBS) --ignore=tests/browser $(ARGS)
	@$(MAKE) --no-print-directory test-web test-browser

test-web: install ## The web pages' own checks: types, rules, languages
	@sh deploy/build-web.sh "$(abspath $(BIN)/python)" packages
	cd storefront && npm run --silent check && npm run --silent test

test-browser: web ## All four audiences in headless Chromium, on the whole platform
	@sh deploy/system-packages.sh browser || true
	$(BIN)/pytest tests/browser $(ARGS)

check: install ## ruff, mypy and the import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install ## Let ruff put the code in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench-race: install ## A hundred buyers for the last unit, twenty times
	$(BIN)/python -m bench.race $(ARGS)

bench-edits: install ## How soon an edit of the shelf is in the catalogue and on the console's stream
	$(BIN)/python -m bench.edits $(ARGS)

bench-search: install ## Lists, searches and suggestions at 50,000 products in 12 stores
	$(BIN)/python -m bench.catalogue $(ARGS)

mutants: install ## Break the code in one place at a time and see that a test notices
	@exec $(BIN)/python -m bench.mutants $(ARGS)

chaos: install ## Ten minutes under fire: parts killed, frozen, cut off, filled up; every acknowledged call checked
	@exec $(BIN)/python -m bench.chaos $(ARGS)

chaos-long: install ## The same, each part ten times as long
	@exec $(BIN)/python -m bench.chaos --long $(ARGS)

bench: install ## Whole checkouts a second, by step and by CPU, beside the raw limit
	$(BIN)/python -m bench.checkout $(ARGS)
	$(BIN)/python -m bench.places
	$(BIN)/python -m bench.past_orders

clean: ## Remove the environment, the caches and the local data in .data/ (refuses while a copy runs there)
	@if [ -x $(BIN)/shopsmart ] && $(BIN)/shopsmart status --data .data; then echo "Stop it first." >&2; exit 1; fi
	rm -rf $(VENV) .data storefront/node_modules storefront/.next .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
