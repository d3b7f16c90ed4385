# `make serve` and `make test` are all that a newcomer needs; both set everything up by themselves, once.
PYTHON ?= python3
PORT ?= 8000
BIN := $(CURDIR)/.venv/bin
export PATH := $(BIN):$(PATH)
export NO_MKDOCS_2_WARNING := 1

help:  ## show these commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

serve: setup  ## build, check and serve the site at http://127.0.0.1:8000/
	@$(BIN)/python -m tools.build --serve --port $(PORT)

site: setup  ## build and check both editions, leave them in site/
	@$(BIN)/python -m tools.build

zip: setup  ## pack the site for reading offline
	@$(BIN)/python -m tools.build --zip

test: setup  ## run all tests
	@$(BIN)/python -m hooks.figures  # once, or each worker would draw them
	@$(BIN)/python -m pytest -n 2

mutate: setup  ## damage every formula and count how many damages the checker catches
	@$(BIN)/python -m formulacheck.mutate snippets docs --explained tests/formulacheck/survivors.txt

bench: setup  ## measure the built site and the snippets
	@$(BIN)/python -m benchmarks

reviewed: setup  ## mark a pair of pages as read together: make reviewed PAGE=activations/softmax
	@$(BIN)/python -m tools.pairs $(PAGE)

lock: setup  ## pin the newest versions that pyproject.toml and package.json allow
	@$(PYTHON) -m venv .cache/uv && .cache/uv/bin/pip install -q uv
	@.cache/uv/bin/uv pip compile pyproject.toml --group site --group test -q -o requirements.txt --upgrade \
	  --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
	@$(BIN)/npm update --package-lock-only

setup: .venv/.ready node_modules/.ready

.venv/.ready: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed, $$($(PYTHON) --version) found: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "Python's venv module is missing: on Debian or Ubuntu, apt install python3-venv"; exit 1; }
	@echo "Setting up .venv (once)…"
	@rm -rf .venv  # not `venv --clear`: where .venv is a link, that would empty somebody else's
	@$(PYTHON) -m venv .venv
	@.venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

node_modules/.ready: .venv/.ready package-lock.json
	@rm -rf node_modules
	@$(BIN)/npm ci --loglevel=error --no-progress
	@touch $@

.PHONY: help serve site zip test mutate bench reviewed lock setup
