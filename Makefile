# Two commands are all a newcomer needs: `make demo` and `make test`. Each sets up what it needs, which is
# Python 3.11 or newer and make; everything else comes from requirements.lock into .venv.
# `make demo PYTHON=/path/to/python3.12` chooses the Python.

SHELL := /bin/sh
.DEFAULT_GOAL := help

VENV  := .venv
BIN   := $(VENV)/bin
READY := $(VENV)/ready
ROOMS  = $(wildcard activities api commands domain eventlog registry runtime views workflows bench sample)
DOORS  = $(wildcard cli.py worker.py)
CODE   = $(ROOMS) $(DOORS) tests

.PHONY: help demo test check lint pytest mutants bench drills fuzz lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) ## start everything with the sample school; Ctrl-C stops it
	@exec $(BIN)/jieti demo

test: $(READY) ## set up and prove everything: what the CI runs
	@$(MAKE) --no-print-directory check

check: lint pytest ## every check, the fastest first

lint: $(READY)
	$(BIN)/ruff format --check --quiet $(CODE)
	$(BIN)/ruff check --quiet $(CODE)
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy --strict $(CODE)
	$(BIN)/deptry .
	$(BIN)/codespell $(CODE) $(wildcard docs rulebooks *.md)

# Two at a time: much of a test's time is waiting for servers and processes of its own.
pytest: $(READY)
	$(BIN)/pytest --numprocesses 2 --dist loadfile --cov --cov-report=
	$(BIN)/coverage report

# Takes hours. `make mutants ONLY='domain.calendar.* domain.judge.*'` looks at these modules alone. What survives, and
# why it may, stands in tests/domain/survivors.md.
mutants: $(READY) ## change the domain in small ways, and tell which changes its tests do not notice
	$(BIN)/mutmut run $(ONLY)
	$(BIN)/mutmut results

bench: $(READY) ## measure what this project claims to be fast at
	$(BIN)/python -m bench $(ONLY)

drills: $(READY) ## bring every technical cause about in a demo of its own, and see each found and repaired
	$(BIN)/python -m tests.drills $(ONLY)

# The fuzzer is no tool of every day, and comes for one kind of machine: it is not in the lock.
fuzz: $(READY) ## look for bytes that break what an auditor reads (Linux on x86-64; FUZZ_SECONDS=300 for each parser)
	@[ -d build/fuzz/site ] || $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
		--require-hashes --target build/fuzz/site --requirement tests/fuzz/requirements.txt
	@set -e; for target in about entries payloads digests checkpoints keys tree edited archive text signed proof; do \
		PYTHONPATH=build/fuzz/site $(BIN)/python -m tests.fuzz.run $$target $(or $(FUZZ_SECONDS),300); \
	done

# No address is written: which registry is asked is the configuration of the machine that locks.
lock: $(READY) ## write requirements.lock anew from pyproject.toml
	$(BIN)/python -m venv build/locker
	build/locker/bin/python -m pip install --quiet --disable-pip-version-check uv
	build/locker/bin/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --upgrade \
		--generate-hashes --no-header --no-annotate --no-emit-index-url --quiet --output-file build/lock >/dev/null
	@! grep -n '/' build/lock || { echo 'The lock must hold no address and no path.' >&2; exit 1; }
	@echo '# Every package of the project and of its tools, with the hashes of what may be installed. Made by `make lock`.' \
		| cat - build/lock >requirements.lock

clean: ## remove the environment and every cache, never the data
	rm -rf $(VENV) build mutants *.egg-info .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# Made again when the lock or the project's own settings change; the stamp comes last, so that an interrupted
# set-up starts over. The project is installed as a path entry and a script, from what is here: no network.
$(READY): requirements.lock pyproject.toml
	@set -eu; \
	if ! $(BIN)/python -c 'import pip' 2>/dev/null; then \
		python=; \
		for candidate in $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14 python; do \
			if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
				python=$$candidate; break; \
			fi; \
		done; \
		if [ -z "$$python" ]; then \
			echo 'Jieti needs Python 3.11 or newer, and found none. Install it, or say where it is: make PYTHON=/path/to/python3' >&2; \
			exit 1; \
		fi; \
		rm -rf $(VENV); \
		if ! "$$python" -m venv $(VENV); then \
			rm -rf $(VENV); \
			echo "$$python cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; \
			exit 1; \
		fi; \
	fi
	@echo 'Setting up .venv from requirements.lock (once; a minute or so) ...'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-index --no-build-isolation --editable .
	@touch $@
