# Each target does what its line in `make help` says, on a fresh machine, and needs nothing that was installed before.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARTICLE := docs/example/article.fr.txt
EVERYTHING := documents,tables,ner,opus,training,ray,otel,dev
# A plain `torch` would pull gigabytes of CUDA libraries.
TORCH := torch==2.13.0

.PHONY: help demo test test-system lint format serve bench bench-full model docs clean
help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/.base: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -qq --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.full: $(VENV)/.base
	$(BIN)/pip install -qq --disable-pip-version-check $(TORCH)
	$(BIN)/pip install -qq --disable-pip-version-check --editable '.[$(EVERYTHING)]'
	@touch $@

demo: $(VENV)/.base ## install, translate a French article with the shipped model, print it
	@$(BIN)/passerelle translate $(ARTICLE)

test: $(VENV)/.full ## run every test that needs no root
	$(BIN)/python -m pytest -m 'not system'

test-system: $(VENV)/.full ## Debian, root: browser, container, load, kill -9, cluster and ../shared; a skip is a failure
	bash tests/system/run.sh

lint: $(VENV)/.full ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.full ## lay the code out
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

serve: $(VENV)/.base ## start the service on http://127.0.0.1:5000
	$(BIN)/passerelle serve

bench: $(VENV)/.full ## short benchmarks, at most 10 minutes on two cores; results in benchmarks/results
	$(BIN)/python -m benchmarks.quality --quick --limit 200
	$(BIN)/python -m benchmarks.engine --limit 80 --rounds 3
	$(BIN)/python -m benchmarks.determinism --limit 300
	$(BIN)/python -m benchmarks.overhead --limit 100
	$(BIN)/python -m benchmarks.peers --limit 2
	$(BIN)/python -m benchmarks.bergamot --limit 100 --rounds 3
	$(BIN)/python -m benchmarks.tables

bench-full: $(VENV)/.full ## every benchmark at full size
	$(BIN)/python -m benchmarks.quality --resume
	$(BIN)/python -m benchmarks.engine --limit 600 --rounds 5
	$(BIN)/python -m benchmarks.determinism
	$(BIN)/python -m benchmarks.overhead --limit 600 --full
	$(BIN)/python -m benchmarks.peers --limit 10
	$(BIN)/python -m benchmarks.bergamot --limit 600 --rounds 5
	$(BIN)/python -m benchmarks.entities
	$(BIN)/python -m benchmarks.alignment
	$(BIN)/python -m benchmarks.tables

model: $(VENV)/.full ## prepare the corpora and train the shipped model in the background
	$(BIN)/python -m training prepare training/passerelle.toml --corpora ../shared/corpus --corpora training/corpus --held-out ../shared/testsets
	$(BIN)/python -m training vocabulary training/passerelle.toml --keep translator/models/passerelle-fr-en/source.spm
	[ -f .training/model.ckpt ] || $(BIN)/python -m training import training/passerelle.toml translator/models/passerelle-fr-en
	setsid -f $(BIN)/python -m training train training/passerelle.toml --minutes 100000 --polite >> .training/train.log 2>&1

docs: $(VENV)/.full ## build the documentation into site/
	$(BIN)/mkdocs build --strict

clean: ## forget what was installed
	rm -rf $(VENV)
