# make demo: install into .venv and see it work. make test: install what the tests need and run them all.
PYTHON ?= python3
BIN := .venv/bin
TORCH ?= torch==2.13.0

.PHONY: demo test lint readme clean

demo: .venv/installed
	PATH="$(CURDIR)/$(BIN):$$PATH" bash examples/demo.sh

test: .venv/installed-for-tests
	@$(BIN)/python -c "import torch" 2>/dev/null || $(BIN)/python -m pip install -q $(TORCH) || \
		echo "torch cannot be had here: the comparisons with it are skipped"
	$(BIN)/python -m pytest

lint: .venv/installed-for-tests
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy

readme: .venv/installed-for-tests
	$(BIN)/python tests/readme_blocks.py --write

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q -e .
	@touch $@

.venv/installed-for-tests: .venv/installed
	$(BIN)/python -m pip install -q -e '.[test]'
	@touch $@

clean:
	rm -rf .venv demo-output
