# Everything that people and CI do here, by name. CI calls the same targets.

# The one debug build of people and CI: it counts the lines that run, and refuses an import that Package.swift does not
# list. A `swift build` without these flags builds everything again, and so does the next target here.
DEBUG := --build-tests --enable-code-coverage --explicit-target-dependency-import-check error

# A program that counts its lines writes nothing when it ends, unless `swift test` asks for it.
export LLVM_PROFILE_FILE := /dev/null

.DEFAULT_GOAL := help
.PHONY: help setup run load build test-setup check test mutants chaos crowd proof simulation lint format documents docs \
    pictures figures rules up world cluster cdc package check-package bench recovery bench-instruments overhead instructions guard

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install missing packages from Debian; silent if none is missing
	@scripts/setup

run: setup ## build for release, then serve with private Postgres, Redis and Prometheus (ARGS="--fresh" drops old data)
	@scripts/release flashsale >/dev/null
	@exec .build/release/flashsale dev $(ARGS)

load: setup ## build the load generator for release: .build/release/flashsale-load
	@scripts/release flashsale-load

build: setup ## build everything for debugging, tests included
	@scripts/run-build "building everything for debugging" swift build $(DEBUG)

# The tests check the deployment's files and the metrics with these. The service needs none of them.
TEST_PACKAGES := docker-compose prometheus-alertmanager prometheus-node-exporter prometheus-postgres-exporter \
    prometheus-redis-exporter python3-prometheus-client pgbouncer openssl \
    curl wrk nginx-light haproxy python3-requests python3-httpx python3-aiohttp \
    chromium chromium-driver python3-selenium etcd-server zookeeper python3-pip

test-setup:
	@scripts/setup $(TEST_PACKAGES) || echo "make test: tests that need these packages are skipped"
	@scripts/browser/setup || echo "make test: without axe nobody looks for what keeps people from the page"
	@scripts/setup-kubernetes || echo "make test: without kubernetes-validate nobody checks the manifests' form"

check: lint build ## what to run before each commit: format, build, and the quick tests
	@scripts/check

test: test-setup build ## run all tests against private real servers; ends with the failures, or with the coverage
	@scripts/all-tests
	@scripts/coverage

mutants: build ## take each guard out of the service and print the test that catches it (MUTANTS=name,name)
	@MUTANTS=$(or $(MUTANTS),all) bash -o pipefail -c \
	  'swift test --skip-build --no-parallel --filter MutantTests 2>&1 | grep --line-buffered -E "^\| |✘|Test run with"'

chaos: build ## break stores, lines and services while buyers buy (MINUTES=n or SEEDS=n, SEED=n, WIDTH=n, FAULTS=name,name)
	@scripts/setup faketime
	@CHAOS_MINUTES=$(if $(SEEDS),,$(or $(MINUTES),10)) CHAOS_SEEDS=$(SEEDS) CHAOS_WIDTH=$(WIDTH) SEED=$(SEED) \
	  FAULTS=$(FAULTS) "$$(swift build --show-bin-path)"/flashsalePackageTests.xctest --testing-library swift-testing \
	  --no-parallel --filter "StoreFaultTests|RoomFaultTests"

crowd: build ## let a crowd come to the line of three instances, and with one guard off after the other
	@CROWD=1 bash -o pipefail -c 'swift test --skip-build --no-parallel --filter CrowdTests 2>&1 \
	  | grep --line-buffered -E "✔|✘|Test run with"'

# The service samples its heap here, as docker compose builds it.
proof: export FLASHSALE_HEAP_PROFILE := 1
proof: test-setup build load ## show that every panel, rule, alert and metric is alive, faults included (FAULTS=word,word)
	@scripts/release flashsale
	@PROOF=long PROGRAMS=$(CURDIR)/.build/release FAULTS=$(FAULTS) bash -o pipefail -c \
	  'swift test --skip-build --no-parallel --filter ProofTests 2>&1 | grep --line-buffered -E "^\| |✘|Test run with"'

# What others run beside the service or before it. Each script prints rows; scripts/world/table says how.
WORLD_PACKAGES := curl wrk nginx-light haproxy nodejs default-jdk-headless golang-go python3-requests python3-httpx \
    python3-aiohttp patroni etcd-server pgbouncer python3-pip
WORLD := clients proxies failovers clusters neighbours operators databases redises

world: build ## try the service with the programs that people have beside it or before it, in one table (WORLD="clients …")
	@scripts/setup $(WORLD_PACKAGES)
	@scripts/world/table $(addprefix scripts/world/,$(WORLD))

