# Two commands do everything on a machine with Python 3.11+ and make:
#   make serve    private environment, install, serve every packaged contract on http://127.0.0.1:8080
#   make test     the same, then every check: lint, types, layers, tests
# The rest: make bench, make lock, make clean, and
#   make test-clients   clients that Python and Node generators make of the contracts, in use; installs
#                       Node.js where it is missing
#   make test-container  the image, Testcontainers, compose and their recipes with a Docker Engine,
#                       which is brought up on Debian, as root, where there is none
#   make conformance    every contract against schemathesis, deep: EXAMPLES=300 requests are made up
#                       for each operation (make test: 25) from SEED=1
#   make fuzz           the property tests with new examples each time, ROUNDS=10 times

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
ARGS   ?=
EXAMPLES ?= 300
SEED     ?= 1
ROUNDS   ?= 10
PROPERTIES := tests/contract tests/sample tests/test_refusal.py tests/server/test_any_bytes.py
CONSUMER := tests/clients/typescript
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help serve test test-container test-clients check lint types layers tests conformance fuzz bench lock clean

help:
	@sed -n '1,11s/^# \{0,1\}//p' Makefile

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "mockserver needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { echo "this Python cannot make a virtual environment: install its venv package (Debian: apt-get install python3-venv)" >&2; rm -rf $(VENV); exit 2; }

# The hashed locks are installed first, then the project itself without asking the index again.
$(VENV)/.runtime: $(BIN)/python requirements/runtime.txt requirements/build.txt pyproject.toml
	$(PIP) install --require-hashes -r requirements/runtime.txt -r requirements/build.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.runtime requirements/test.txt
	$(PIP) install --require-hashes -r requirements/test.txt
	@touch $@

serve: $(VENV)/.runtime
	$(BIN)/mockserver serve $(ARGS)

test: lint types layers tests

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test
	$(BIN)/mypy

layers: $(VENV)/.test
	$(BIN)/lint-imports

tests: $(VENV)/.test
	$(BIN)/pytest -n 2 --dist loadgroup $(ARGS)

test-container: $(VENV)/.test
	tests/container/engine.sh $(BIN)/pytest tests/container $(ARGS)

test-clients: $(VENV)/.test $(CONSUMER)/node_modules/.installed
	$(BIN)/pytest tests/clients $(ARGS)

$(CONSUMER)/node_modules/.installed: $(CONSUMER)/package-lock.json $(CONSUMER)/package.json
	tests/clients/node.sh
	npm --prefix $(CONSUMER) ci
	@touch $@

conformance: $(VENV)/.test
	CONFORMANCE_EXAMPLES=$(EXAMPLES) CONFORMANCE_SEED=$(SEED) $(BIN)/pytest -n 2 tests/conformance $(ARGS)

fuzz: $(VENV)/.test
	for round in $$(seq $(ROUNDS)); do HYPOTHESIS_PROFILE=random $(BIN)/pytest -q -n 2 $(PROPERTIES) $(ARGS) || exit 1; done

bench: $(VENV)/.runtime
	$(BIN)/python benchmarks/steering.py
	$(BIN)/python benchmarks/throughput.py $(ARGS)

lock: $(BIN)/python
	$(PIP) install uv
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command 'make lock' pyproject.toml -o requirements/runtime.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command 'make lock' --group build -o requirements/build.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command 'make lock' -c requirements/runtime.txt --group test -o requirements/test.txt

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		tests/clients/python/generated $(CONSUMER)/node_modules $(CONSUMER)/contracts $(CONSUMER)/build
