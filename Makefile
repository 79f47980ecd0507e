# Everything this repository does, one target each; `make` alone lists them. Every target that needs the environment
# first runs tools/bootstrap, which returns at once when .venv is complete.

SCALE ?= paper
# More options for `companion build`, as in FLAGS="--lenient --html _build/draft"
FLAGS ?=
# Where this is empty, `make test` leaves the browser tests out
CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)

# A sum over several threads is rounded in another order: one thread, or the numbers are not the same everywhere.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1

PYTHON_OF_VENV := .venv/bin/python
COMPANION := .venv/bin/companion
RUFF := .venv/bin/ruff
PYTEST := $(PYTHON_OF_VENV) -m pytest
UV := uv==0.13.9

# $(call require,VARIABLE,example): stop with one sentence when a target's argument is missing
require = $(if $($(1)),,$(error This target needs $(1), as in 'make $@ $(1)=$(2)'))

.DEFAULT_GOAL := help
.PHONY: help setup book page test browser lint format run audit resign timings data lab serve pdf lock clean distclean

help: ## List these targets
	@awk 'BEGIN {FS = ":[^#]*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

setup: ## Create or complete .venv; all other targets do this by themselves
	@sh tools/bootstrap

book: setup ## Build the site in _build/html [SCALE=paper|quick]
	$(COMPANION) build --scale '$(SCALE)' $(FLAGS)

page: setup ## Execute one page and render it alone: PAGE=part/name [SCALE=, PARAMETERS="name=value ..."]
	$(call require,PAGE,underdetermined/conditioning)
	$(COMPANION) page '$(PAGE)' --scale '$(SCALE)' $(foreach parameter,$(PARAMETERS),-p '$(parameter)')

test: setup lint ## Run linters and tests, in the browser too where Chromium is found [TESTS=path]
ifeq ($(strip $(CHROMIUM)),)
	$(PYTEST) -n 2 -m 'not site' $(TESTS)
	@echo "Not run: the browser tests, for want of Chromium (on Debian: apt-get install chromium)."
else ifneq ($(COMPANION_SITE)$(TESTS),)
	$(PYTEST) -n 2 $(TESTS)
else
	$(COMPANION) build --scale quick --html _build/quick
	COMPANION_SITE='$(CURDIR)/_build/quick' $(PYTEST) -n 2
endif

browser: setup ## Run the browser tests alone, over the site in COMPANION_SITE [default _build/html]
	COMPANION_SITE='$(or $(COMPANION_SITE),$(CURDIR)/_build/html)' $(PYTEST) -n 2 -m site

lint: setup ## Check the code (ruff) and the notebooks (companion lint)
	$(RUFF) check
	$(RUFF) format --check
	$(COMPANION) lint

format: setup ## Format the code and repair what ruff can
	$(RUFF) check --fix
	$(RUFF) format

run: setup ## Compute a study's table, or list the studies: STUDY=part/name [SCALE=, WORKERS=, SCHEDULER=tcp://...]
	$(COMPANION) run $(if $(STUDY),'$(STUDY)') --scale '$(SCALE)' $(if $(WORKERS),--workers '$(WORKERS)') \
		$(if $(SCHEDULER),--scheduler '$(SCHEDULER)')

audit: setup ## Recompute a random sample of the archived numbers and compare [BUDGET=seconds]
	$(COMPANION) audit $(if $(BUDGET),--budget '$(BUDGET)')

resign: setup ## Verify an archived table against changed code by a sample, and record that: STUDY=part/name
	$(call require,STUDY,underdetermined/conditioning)
	$(COMPANION) resign '$(STUDY)'

timings: setup ## Record what each page costs in time and memory, for the page "What it costs"
	$(COMPANION) timings --scale '$(SCALE)'

data: setup ## Install the raw data sets, and check their checksums
	$(COMPANION) data

lab: setup ## Open the notebooks in JupyterLab
	$(COMPANION) lab

serve: setup ## Show the built site at an address on this machine
	$(COMPANION) serve

pdf: setup ## Print the book to a PDF (needs Chromium)
	$(COMPANION) pdf --scale '$(SCALE)'

lock: setup ## Resolve the dependencies anew: requirements.lock and environment.yml [UPGRADE=--upgrade]
	$(PYTHON_OF_VENV) -m pip install --quiet '$(UV)'
	$(PYTHON_OF_VENV) -m uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --quiet $(UPGRADE) -o requirements.lock
	$(PYTHON_OF_VENV) tools/environment.py

clean: ## Remove everything that was built, the cells of unfinished computations too
	rm -rf _build .pytest_cache .ruff_cache .hypothesis

distclean: clean ## Remove the environment too
	rm -rf .venv lib/*.egg-info