cluster: build ## sell out while a whole deployment of deploy/ha loses each part in turn (PARTS="primary etcd" RUNS=n)
	@scripts/setup patroni etcd-server haproxy
	@scripts/world/losses $(PARTS) --runs $(or $(RUNS),1)

cdc: build ## prove the change data of deploy/data: Debezium and a broker follow a ledger at load, and one is killed
	@scripts/setup python3-pip python3-venv
	@scripts/cdc/run

package: export TLS := on
package: setup ## make a Debian package of both programs, and a repository with it, in .build/package (KEY=key of gpg)
	@scripts/setup dpkg-dev apt-utils binutils
	@scripts/release flashsale >/dev/null
	@scripts/release flashsale-load >/dev/null
	@KEY=$(KEY) scripts/package .build/release .build/package

check-package: package ## install the package into a root of its own, start what its unit starts, and remove it
	@scripts/check-package .build/package

simulation: build ## drive the decisions without I/O through a million steps or more (STEPS=n SEED=n)
	@SIMULATION_STEPS=$(or $(STEPS),1000000) SEED=$(or $(SEED),1) bash -o pipefail -c \
	  'swift test --skip-build --filter SimulationTests 2>&1 | grep --line-buffered -E "World|✘|Test run with"'

lint: ## check the format of the sources
	swift format lint --strict --parallel --recursive Package.swift Sources Tests LoadTest

format: ## put the sources into format
	swift format --in-place --parallel --recursive Package.swift Sources Tests LoadTest

documents: build ## write what is generated: docs/METRICS.md, docs/SETTINGS.md and grafana/dashboards
	FLASHSALE_REGENERATE=1 swift test --skip-build --filter "CatalogueTests.metricsPage|SettingsTests.page|DashboardTests.FileTests"

docs: build ## build one site of all documents and of DocC's references in .build/site, and check its links
	@scripts/setup python3-pip
	@scripts/site/run

pictures: docs ## draw the buyer's page, the console, reports and some documents into docs/images: light, dark and narrow
	@scripts/setup chromium chromium-driver python3-selenium
	@scripts/browser/setup
	@scripts/browser/page --pictures docs/images
	@scripts/browser/console --pictures docs/images
	@scripts/browser/story docs/images
	@scripts/site/pictures docs/images

figures: setup ## measure what the page costs a browser while others look (VIEWERS=n RUNS=n)
	@scripts/setup chromium chromium-driver python3-selenium
	@scripts/release flashsale >/dev/null
	@scripts/browser/figures $(or $(VIEWERS),5000) $(RUNS)

rules: setup ## check the rules of Prometheus and run their tests
	@promtool check config prometheus/prometheus.yml
	@promtool check rules --lint=all --lint-fatal prometheus/rules/*.yml
	@promtool test rules prometheus/tests/*_test.yml

up: ## start the service and its monitoring with docker compose
	@scripts/secrets
	docker compose up --detach --build

bench: ## measure checkouts and purchases, then the load generators; AGAINST=COMMIT compares HEAD with that commit
	@scripts/setup wrk hey curl jq
	@LoadTest/Benchmarks/bench $(if $(AGAINST),--against $(AGAINST))
	@$(if $(AGAINST),,LoadTest/Benchmarks/compare)

recovery: ## measure how soon gate and writes are back after faults (ARGS="RUNS SECONDS")
	@scripts/setup wrk curl
	@LoadTest/Benchmarks/recovery $(ARGS)

bench-instruments: setup ## measure the cost of counting, of observing (with one and with two threads), and of a scrape
	@scripts/release InstrumentBench
	@scripts/release ExpositionBench
	@.build/release/InstrumentBench
	@echo
	@.build/release/ExpositionBench

overhead: ## measure the cost of telemetry: a service with all of it beside one without (PAIRS=n SECONDS=n)
	@scripts/setup wrk curl
	@LoadTest/Benchmarks/overhead $(or $(PAIRS),9) $(or $(SECONDS),5)

instructions: ## count the instructions that telemetry adds to a request, under valgrind: slow, without noise
	@scripts/setup wrk curl valgrind gcc
	@LoadTest/Benchmarks/instructions $(or $(SECONDS),60)

guard: ## fail if a checkout or a purchase takes over 5 % more instructions than LoadTest/Benchmarks/instructions.most says
	@scripts/setup wrk curl valgrind gcc
	@LoadTest/Benchmarks/instructions --check
