# Every target sets up .venv first: the first time takes a minute, later ones a moment.
PYTHON ?= python3
ARGS ?=
# Tests run in this many processes side by side: two of them start services and trainers and often wait, the third
# takes the rest (see tests/conftest.py).
JOBS ?= 3
BIN := .venv/bin
SETUP := $(PYTHON) .ci/bootstrap.py
NPM := $(BIN)/python frontend/build_page.py npm

.PHONY: help demo test dev lint types frontend openapi bench lock clean

help: ## what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1 \t\2/p' $(MAKEFILE_LIST)

demo: ## train a study before your eyes and open its page (ARGS=--exit leaves when it is done)
	@$(SETUP) demo
	@$(BIN)/seedspread demo $(ARGS)

test: dev ## every test, with real servers and a real browser (ARGS='-k name' picks)
	$(NPM) run --silent test
	$(BIN)/python -m pytest -n $(JOBS) --dist loadscope --durations 40 --durations-min 4 $(ARGS)

dev: ## set up .venv for working on the code, and build the dashboard
	@$(SETUP) dev

lint: dev ## style of Python and TypeScript
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	@if [ -x $(BIN)/hadolint ]; then $(BIN)/hadolint backend/Dockerfile worker/Dockerfile; fi
	$(NPM) run --silent lint

types: dev ## types of Python and TypeScript
	$(BIN)/mypy
	$(NPM) run --silent typecheck

frontend: dev ## build the dashboard where its sources changed
	$(BIN)/python frontend/build_page.py

openapi: dev ## write the API's description, and the colours, markers and search patterns that the dashboard shares
	$(BIN)/seedspread openapi frontend/openapi.json
	$(BIN)/python -m seedspread.api.shared > frontend/src/lib/shared.json

bench: dev ## the cost of a seed beside a plain training script, and how fast the page opens 10,000 runs
	$(BIN)/python -m tests.bench $(ARGS)
	$(BIN)/python -m tests.bench.bench_engine
	$(BIN)/python -m tests.bench.bench_battery
	$(BIN)/python -m tests.bench.bench_page

# The same versions everywhere: each later lock is bound by the first one. ARGS=--upgrade takes what is newest.
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header $(ARGS)
BOUND := $(COMPILE) -c backend/requirements.lock

# The build of torch 2.13.0 for CPython 3.11 on Linux (x86_64) without CUDA, which the registry does not list.
TORCH_CPU := --hash=sha256:6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b

lock: export UV_SYSTEM_CERTS := 1
lock: dev ## resolve the dependencies again into backend/requirements*.lock
	$(COMPILE) pyproject.toml --extra local --extra cpu --extra postgres -o backend/requirements.lock
	$(BOUND) pyproject.toml --extra local --extra cpu --extra postgres --extra test -o backend/requirements-dev.lock
	$(BOUND) pyproject.toml --extra api --extra postgres -o backend/requirements-api.lock
	$(BOUND) pyproject.toml --extra worker --extra cpu --extra postgres -o backend/requirements-worker.lock
	$(BOUND) pyproject.toml --extra worker --extra cuda --extra postgres -o backend/requirements-cuda.lock
	$(BOUND) pyproject.toml --extra local --extra cuda --extra postgres -o backend/requirements-local-cuda.lock
	$(COMPILE) --group build -o backend/requirements-build.lock
	$(COMPILE) --group node -o backend/requirements-node.lock
	$(COMPILE) -c backend/requirements-dev.lock --group frameworks -o backend/requirements-frameworks.lock
	sed -i 's/^torch==2\.13\.0 \\$$/&\n    $(TORCH_CPU) \\/' backend/requirements-frameworks.lock

clean: ## remove .venv and everything built
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis bench-results
	rm -rf frontend/node_modules frontend/src/api/schema.d.ts tests/browser/node_modules
	rm -rf backend/seedspread/static backend/seedspread/_frontend.stamp
	find backend worker tests -name __pycache__ -type d -exec rm -rf {} +
