# The two commands a reader needs are `make serve` and `make test`; both set up what is missing first.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
READY := $(VENV)/.ready
export NO_MKDOCS_2_WARNING := 1

.PHONY: serve build test lint review bench screenshots planted lighthouse clean

serve: $(READY)
	$(BIN)/python -m mkdocs serve

build: $(READY)
	$(BIN)/python -m mkdocs build --strict

test: $(READY)
	$(BIN)/python -m pytest -n auto --dist worksteal

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

# Show the two halves of one pair of prose cells and mark it as reviewed: make review CELL=docs/lessons/criterion.py:120
review: $(READY)
	@$(BIN)/python -m derivations.pages.review $(CELL)

bench: $(READY)
	$(BIN)/python tests/bench.py
	$(BIN)/python tests/bench_site.py

# Of every kind of page, in both languages, light and dark, wide and narrow: to be looked at.
screenshots: $(READY)
	PYTHONPATH=tests/pages $(BIN)/python tests/pages/browser/screenshots.py

# Plant known mistakes in the checks themselves, one at a time, and see a test find each: make planted WORDS="softmax judge"
planted: $(READY)
	PYTHONPATH=tests $(BIN)/python -m planted $(WORDS)

lighthouse: build
	PYTHONPATH=tests/pages:tests/pages/browser $(BIN)/python tests/lighthouse/run.py site

clean:
	rm -rf $(VENV) .cache site screenshots node_modules tests/lighthouse/node_modules
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info

# Set up once; again only when what is to be installed has changed.
$(READY): requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --disable-pip-version-check --no-deps -e .
	touch $@
