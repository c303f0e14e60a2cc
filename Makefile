# Everything a person does here. `make help` lists it.

CONFIGURATION ?= Release
IMAGE         ?= mesos-k8s-bridge:dev
ARGS          ?=
SECONDS       ?= 60

export DOTNET_CLI_TELEMETRY_OPTOUT = 1
export DOTNET_NOLOGO = 1

# What bin/mesos-bridge is made of: when none of it is newer, `make build` does nothing.
SOURCES := $(shell find protocol shim kubernetes operator crds config -type f \
	-not -path '*/bin/*' -not -path '*/obj/*' 2>/dev/null) \
	Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig

.DEFAULT_GOAL := help
.PHONY: help build run demo test bench chaos fuzz simulate fmt fmt-check image clean

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo "  ARGS=\"--nodes 5\" is handed on to run and demo, e.g. make run ARGS=\"--nodes 5\"."

build: bin/mesos-bridge ## Build bin/mesos-bridge; it can be run from anywhere

bin/mesos-bridge: $(SOURCES)
	dotnet publish operator -c $(CONFIGURATION) -o bin -v quiet --nologo
	@touch $@

run: build ## Start the bridge with an embedded cluster of 3 nodes; Ctrl-C stops it
	bin/mesos-bridge dev $(ARGS)

demo: build ## Show a framework running tasks on the embedded cluster, in under a minute
	bin/mesos-bridge demo $(ARGS)

test: ## Set up all that the tests need and run them all (tests/run --help)
	tests/run $(ARGS)

bench: ## Measure speed and size; results go to tests/results
	dotnet run --project tests/Benchmarks -c Release -- $(ARGS)

fuzz: ## Send damaged requests to the Mesos endpoint for SECONDS=60; what breaks it goes to tests/results/fuzz
	dotnet run --project tests/Fuzz -c Release -- --seconds $(SECONDS) $(ARGS)

# SEED=n runs one seed; SEEDS=n as many from 1 on. DAYS are simulated ones.
simulate: ## Run the bridge in a simulated world: SEEDS=20 DAYS=1, or SEED=7
	dotnet run --project tests/Simulation -c Release -v quiet -- \
		--days $(or $(DAYS),1) $(if $(SEED),--first $(SEED) --seeds 1,--seeds $(or $(SEEDS),20)) $(ARGS)

chaos: build ## Kill the leader of two bridges 100 times under load, and account for every task (ARGS=--help)
	dotnet run --project tests/Chaos -c Release -- $(ARGS)

# What analyzers have to say the build says, and fails: here it is only a matter of form.
fmt: ## Format the code
	dotnet format whitespace MesosK8sBridge.sln $(FORMAT)
	dotnet format style MesosK8sBridge.sln $(FORMAT)

fmt-check: FORMAT = --verify-no-changes
fmt-check: fmt ## Fail if the code is not formatted

image: ## Build the container image (IMAGE=mesos-k8s-bridge:dev); needs docker
	@command -v docker >/dev/null || { \
		echo "make image needs docker (or a tool of that name) to run the Dockerfile; none is installed." >&2; exit 1; }
	docker build -t $(IMAGE) .

clean: ## Remove what was built and downloaded by the build and the tests
	rm -rf bin BenchmarkDotNet.Artifacts tests/results
	find protocol shim kubernetes operator tests -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} +
