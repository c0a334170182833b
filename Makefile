# Everything that people and CI do here, by name. CI calls these same targets.

# CI and `make test` refuse an import that Package.swift does not list.
CHECKED := --explicit-target-dependency-import-check error
RELEASE := -c release --static-swift-stdlib --product flashsale

.DEFAULT_GOAL := help
.PHONY: help setup run build test mutants simulation lint format bench

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what is missing from Debian; silent when nothing is
	@scripts/setup

run: setup ## build for release, then serve with private Postgres, Redis and Prometheus (ARGS="--fresh" drops old data)
	swift build $(RELEASE)
	@exec .build/release/flashsale dev $(ARGS)

build: setup ## build everything for debugging, tests included
	swift build --build-tests $(CHECKED)

test: build ## run all tests against private real servers
	swift test --no-parallel $(CHECKED)

mutants: build ## take each guard out of the service and print what catches it
	@MUTANTS=all swift test --skip-build --no-parallel --filter MutantTests 2>&1 | grep -E '^\| |SURVIVED|Test run with'

simulation: build ## drive the pure decisions through a million steps and more (STEPS=n SEED=n)
	@SIMULATION_STEPS=$(or $(STEPS),1000000) SEED=$(or $(SEED),1) swift test --skip-build --filter SimulationTests

lint: ## check the format of the sources
	swift format lint --strict --parallel --recursive Package.swift Sources Tests

format: ## put the sources into format
	swift format --in-place --parallel --recursive Package.swift Sources Tests

bench: ## measure checkouts and purchases against private stores
	@scripts/setup wrk curl jq
	swift build $(RELEASE)
	@LoadTest/bench
