# One place for every command. `make help` lists them.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

VENV := .venv
BIN := $(VENV)/bin
CACHE := var/cache
STAMP := $(VENV)/.setup-done
LOCKS := requirements/runtime.txt requirements/dev.txt
NUMBERS := var/bench
PACKAGES := liaison enforcement services schemas demo

# Python 3.11 or newer, by whatever name it has here; `make PYTHON=... setup` names another.
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3 python; do \
	"$$name" -c 'import sys, venv; raise SystemExit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo "$$name" && break; done)

##@ Start here

.PHONY: help
help: ## This list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(STAMP) ## Everything into .venv and var/cache; a second time takes a moment and needs no network

$(STAMP): $(LOCKS) pyproject.toml liaison/adapters/embedded_kafka/jars.json liaison/adapters/embedded_kafka/learning.py
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer was not found on the PATH. Install it (with its venv module), or: make PYTHON=/path/to/python setup" >&2; exit 1; }
	@test -x $(BIN)/python || { echo "Making $(VENV) with $$("$(PYTHON)" --version)"; "$(PYTHON)" -m venv $(VENV); }
	@echo "Installing the locked packages (some minutes the first time, and the only time that needs the network)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt \
	|| { echo "The packages could not be installed; the lines above say why. The first set-up needs the network; 'make setup' goes on from here." >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m compileall -qq -j 0 $(VENV)/lib $(PACKAGES) || true # halves the start of every command
	@$(BIN)/python -m liaison.adapters.embedded_kafka $(CACHE)/kafka # the jars, and what makes the broker's start quick
	@touch $@

.PHONY: demo
demo: setup ## A broker and six nodes on this machine do the main job, give an account of it, and stop
	@$(BIN)/python -m demo

.PHONY: up
up: setup ## The same federation, left running in the background
	@$(BIN)/python -m demo up

.PHONY: down
down: setup ## Stop what `make up` left running; its data stays in var/demo
	@$(BIN)/python -m demo down

##@ While you work

.PHONY: test
test: setup ## All tests, with the real broker
	@$(BIN)/python -m pytest $(ARGS)

.PHONY: test-browser
test-browser: setup ## Only the pages in a real browser (needs Chromium, Debian's package chromium)
	@$(BIN)/python -m pytest tests/browser tests/system/test_morning.py $(ARGS)

.PHONY: test-faults
test-faults: setup ## More rounds of killing processes under load
	@$(BIN)/python -m pytest -m faults $(ARGS)

.PHONY: check
check: lint ## The rules of the house: lint, format, types, floors, schemas, tests/house
	@$(BIN)/python -m pytest -qq tests/house

.PHONY: lint
lint: setup ## The same without tests/house, which `make test` runs too
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m schemas --check
	@$(BIN)/python -m enforcement.intake.profile_schema --check

.PHONY: fix
fix: setup ## Let ruff correct what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: bench
bench: setup $(VENV)/.bench-done ## The numbers, into var/bench, with the peers beside ours
	@mkdir -p $(NUMBERS)
	@$(BIN)/python -m bench --json $(ARGS) > $(NUMBERS)/latest.json
	@echo "Written to $(NUMBERS)/latest.json"

# The peers bring other versions of our libraries: they get a place of their own.
$(VENV)/.bench-done: requirements/bench.txt $(STAMP)
	@test -x var/bench-venv/bin/python || "$(PYTHON)" -m venv var/bench-venv
	@var/bench-venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt
	@touch $@

##@ In containers

.PHONY: containers-up
containers-up: ## Start the containers of docker-compose.yml (see docs/administration.md)
	@command -v docker >/dev/null || { echo "Docker was not found; 'make demo' and 'make up' need none." >&2; exit 1; }
	docker compose up --build --detach --wait

.PHONY: containers-down
containers-down: ## Stop them; their data stays
	docker compose down

##@ Seldom

.PHONY: words
words: setup ## Gather the texts of the pages into the catalogues (words/*.po), to be translated there
	@$(BIN)/python -m liaison.console.gathering

.PHONY: pictures
pictures: setup ## Every page of every office for every role, as pictures in var/pictures (needs Chromium)
	@$(BIN)/python -m tests.browser.pictures var/pictures

.PHONY: lock
lock: ## Pin the newest allowed packages and jars, with hashes (needs the network)
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --upgrade --python-version 3.11 pyproject.toml --output-file requirements/runtime.txt
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --upgrade --python-version 3.11 --constraints requirements/runtime.txt --extra dev pyproject.toml --output-file requirements/dev.txt
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --upgrade --python-version 3.11 requirements/bench.in --output-file requirements/bench.txt
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --upgrade --python-version 3.11 --constraints requirements/dev.txt requirements/build.in --output-file requirements/build.txt
	@$(BIN)/python -c "from pathlib import Path; from liaison.adapters.embedded_kafka.jars import write_lock; \
	write_lock(Path('$(CACHE)/kafka'), Path('liaison/adapters/embedded_kafka/jars.json'))"

.PHONY: clean
clean: ## Remove what can be made again; var/cache and the data under var stay
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache var/bench-venv
	find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +
