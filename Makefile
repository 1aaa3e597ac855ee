# make demo: install into .venv and see it work. make test: install what the tests need and run them all.
PYTHON ?= python3
BIN := .venv/bin
TORCH ?= torch==2.13.0
BIOME ?= @biomejs/biome@2.6.8
BROWSER_THERE := command -v "$${CONVCLI_BROWSER:-chromium-headless-shell}" >/dev/null

.PHONY: demo test lint lint-js readme bench soak clean

demo: .venv/installed
	PATH="$(CURDIR)/$(BIN):$$PATH" bash examples/demo.sh

test: .venv/installed-for-tests
	@$(BIN)/python -c "import torch" 2>/dev/null || $(BIN)/python -m pip install -q $(TORCH) || \
		echo "torch cannot be had here: the comparisons with it are skipped"
	@$(BIN)/python -c "import playwright" 2>/dev/null || $(BIN)/python -m pip install -q -e '.[browser]' || \
		echo "playwright cannot be had here: the tests of the page in a browser are skipped"
	@$(BROWSER_THERE) || { apt-get update -qq && apt-get install -y -qq chromium-headless-shell; } >/dev/null 2>&1 || $(BROWSER_THERE) || \
		echo "chromium-headless-shell cannot be had here: the tests of the page in a browser are skipped"
	$(BIN)/python -m pytest

lint: lint-js .venv/installed-for-tests
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy

lint-js:
	@if command -v npx >/dev/null; then npx --yes $(BIOME) check; \
	else echo "npx is not installed: the JavaScript of the page is not linted"; fi

readme: .venv/installed-for-tests
	$(BIN)/python tests/readme_blocks.py --write

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q -e .
	@touch $@

.venv/installed-for-tests: .venv/installed
	$(BIN)/python -m pip install -q -e '.[test]'
	@touch $@

bench: .venv/installed-for-tests
	$(BIN)/python -m pip install -q '.[bench]' $(TORCH)
	mkdir -p benchmarks/results
	$(BIN)/python -m benchmarks.lines --json benchmarks/results/lines.json
	$(BIN)/python -m benchmarks.layers --threads 1 --json benchmarks/results/layers-1.json
	$(BIN)/python -m benchmarks.layers --threads 2 --json benchmarks/results/layers-2.json
	$(BIN)/python -m benchmarks.processes --families --json benchmarks/results/processes.json
	$(BIN)/python -m benchmarks.memory --json benchmarks/results/memory.json
	$(BIN)/python -m benchmarks.streaming --gib 4 --in-memory --json benchmarks/results/streaming.json
	$(BIN)/python -m benchmarks.growth --json benchmarks/results/growth.json
	$(BIN)/python -m benchmarks.page --json benchmarks/results/page.json || echo "no browser: the frames of the page are not measured"
	$(BIN)/python -m benchmarks.plot benchmarks/results/layers-1.json benchmarks/results/layers-2.json benchmarks/results/layers.svg

soak: .venv/installed-for-tests
	$(BIN)/python -m pip install -q -e '.[soak]' || echo "hypothesis cannot be had here: its part is left out"
	$(BIN)/python -m tests.soak

clean:
	rm -rf .venv demo-output
