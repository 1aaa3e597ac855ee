# make demo: install into .venv and see it work.   make test: the everyday tests.   make help: all targets.
PYTHON ?= python3
BIN := .venv/bin
TORCH ?= torch==2.13.0
BIOME ?= @biomejs/biome@2.6.8
TYPESCRIPT ?= typescript@7.0.2
MUTMUT ?= mutmut>=3.3
WORKERS ?= 2
BROWSER := $${CONVCLI_BROWSER:-chromium-headless-shell}

.PHONY: help demo environment test test-all growth cluster test-floors browser lint lint-js docs notebooks man release-check bench soak sanitize mutants tools frameworks clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

demo: .venv/installed  ## install into .venv, and run the examples
	@PATH="$(CURDIR)/$(BIN):$$PATH" bash examples/demo.sh
	@echo
	@echo "convcli is installed in .venv. Call it as"
	@echo "    $(BIN)/convcli shape conv2d 28x28 -k 5"
	@echo "or activate the environment first:"
	@echo "    source $(BIN)/activate"
	@echo "    convcli help"

environment: browser .venv/ready-for-tests  ## create .venv with what the tests need, and run nothing

test: browser .venv/ready-for-tests  ## the everyday tests
	$(BIN)/python -m pytest -n $(WORKERS) -m "not slow and not growth"

test-all: browser .venv/ready-for-tests  ## every test, the slow ones too
	@$(BIN)/python -c "import nbclient, nbconvert, ipykernel" 2>/dev/null || \
		$(BIN)/python -m pip install -q -e '.[notebook-tests]' || \
		echo "nbconvert is not available: the notebooks are not executed"
	$(BIN)/python -m pytest -n $(WORKERS) -m "not growth"

growth: .venv/ready-for-tests  ## the growth of CPU time when inputs double, on a quiet machine
	$(BIN)/python -m pytest -m growth tests/fuzz

cluster: .venv/ready-for-tests  ## clusters of dask on this machine: faults, and the same bytes on every way
	$(BIN)/python -m pip install -q -e '.[cluster]'
	CONVCLI_CLUSTER=1 $(BIN)/python -m pytest tests/distribution tests/cli/test_workers.py
	$(BIN)/python -m tests.cluster --layers 1000

test-floors: .venv/installed  ## what depends on versions, with the lowest and the newest dependencies and Pythons
	$(BIN)/python -m tools.floors
	$(BIN)/python -m tools.floors stores

lint: lint-js .venv/installed-for-tests  ## style and types
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy

lint-js:
	@if command -v npx >/dev/null; then \
		npx --yes $(BIOME) check && npx --yes -p $(TYPESCRIPT) tsc -p jsconfig.json; \
	else echo "npx is not installed: style and types of the page's JavaScript are not checked"; fi

docs: .venv/installed-for-tests  ## rerun every example of the documentation and write its output
	$(BIN)/python -m tools.documentation --write

notebooks: .venv/installed-for-tests  ## execute the notebooks of the documentation, and store their outputs
	$(BIN)/python -m pip install -q -e '.[notebook-tests]'
	$(BIN)/python -m tools.notebooks --write

man: .venv/installed-for-tests  ## write man/convcli.1
	$(BIN)/python -m tools.man_page --write

release-check: .venv/installed  ## build sdist and wheel, install the wheel elsewhere, and try it
	bash tools/release_check.sh $(BIN)/python

bench: .venv/installed-for-tests  ## measure what docs/performance.md states
	$(BIN)/python -m pip install -q -e '.[bench]' $(TORCH)
	mkdir -p benchmarks/results
	$(BIN)/python -m benchmarks.lines --json benchmarks/results/lines.json
	$(BIN)/python -m benchmarks.layers --threads 1 --json benchmarks/results/layers-1.json
	$(BIN)/python -m benchmarks.layers --threads 2 --json benchmarks/results/layers-2.json
	$(BIN)/python -m benchmarks.processes --families --json benchmarks/results/processes.json
	$(BIN)/python -m benchmarks.each --json benchmarks/results/each.json
	$(BIN)/python -m benchmarks.memory --json benchmarks/results/memory.json
	$(BIN)/python -m benchmarks.streaming --gib 4 --in-memory --json benchmarks/results/streaming.json
	$(BIN)/python -m benchmarks.growth --json benchmarks/results/growth.json
	$(BIN)/python -m benchmarks.page --json benchmarks/results/page.json || \
		echo "no browser: the frames of the page are not measured"
	$(BIN)/python -m benchmarks.plot benchmarks/results/layers-1.json benchmarks/results/layers-2.json \
		benchmarks/results/layers.svg

soak: .venv/installed-for-tests  ## an hour of random layers, files, command lines and networks
	$(BIN)/python -m pip install -q -e '.[soak]' || echo "hypothesis is not available: its part is skipped"
	$(BIN)/python -m tests.sanitize --seconds 60
	$(BIN)/python -m tests.soak

sanitize: .venv/installed-for-tests  ## the compiled kernel under the address and undefined-behaviour sanitizers
	$(BIN)/python -m tests.sanitize

tools: .venv/installed-for-tests  ## compare what other tools count for thirty networks with what convcli says
	$(BIN)/python -m pip install -q torchvision ptflops==0.7.5 thop fvcore==0.1.5.post20221221 torchinfo==1.8.0
	$(BIN)/python -m tools.counts

frameworks: .venv/installed-for-tests  ## execute the lines of `port` with the frameworks, each in its own environment
	$(BIN)/python -m tests.frameworks

mutants: .venv/ready-for-tests  ## change the code in small ways, and count the changes that no test notices
	$(BIN)/python -m pip install -q "$(MUTMUT)"
	$(BIN)/python -m mutmut run

clean:  ## remove what make made
	rm -rf .venv .floors .frameworks demo-output dist

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q -e .
	@touch $@

.venv/installed-for-tests: .venv/installed
	$(BIN)/python -m pip install -q -e '.[test]'
	@touch $@

# torch, playwright and a browser are optional: tests that need them are skipped without them. Only
# CONVCLI_INSTALL_BROWSER=1 installs the browsers, with apt.
.venv/ready-for-tests: .venv/installed-for-tests
	@$(BIN)/python -c "import torch" 2>/dev/null || $(BIN)/python -m pip install -q $(TORCH) || \
		echo "torch is not available: the comparisons with it are skipped"
	@$(BIN)/python -c "import playwright" 2>/dev/null || $(BIN)/python -m pip install -q -e '.[browser]' || \
		echo "playwright is not available: the tests of the page in a browser are skipped"
	@touch $@

browser:
	@{ command -v "$(BROWSER)" && command -v firefox-esr; } >/dev/null || [ "$${CONVCLI_INSTALL_BROWSER:-}" != 1 ] || \
		{ apt-get update -qq && apt-get install -y -qq chromium-headless-shell firefox-esr; } >/dev/null
