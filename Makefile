GO ?= go

.DEFAULT_GOAL := help
.PHONY: help demo test build generate docs-cli check fmt vet staticcheck bench fuzz attack test-browser vectors test-shell test-ts test-python test-java test-interop test-generators lint-api docs test-postman diff-api check-links test-docs completions dist test-dist test-provider image test-image actionlint

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# One set of flags, so that Go compiles the program once for all targets.
build_flags = -trimpath

demo: ## show a signed create and get on the embedded emulator
	@$(GO) run $(build_flags) ./cmd/nks-access demo

# The race detector needs a C compiler; Go turns cgo off where there is none.
race = $(if $(filter 1,$(shell $(GO) env CGO_ENABLED)),-race)

# npm writes this file last.
installed = node_modules/.package-lock.json

%/$(installed): %/package-lock.json
	cd $* && npm ci --ignore-scripts --no-audit --no-fund

test: ## run all Go tests, with the race detector where there is a C compiler
	$(GO) test $(race) ./...

.PHONY: test-properties test-deploy
test-properties: ## check the properties of plan, apply and export on many random cases
	$(GO) test ./desired -count=1 -run TestExportThenPlanIsEmpty -rapid.checks=1000
	$(GO) test ./desired -count=1 -run 'TestApplyConvergesUnderFaults|TestApplyKilledAndRunAgain' -seeds=200
	$(GO) test ./desired -count=1 -run TestSchemaAndLoaderAgree -rapid.checks=20000
	$(GO) test ./desired -count=1 -run 'TestDefaultsAreSettings|TestEndsAreRules|TestApplyThenUndo' -rapid.checks=500

	$(GO) test ./cmd/nks-access/speccheck -count=1 -run TestNothingIsLeftBehindUnderFaults -seeds=300

test-deploy: ## decode the Kubernetes manifests against the types of its API
	cd deploy/kubernetes && $(GO) test -count=1 ./...

build: ## build bin/nks-access
	$(GO) build $(build_flags) -o bin/ ./cmd/nks-access

generate: ## regenerate gen/ from the contract
	$(GO) generate ./...

docs-cli: ## write a page for every command into docs/cli
	rm -rf docs/cli && mkdir -p docs/cli
	$(GO) run ./tools/clidocs docs/cli

check: fmt vet staticcheck actionlint ## formatting, vet, staticcheck and workflows

fmt:
	@unformatted=$$(gofmt -l $$(git ls-files --cached --others --exclude-standard '*.go')); test -z "$$unformatted" || { echo "run gofmt -w on: $$unformatted"; exit 1; }

modules = . interop tools/browsertest terraform-provider-nks deploy/kubernetes

vet:
	for module in $(modules); do (cd $$module && $(GO) vet -tags docs,workflows ./...) || exit; done

