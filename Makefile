# install · demo · test · check · bench · growth · pictures
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: install demo test check bench growth pictures lock clean

install: $(VENV)/.installed            ## what the bot and the demo need, from the hashed lock

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Lastsync needs Python 3.11 or newer; this is %s. Try: make PYTHON=python3.11" % sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

demo: install                          ## the whole thing on this machine; Ctrl-C stops it
	@$(BIN)/lastsync demo $(ARGS)

test: $(VENV)/.installed-dev check     ## every test, on SQLite and PostgreSQL
	$(BIN)/python -m pytest -n auto $(ARGS)

check: $(VENV)/.installed-dev          ## lint, types and the layer contract
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(VENV)/.installed-dev          ## ratios beside a floor, measured in the same run
	$(BIN)/python -m tests.bench $(ARGS)

growth: $(VENV)/.installed-dev         ## what the jobs cost with 10 thousand, 100 thousand and a million integrations
	$(BIN)/python -m tests.bench.growth $(ARGS)

pictures: $(VENV)/.installed-dev       ## the README's pictures, made from the running demo
	$(BIN)/python -m tests.browser.pictures

lock: $(VENV)/.installed-dev           ## both lock files, with hashes and without an index address
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" pyproject.toml requirements-build.in -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --group dev pyproject.toml requirements-build.in -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf $(VENV) .demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
