GO ?= go

.DEFAULT_GOAL := help
.PHONY: help demo test build generate check fmt vet staticcheck bench fuzz

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## show a signed create and get on the embedded emulator
	@$(GO) run ./cmd/nks-access demo

# The race detector needs a C compiler; Go turns cgo off where there is none.
race = $(if $(filter 1,$(shell $(GO) env CGO_ENABLED)),-race)

test: ## run all Go tests, with the race detector where there is a C compiler
	$(GO) test $(race) ./...

build: ## build bin/nks-access
	$(GO) build -trimpath -o bin/ ./cmd/nks-access

generate: ## regenerate gen/ from the contract
	$(GO) generate ./...

check: fmt vet staticcheck ## formatting, vet and staticcheck

fmt:
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "run gofmt -w on: $$unformatted"; exit 1; }

vet:
	$(GO) vet ./...

# Pinned here and not in go.mod, so that importers of this module do not see it.
staticcheck:
	$(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...

bench: ## run the benchmarks, each beside what it is compared with
	$(GO) test -run '^$$' -bench . -benchmem ./signer

fuzz: ## fuzz the signer for a minute
	$(GO) test -run '^$$' -fuzz FuzzSignAndVerify -fuzztime 60s -fuzzminimizetime 10x ./signer