# Pinned here and not in go.mod, so that importers of this module do not see it.
staticcheck:
	for module in $(modules); do (cd $$module && $(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2 -tags docs,workflows ./...) || exit; done

benchcount = 6
benchtime = 1s

# In turns, so that both sides of a comparison have the same share of what else the machine does. The signer and the emulator alone
# need nothing but Go: go test -bench . ./signer ./emulator
bench: interop/$(installed) ## measure, side by side with the SDK and Prism (needs Node and wrk; benchcount=1 for less)
	cd interop && $(GO) test -c -o ../bin/interop.test .
	cd interop && for turn in $$(seq $(benchcount)); do echo "turn $$turn of $(benchcount)" >&2; \
		../bin/interop.test -test.run '^$$' -test.bench . -test.benchtime $(benchtime) || exit; done >../bin/bench.txt
	$(GO) test -run '^$$' -bench . -benchtime 1x -count $(benchcount) ./desired
	for name in Signing Call Server ServerStart CommandStart BinaryGrowth; do \
		$(GO) run golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da -col /this -filter ".name:$$name" bin/bench.txt || exit; done

test-interop: interop/$(installed) ## other people's clients and servers against ours (needs Node)
	cd interop && $(GO) test $(race) -count=1 ./...

test-generators: build docs interop/generators/$(installed) ## generate clients with other generators and run them (needs Node, Java 17, Python 3, PHP, Ruby)
	cd interop/generators && node --test
	node interop/generators/run.mjs

.PHONY: test-terraform install-terraform docs-terraform

# The tests run the terraform command, and fail without it. They wait more than they work.
test-terraform: ## test the Terraform provider through the terraform command
	cd terraform-provider-nks && $(GO) test $(race) -parallel 8 -count=1 ./...

# Terraform and OpenTofu look there before they ask a registry.
plugins = $(HOME)/.terraform.d/plugins
provider_version = 0.1.0
install-terraform: ## put the Terraform provider into the local plugin folder
	cd terraform-provider-nks && for registry in registry.terraform.io registry.opentofu.org; do \
		$(GO) build -trimpath -ldflags '-X main.version=$(provider_version)' \
			-o "$(plugins)/$$registry/nks-access/nks/$(provider_version)/$$($(GO) env GOOS)_$$($(GO) env GOARCH)/terraform-provider-nks_v$(provider_version)$$($(GO) env GOEXE)" . \
			|| exit; done

docs-terraform: ## write the pages of the Terraform provider (needs terraform)
	cd terraform-provider-nks && $(GO) run github.com/hashicorp/terraform-plugin-docs/cmd/tfplugindocs@v0.25.0 generate --provider-name nks >/dev/null

# Counted in runs: what ends by the clock now and then fails with nothing but "context deadline exceeded" (go.dev/issue/75804).
fuzztime = 200000x

fuzz: ## run every fuzz target, about a minute each (fuzztime=10000x for less)
	$(GO) test -run '^$$' -fuzz FuzzSignAndVerify -fuzztime $(fuzztime) -fuzzminimizetime 10x ./emulator/internal/signature
	$(GO) test -run '^$$' -fuzz FuzzRequestLine -fuzztime $(fuzztime) -fuzzminimizetime 10x ./emulator/internal/signature
	$(GO) test -run '^$$' -fuzz FuzzPaths -fuzztime $(fuzztime) -fuzzminimizetime 10x ./emulator
	$(GO) test -run '^$$' -fuzz FuzzBodies -fuzztime $(fuzztime) -fuzzminimizetime 10x ./emulator
	$(GO) test -run '^$$' -fuzz 'FuzzParse$$' -fuzztime $(fuzztime) -fuzzminimizetime 10x ./desired
	$(GO) test -run '^$$' -fuzz 'FuzzParsePlan$$' -fuzztime $(fuzztime) -fuzzminimizetime 10x ./desired
	$(GO) test -run '^$$' -fuzz 'FuzzMigrate$$' -fuzztime $(fuzztime) -fuzzminimizetime 10x ./desired/export
	$(GO) test -run '^$$' -fuzz FuzzParse -fuzztime $(fuzztime) -fuzzminimizetime 10x ./cmd/nks-access/rbac
	$(GO) test -run '^$$' -fuzz FuzzDiagnose -fuzztime $(fuzztime) -fuzzminimizetime 10x ./emulator/internal/clinic

# How long each attack goes on.
attack = 2m

attack: ## attack what strangers reach and what rivals can do, for some minutes (attack=5s fuzztime=5000x attackchecks=100 for less; seed=1 for the same random cases); SECURITY.md explains it
	$(GO) test -run '^$$' -fuzz FuzzRequestLine -fuzztime $(fuzztime) -fuzzminimizetime 10x ./emulator/internal/signature
	$(GO) test -count=1 -timeout 0 -v -run Killed ./emulator/internal/store -attack $(attack)
	$(GO) test -count=1 -timeout 0 -v -run HostileBodiesAtOnce ./emulator -attack $(attack)
	$(GO) test -count=1 -timeout 0 -v -run Property ./access $(random)
	$(GO) test -count=1 -timeout 0 -v -run 'Rival|UnderFaults|KilledAndRunAgain' ./desired $(random)
	$(GO) test -count=1 -timeout 0 -v -run 'Hostile|Large|ManyValues' ./access ./desired

# How many random cases each property has: calls through a proxy that cuts connections or delivers late, beside a rival, to a
# service that lies.
attackchecks = 2000

# A failed property prints its seed. With seed=NUMBER the random cases are the same again.
random = -rapid.checks=$(attackchecks) $(if $(seed),-rapid.seed=$(seed))

test-browser: docs ## look at the emulator's pages and at the reference in a real browser (SCREENSHOTS=DIR keeps pictures)
	cd tools/browsertest && $(GO) test -count=1 ./...

vectors: ## write api/signature-vectors.json (needs openssl)
	sh api/signature-vectors.sh >api/signature-vectors.json

test-shell: build ## run the shell example against an emulator (needs curl, openssl and jq)
	examples/shell/test.sh

test-ts: build examples/typescript/$(installed) ## type-check the TypeScript example and run it against an emulator (needs Node)
	cd examples/typescript && npm test

test-python: build ## run the Python example against an emulator (needs Python 3)
	cd examples/python && python3 -m unittest

test-java: build ## run the Java example against an emulator (needs a JDK 17)
	mkdir -p bin/java
	javac -d bin/java examples/java/*.java
	cd examples/java && java -cp ../../bin/java NksTest

nodetools = tools/nodetools/node_modules/.bin

# Warnings fail, too. Nothing is ignored. The 3.1 edition says the same as the contract.
lint-api: docs ## lint the contracts, and the 3.1 edition and the plain edition (needs Node)
	for contract in api/openapi.yaml api/subaccount.yaml dist/openapi-3.1.yaml dist/openapi-plain.yaml; do \
		REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_NOTIFICATIONS=true $(nodetools)/redocly lint --extends recommended-strict $$contract && \
		$(nodetools)/spectral lint --ruleset tools/nodetools/spectral.yaml --fail-severity hint $$contract || exit; done
	$(OASDIFF) breaking --fail-on WARN api/openapi.yaml dist/openapi-3.1.yaml
	$(OASDIFF) breaking --fail-on WARN dist/openapi-3.1.yaml api/openapi.yaml

docs: tools/nodetools/$(installed) ## write the contract into dist: YAML, JSON, OpenAPI 3.1, the plain edition, Postman, and a page to read offline (needs Node)
	mkdir -p dist
	$(GO) run $(build_flags) ./cmd/nks-access spec -o json >dist/openapi.json
	node tools/nodetools/reference.mjs dist/openapi.json dist/index.html
	cp api/openapi.yaml api/subaccount.yaml desired/access.schema.json dist/
	node tools/nodetools/editions.mjs api/openapi.yaml api/plain.overlay.yaml dist
	node tools/nodetools/postman.mjs dist/openapi.json dist/nks-access.postman_collection.json

test-postman: build docs ## run the Postman collection against an emulator (needs Node)
	node tools/nodetools/postman-test.mjs dist/nks-access.postman_collection.json bin/nks-access

bruno = tools/bruno/$(installed)

.PHONY: docs-bruno test-bruno
docs-bruno: docs $(bruno) ## write the Postman collection as a Bruno collection into examples/bruno (needs Node)
	node tools/bruno/collection.mjs dist/nks-access.postman_collection.json examples/bruno

test-bruno: build docs $(bruno) ## run the Bruno collection against an emulator, and through the proxy (needs Node)
	node tools/bruno/test.mjs dist/nks-access.postman_collection.json examples/bruno bin/nks-access

OASDIFF = $(GO) run github.com/oasdiff/oasdiff@v1.33.0
diff-api: export OASDIFF := $(OASDIFF)
diff-api: ## compare the contracts with the released ones, which they may break only with a new version
	tools/apidiff/test.sh api/openapi.yaml
	for released in api/released/*.yaml; do tools/apidiff/check.sh $$released api/$${released##*/} || exit; done

