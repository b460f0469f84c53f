# `make` lists what there is. Everything runs from .venv, which is made from the hashed requirement files at the first
# call; nothing is installed outside this folder. Paths are relative because make splits at spaces.

PORT ?= 8000
ARGS ?=
PYTHON ?=
SCALES ?= 10000 100000 1000000
ROUNDS ?= 5
ROWS ?= 10000000
LOCALES ?= $(notdir $(wildcard locale/*))

PY := .venv/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --no-input
# Settings of the demonstration: loopback, plain HTTP, a key of its own. Tests and checks need no more than that.
LOCALLY := PORTAL_DEMO=1

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset test e2e drill bench bench-second-wall bench-partitions lint format messages lock clean
.SUFFIXES:

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-18s %s\n", $$1, $$2}' Makefile

demo: .venv/ready ## Run the portal on this machine with demonstration data (PORT=8000)
	@$(LOCALLY) exec $(PY) manage.py demo --port "$(PORT)"

demo-reset: .venv/ready ## The same, with the data made afresh
	@$(LOCALLY) exec $(PY) manage.py demo --port "$(PORT)" --reset

test: .venv/ready-dev ## Run every test (ARGS="tests/lib -k socket" goes to pytest)
	@$(LOCALLY) $(PY) manage.py compile_translations
	@exec $(PY) -m pytest -n auto --dist worksteal $(ARGS)

e2e: .venv/ready-dev ## Run the tests that drive a browser, and no others, in every language and width
	@$(LOCALLY) $(PY) manage.py compile_translations
	@PORTAL_DRILL=1 exec $(PY) -m pytest -m e2e $(ARGS)

lint: .venv/ready-dev ## Check style, types, migrations, deployment settings and translations
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(LOCALLY) $(PY) -m mypy .
	@# It warns that it cannot ask a server for the migrations applied there: none is needed here.
	$(LOCALLY) $(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(LOCALLY) $(PY) manage.py check_templates
	$(LOCALLY) $(PY) manage.py check_translations
	@echo "manage.py check --deploy, under settings like those of production"
	@env -u PORTAL_DEMO PORTAL_SECRET_KEY="$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(64))')" \
	  PORTAL_ALLOWED_HOSTS=portal.example PORTAL_SITE_URL=https://portal.example PORTAL_MAIL_FROM=portal@portal.example \
	  DATABASE_URL=postgres://portal_app@localhost/portal DATABASE_OWNER_URL=postgres://portal_owner@localhost/portal \
	  $(PY) manage.py check --deploy --fail-level WARNING

format: .venv/ready-dev ## Put the code into its usual form
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

drill: .venv/ready-dev ## Run what takes longer than CI may: every page met by everything hostile and everybody, processes killed, a mail server down, crowds at once (an hour)
	@$(LOCALLY) $(PY) manage.py compile_translations
	@PORTAL_DRILL=1 exec $(PY) -m pytest -n auto tests/surface tests/e2e tests/drill \
	  tests/requests_app/test_state_machine.py tests/requests_app/test_concurrency.py tests/requests_app/queue/test_rows.py $(ARGS)

bench: .venv/ready-dev ## Measure the desk beside a plain Django admin (SCALES="10000 100000 1000000" ROUNDS=5, half an hour)
	@SCALES="$(SCALES)" ROUNDS="$(ROUNDS)" $(PY) -W ignore -m benchmarks.desk

bench-second-wall: .venv/ready-dev ## Measure what row level security costs, with and without it in one run (minutes)
	@$(PY) -W ignore -m benchmarks.second_wall

bench-partitions: .venv/ready-dev ## Measure what partitions would bring, over ten million rows (ROWS=10000000, a quarter of an hour)
	@ROWS="$(ROWS)" $(PY) -W ignore -m benchmarks.partitions

messages: .venv/ready-dev ## Collect the texts to translate, and compile the translations (needs GNU gettext; LOCALES="de" begins another language)
	@command -v xgettext >/dev/null || { echo "xgettext is missing: install the package gettext of your system." >&2; exit 1; }
	$(LOCALLY) $(PY) manage.py makemessages $(addprefix --locale ,$(LOCALES)) --no-obsolete --add-location file --ignore var
	$(LOCALLY) $(PY) manage.py compile_translations

lock: ## Write the hashed requirement files from pyproject.toml (needs uv)
	@command -v uv >/dev/null || { echo "uv is missing: install it, for example with pipx." >&2; exit 1; }
	uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-annotate --no-header \
	  pyproject.toml --output-file requirements.txt
	uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-annotate --no-header \
	  pyproject.toml --group dev --output-file requirements-dev.txt

clean: ## Stop the databases; remove the demonstration's data, the virtual environment and everything generated
	@if [ -e .venv/ready ]; then $(LOCALLY) $(PY) manage.py database remove; fi
	rm -rf .venv .postgres var build .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find . -path './locale/*' -name '*.mo' -delete

# --- The virtual environment ------------------------------------------------------------------------------------------

# Empty where .venv is missing, half made, or was made from a Python that has since gone: it is then made anew.
WORKS := $(shell $(PY) -c 'import pip, sys; print("yes" if sys.version_info >= (3, 12) else "")' 2>/dev/null)
ifneq ($(WORKS),yes)
.venv/ready .venv/ready-dev: environment
endif

.venv/ready: requirements.txt
	@echo "Installing what the portal needs (about half a minute)"
	@$(PIP) install --require-hashes --requirement requirements.txt
	@touch $@

# The development file holds everything of the other one, in the same versions.
.venv/ready-dev: requirements-dev.txt requirements.txt
	@echo "Installing what the portal and its tests need (about a minute)"
	@$(PIP) install --require-hashes --requirement requirements-dev.txt
	@touch .venv/ready $@

# Each candidate is run, because a name on the path may belong to a version manager that refuses to run it.
CANDIDATES = "$(PYTHON)" python3.13 python3.14 python3.12 python3 \
  "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.1[2-9]*/bin/python3 "$$HOME"/.local/share/uv/python/*/bin/python3

.PHONY: environment
environment:
	@found= bare=; \
	for candidate in $(CANDIDATES); do \
	  "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1 || continue; \
	  bare="$${bare:-$$candidate}"; \
	  "$$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1 || continue; \
	  found="$$candidate"; break; \
	done; \
	if [ -z "$$found" ] && [ -n "$$bare" ]; then \
	  echo "$$bare cannot make a virtual environment: its module venv or ensurepip is missing." >&2; \
	  echo "On Debian and Ubuntu the package is called python3-venv." >&2; exit 1; \
	elif [ -z "$$found" ]; then \
	  echo "Python 3.12 or later is needed and none was found. Install one with your system's packages or with" >&2; \
	  echo "pyenv; if it is not on the path, say where it is: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; exit 1; \
	fi; \
	echo "Making the virtual environment .venv with $$found ($$("$$found" -V))"; \
	rm -rf .venv; \
	"$$found" -m venv .venv
