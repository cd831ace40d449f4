# The two commands a reader needs are `make serve` and `make test`; both set up what is missing first.
# PYTHON makes the environment, and is needed no more afterwards. ADDR is where `make serve` serves: make serve ADDR=127.0.0.1:9000

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
export NO_MKDOCS_2_WARNING := 1

.PHONY: setup pins serve build test lint review bench screenshots planted lighthouse clean

serve: setup
	$(BIN)/python -m mkdocs serve $(if $(ADDR),--dev-addr $(ADDR))

build: setup
	$(BIN)/python -m mkdocs build --strict

test: setup
	$(BIN)/python -m pytest -n auto --dist worksteal

lint: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

# Show the two halves of one pair of prose cells and mark it as reviewed: make review CELL=docs/lessons/criterion.py:120
review: setup
	@$(BIN)/python -m derivations.pages.review $(CELL)

bench: setup
	$(BIN)/python tests/bench.py
	$(BIN)/python tests/bench_audits.py
	$(BIN)/python tests/bench_site.py

# Of every kind of page, in both languages, light and dark, wide and narrow: to be looked at.
screenshots: setup
	PYTHONPATH=tests/pages $(BIN)/python tests/pages/browser/screenshots.py

# Plant known mistakes in the checks themselves, one at a time, and see a test find each: make planted WORDS="softmax judge"
planted: setup
	PYTHONPATH=tests $(BIN)/python -m planted $(WORDS)

lighthouse: build
	PYTHONPATH=tests/pages:tests/pages/browser $(BIN)/python tests/lighthouse/run.py site

clean:
	rm -rf $(VENV) $(VENV).lock .cache site screenshots build dist tests/lighthouse/node_modules
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info

# Once, and again when what is to be installed has changed.
setup:
	@$(PYTHON) bootstrap.py

# Choose versions, and write them down with the digests of their files: make pins OPTIONS="--upgrade-package sympy"
pins: setup
	$(BIN)/python pins.py $(OPTIONS)