check-links: tools/nodetools/$(installed) ## look for broken links in Markdown files (needs Node)
	tools/nodetools/node_modules/.bin/remark --rc-path tools/nodetools/links.mjs --frail --quiet --no-stdout \
		$$(git ls-files --cached --others --exclude-standard '*.md' ':!terraform-provider-nks/docs')

test-docs: build ## run the commands in the READMEs and docs, in both languages (needs bash, curl, git and terraform)
	$(GO) test -tags docs -count=1 -run TestCommands -v ./tools/docs

# Completions are the same in every archive.
completions:
	mkdir -p bin/completions
	for shell in bash zsh fish powershell; do \
		CGO_ENABLED=0 $(GO) run -trimpath ./cmd/nks-access completion $$shell >bin/completions/nks-access.$$shell || exit; done

# GoReleaser builds a commit without a tag only as a snapshot. The snapshot of a tagged commit is the release. It needs to
# know a remote, which not every repository has.
dist: ## build the archives of a release, and SHA256SUMS, into dist
	GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=remote.origin.url GIT_CONFIG_VALUE_0=. \
		$(GO) run github.com/goreleaser/goreleaser/v2@v2.16.0 release --snapshot --clean
	mkdir -p dist
	rm -f dist/nks-access_*
	cp bin/release/*.tar.gz bin/release/*.zip bin/release/SHA256SUMS dist/

test-dist: ## build the last commit as a release, twice, and compare (needs Linux and unzip)
	tools/release/test.sh

test-provider: ## split the Terraform provider into a repository of its own, build, sign and install it (needs gpg, unzip, terraform)
	tools/release/test-provider.sh

BUILDER ?= docker
CA_CERTIFICATES ?= /etc/ssl/certs/ca-certificates.crt

image: ## build a container image (BUILDER=podman or buildah in place of docker)
	GOOS=linux CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w' -o bin/image/ ./cmd/nks-access
	cp $(CA_CERTIFICATES) bin/image/ca-certificates.crt
	$(BUILDER) build --file Containerfile --tag nks-access bin/image

test-image: ## build the image and run the emulator in it (needs Linux, root and buildah)
	tools/release/test-image.sh

# With shellcheck on one machine and not on the next, it would say different things.
actionlint:
	$(GO) run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12 -shellcheck= -pyflakes= \
		.github/workflows/*.yml tools/release/provider/.github/workflows/*.yml examples/github-actions/*.yml

.PHONY: test-workflows
test-workflows: build tools/nodetools/$(installed) ## run the workflows of examples against an emulator, and lint the one of GitLab (needs bash, curl, jq, git, Node)
	$(GO) test -tags workflows -count=1 ./tools/workflows
