# Everything one does with a checkout. `make run` and `make test` work on a bare one.

TOOLS := tests/contract/tools
NODE := .tools/node/node_modules/.bin
PYTHON_TOOLS := .tools/python/bin
SHELL := /bin/sh
# Each process takes a run of tests that share fixtures, and steals from the others once it has none left.
PARALLEL := -n auto --dist worksteal
.DEFAULT_GOAL := help
.PHONY: help setup pages run test test-fast coverage load bench prove lint types floors contract sdks clients proxies deploy pooler cluster wheel fuzz clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup: .venv/.ready pages ## whatever the others need; leaves .venv/bin/tandem, which works from any folder
	@:

pages: app/pages/built/graphql.html ## the playground and the reference, with the Node of this machine or one from PyPI
	@:

app/pages/built/graphql.html: $(wildcard graphql/playground/* graphql/operations/*) hatch_build.py .ci/uv
	@echo "building the pages, which takes a minute" >&2
	@mkdir -p .tools && touch .tools/pages.begun
	@.ci/uv build --wheel --out-dir .tools/wheel >.tools/pages.log 2>&1 || true
	@test $@ -nt .tools/pages.begun || { tail -n 20 .tools/pages.log; echo "the pages were not built; plain ones take their place"; } >&2

.venv/.ready: pyproject.toml uv.lock .ci/uv
	@.ci/uv sync --frozen --compile-bytecode
	@touch $@

run: setup ## migrate, seed an empty database, serve on http://127.0.0.1:8000
	@.venv/bin/tandem migrate
	@.venv/bin/tandem seed
	@exec .venv/bin/tandem serve

test: setup ## the whole suite, one process a core; ARGS="-k word" for a part of it
	@.venv/bin/pytest $(PARALLEL) $(ARGS)

test-fast: setup ## in process and on SQLite, under a minute on two cores; ARGS as for `test`
	@.venv/bin/pytest $(PARALLEL) -m "not slow and not server and not browser and not postgresql" $(ARGS)

coverage: setup ## the tests without browsers and other software; at least 96 % of the branches are taken
	@.venv/bin/pytest $(PARALLEL) -m "not browser" \
		$(addprefix --ignore=tests/,contract/outside deploy proxies torture wheel) --cov --cov-report=term $(ARGS)
	@.venv/bin/coverage json --quiet --fail-under=0 -o - | .venv/bin/python -m tests.branches

load: .venv/.ready ## five minutes of mixed load, told in docs/load.md; SECONDS=30 for a short one that is only printed
	@.venv/bin/python -m tests.bench.load $(if $(SECONDS),--seconds $(SECONDS),--seconds 300 --report docs/load)

bench: .venv/.ready ## Tandem beside uvicorn alone, PEERS=folder of other systems, BASE=revision; told in docs/benchmarks.md
	@.venv/bin/python -m tests.bench.compare $(if $(PEERS),--peers $(PEERS)) $(if $(BASE),--base $(BASE)) $(ARGS)

prove: .venv/.ready ## the long and timed proofs, each printing its table; PROVE=depth for one; see docs/measurements.md
	@for proof in $(or $(PROVE),$(sort $(basename $(notdir $(wildcard tests/prove/*.py))))); do \
		.venv/bin/python -m tests.prove.$$proof || exit 1; \
	done

lint: .venv/.ready ## ruff: rules and format
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check

types: .venv/.ready ## mypy --strict
	@.venv/bin/mypy

floors: .venv/.ready ## import-linter: who may import whom
	@.venv/bin/lint-imports

contract: .venv/.ready build/sdks/.ready build/clients/.ready ## the published contracts are equal to the code, and pass what others made to judge them
	@.venv/bin/tandem contract check
	@$(PYTHON_TOOLS)/openapi-spec-validator openapi/v*.yaml
	@$(NODE)/spectral lint openapi/v*.yaml --ruleset openapi/spectral.yaml --fail-severity hint
	@$(NODE)/redocly lint openapi/v*.yaml --extends=recommended-strict --format=stylish
	@TANDEM_TEST_OUTSIDE=1 .venv/bin/pytest tests/contract/outside $(ARGS)

sdks: build/sdks/.ready ## clients of both contracts in build/sdks, compiled, and run against a server; see openapi/sdks/README.md
	@TANDEM_TEST_OUTSIDE=1 .venv/bin/pytest tests/contract/outside/test_sdks.py $(ARGS)

build/sdks/.ready: .venv/.ready .tools/node/.ready .tools/python/.ready openapi/v2.yaml openapi/v2-3.0.yaml graphql/schema.graphql \
		$(wildcard graphql/operations/*.graphql openapi/sdks/* openapi/sdks/*/*)
	@openapi/sdks/build
	@touch $@

