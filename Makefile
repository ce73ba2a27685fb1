# Two commands matter: `make demo` shows the product, `make test` checks everything.
# Both make .venv themselves; they need Python >= 3.11, git and make.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
DEMO_ARGUMENTS = $(if $(ENGINE),--engine $(ENGINE)) $(if $(DATA),--data "$(abspath $(DATA))") $(if $(FOLDER),--folder "$(FOLDER)")

# A shell that forbids byte code would have every command compile all it imports, every time.
export PYTHONDONTWRITEBYTECODE =

.PHONY: demo demo-incident test test-spark check lock bench readers soak clean

demo: $(READY)
	@$(BIN)/rewind demo $(DEMO_ARGUMENTS)

# The second act: a bad merge, seen, approved, rolled back, reverted on the remote.
demo-incident: $(READY)
	@$(BIN)/rewind demo --incident $(DEMO_ARGUMENTS)

test: check
	$(BIN)/pytest -n auto --dist worksteal --cov --cov-report=term:skip-covered

# The warehouse contract on a Spark of one's own. It needs Java 17, Python 3.11 or 3.12, and 500 MB.
test-spark: $(READY) .venv-spark/.ready
	REWIND_TEST_SPARK=$(CURDIR)/.venv-spark/bin/python $(BIN)/pytest tests/conformance -k spark

check: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)
	$(BIN)/python -m bench --record

# What people see who read while releases go live, beside two others; RECORD=1 writes it into
# docs/explanation/readers.md.
readers: $(READY)
	$(BIN)/python -m tests.readers

# The crash tests with their full counts; RECORD=1 writes them into docs/explanation/reliability.md.
soak: $(READY)
	$(BIN)/python -m tests.crash.soak

# The lock names versions and no addresses, so that any index can serve it.
lock: $(READY)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-header \
	  --extra demo --extra postgres --extra sqlserver --extra notify --extra github --extra security \
	  --extra ci --extra flags --extra flagd --group dev pyproject.toml --output-file requirements.lock
	$(BIN)/uv pip compile --quiet --python-version 3.11 --no-emit-index-url --no-header \
	  --group pyproject.toml:spark --output-file requirements-spark.lock

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "error: Python 3.11 or newer is needed; say which: make PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(grep '^uv==' requirements.lock)"
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

.venv-spark/.ready: requirements-spark.lock tests/spark/jars.py $(READY)
	@java -version 2>&1 | grep -q version || { echo "error: Spark needs Java 17, which is not installed"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' || \
	  { echo "error: Spark 3.5 needs Python 3.11 or 3.12; say which: make PYTHON=python3.12"; exit 1; }
	@test -x .venv-spark/bin/python || $(PYTHON) -m venv .venv-spark
	@$(BIN)/uv pip sync --quiet --python .venv-spark/bin/python requirements-spark.lock
	@.venv-spark/bin/python -m tests.spark.jars .venv-spark/jars
	@touch $@

clean:
	rm -rf .venv .venv-spark .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage* htmlcov