clients: build/clients/.ready ## clients by many generators in build/clients, compiled; docs/clients.md tells how they do
	@:

build/clients/.ready: .venv/.ready .tools/clients/.ready .tools/python/.ready openapi/v2.yaml \
		$(wildcard tests/generators/*.* tests/generators/*/*)
	@command -v java >/dev/null || { echo "make clients needs Java" >&2; exit 1; }
	@.venv/bin/python -m tests.generators.build
	@touch $@

.tools/clients/.ready: tests/generators/package.json tests/generators/package-lock.json
	@mkdir -p .tools/clients
	@cp $^ .tools/clients/
	@npm ci --silent --ignore-scripts --no-audit --no-fund --prefix .tools/clients
	@touch $@

.tools/node/.ready: $(TOOLS)/package.json $(TOOLS)/package-lock.json $(TOOLS)/audit.mjs $(TOOLS)/streams.mjs $(TOOLS)/structured-data.mjs $(TOOLS)/uploads.mjs
	@command -v npm >/dev/null || { echo "make contract needs Node.js with npm" >&2; exit 1; }
	@mkdir -p .tools/node
	@cp $(TOOLS)/package.json $(TOOLS)/package-lock.json $(TOOLS)/*.mjs .tools/node/
	@npm ci --silent --ignore-scripts --no-audit --no-fund --prefix .tools/node
	@touch $@

proxies: .tools/proxies/.ready ## Caddy, Envoy and Traefik for tests/proxies and `make prove PROVE=proxies`
	@:

.tools/proxies/.ready: tests/proxies/requirements.txt .ci/uv
	@.ci/uv venv --quiet --clear --python .venv/bin/python .tools/proxies
	@.ci/uv pip install --quiet --python .tools/proxies/bin/python -r $<
	@touch $@

deploy: .venv/.ready .tools/deploy/.ready .tools/proxies/.ready ## hadolint, Compose and others judge deploy/; its commands run
	@TANDEM_TEST_OUTSIDE=1 .venv/bin/pytest tests/deploy $(ARGS)

.tools/deploy/.ready: tests/deploy/requirements.txt .ci/uv
	@.ci/uv venv --quiet --clear --python .venv/bin/python .tools/deploy
	@.ci/uv pip install --quiet --python .tools/deploy/bin/python -r $<
	@touch $@

.tools/python/.ready: $(TOOLS)/requirements.txt .ci/uv
	@.ci/uv venv --quiet --clear --python .venv/bin/python .tools/python
	@.ci/uv pip install --quiet --python $(PYTHON_TOOLS)/python -r $(TOOLS)/requirements.txt
	@touch $@

pooler: .venv/.ready ## the behaviour suite on PostgreSQL through PgBouncer in transaction mode
	@TANDEM_TEST_POOLER=1 TANDEM_TEST_REQUIRE=postgresql,pgbouncer .venv/bin/pytest $(PARALLEL) tests/behaviour -m postgresql $(ARGS)

cluster: .venv/.ready .tools/cluster/.ready ## failovers lose no order, lagging replicas show what was written; FAILOVERS=2 PAIRS=1000: short
	@for program in etcd haproxy redis-server unshare nsenter setpriv ip; do \
		command -v $$program >/dev/null || { echo "make cluster needs $$program (Debian: etcd-server haproxy redis-server)" >&2; exit 1; }; \
	done
	@.venv/bin/python -m tests.prove.failovers $(FAILOVERS)
	@.venv/bin/python -m tests.prove.scale $(PAIRS)

.tools/cluster/.ready: tests/cluster/requirements.txt .ci/uv
	@.ci/uv venv --quiet --clear --python .venv/bin/python .tools/cluster
	@.ci/uv pip install --quiet --python .tools/cluster/bin/python -r $<
	@touch $@

wheel: .venv/.ready ## the wheel, built with no Node on PATH and with npm's registry away, holds and serves all pages
	@TANDEM_TEST_OUTSIDE=1 .venv/bin/pytest tests/wheel $(ARGS)

fuzz: .venv/.ready .tools/python/.ready ## schemathesis over v1, v2 and GraphQL with random seeds, for SECONDS=600 in all
	@.venv/bin/python -m tests.contract.outside.fuzz $(or $(SECONDS),600)

clean: ## forget what was set up; keeps var/, where the data is
	@rm -rf .venv .tools app/pages/built graphql/playground/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
