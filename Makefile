# `make help` lists the targets.
SHELL := /bin/bash
GO ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
FUZZTIME ?= 30s
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: help
help: ## this list
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## bin/prescreen
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/prescreen ./cmd/prescreen

.PHONY: build-arm64
build-arm64: ## bin/prescreen-arm64, with Debian's cross compiler (gcc-aarch64-linux-gnu, g++-aarch64-linux-gnu)
	CGO_ENABLED=1 GOOS=linux GOARCH=arm64 CC=aarch64-linux-gnu-gcc CXX=aarch64-linux-gnu-g++ \
	  $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/prescreen-arm64 ./cmd/prescreen

.PHONY: demo
demo: deps build ## build, screen the bundled sample portal, write out/report.html
	@bin/prescreen demo; code=$$?; [ $$code -eq 1 ] || [ $$code -eq 3 ] || exit $$code

.PHONY: deps
deps: ## what the build and the tests need from the system (Debian, as root)
	@scripts/deps

.PHONY: test
test: deps build lint chart ## everything that must hold: build, lint, unit and end-to-end tests under -race
	$(GO) test -race -timeout 25m ./...

.PHONY: race
race: ## all tests under the race detector, without lint
	$(GO) test -race -timeout 25m ./...

.PHONY: lint
lint: ## gofmt, go vet, and staticcheck by pinned version
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); [ -z "$$unformatted" ] || { echo "run gofmt -w on:"; echo "$$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...

.PHONY: chart
chart: ## the Helm chart and the Dockerfile, without a cluster (UPDATE=1: write README and snapshots anew)
	@scripts/chart

.PHONY: image
image: ## the container image, by buildah, into out/ (TARGET=helpers: with OCR and a browser)
	@VERSION='$(VERSION)' scripts/image

.PHONY: image-reproducible
image-reproducible: ## the image twice, with one digest
	@scripts/image-reproducible

.PHONY: e2e-api
e2e-api: ## every rendered object on a real API server (as root; the first time builds it)
	@scripts/e2e-api

.PHONY: e2e-k8s
e2e-k8s: ## the chart on a real one-node cluster (as root; the first time builds Kubernetes, see docs/operations.md)
	@scripts/e2e-k8s

.PHONY: fuzz
fuzz: ## each fuzz target for FUZZTIME (30s)
	@scripts/fuzz $(FUZZTIME)

.PHONY: bench
bench: ## side-by-side benchmarks; writes bench/results
	cd bench && $(GO) run ./cmd/bench -what all

.PHONY: bench-redis
bench-redis: ## the shared frontier: pages a second, processor time of Redis, one process and two
	$(GO) test -run xxx -bench Frontier -benchtime 30000x ./internal/redis
	$(GO) test -run xxx -bench Processes -benchtime 1x ./internal/redis

.PHONY: accuracy
accuracy: build ## precision and recall on labelled cases (CASES=file), false alarms on clean pages (CLEAN=folder)
	$(GO) run ./internal/accuracy $(if $(CASES),-cases '$(CASES)') $(if $(CLEAN),-clean '$(CLEAN)')

.PHONY: words
words: ## the word gate on gold segmentations (GOLD=file or folder; default: those of the measurement data), SHOW=n wrong decisions, CURVE=1 other thresholds
	$(GO) run ./internal/wordseval $(if $(GOLD),-gold '$(GOLD)') $(if $(SHOW),-show $(SHOW)) $(if $(CURVE),-curve)

.PHONY: words-fit
words-fit: ## fit the weights of the word gate to gold segmentations (GOLD='files')
	$(GO) run ./internal/wordseval -fit scanner/words/data/weights.txt $(GOLD)

.PHONY: extract-bench
extract-bench: build ## what is found in documents of each format, and how fast
	$(GO) run ./internal/extractbench

.PHONY: extract-memory
extract-memory: build ## what files of each format, and bombs, cost in memory and time
	$(GO) run ./internal/extractbench -memory

.PHONY: ocr-bench
ocr-bench: deps ## character error and identifiers on made-up scans of many kinds; writes bench/results
	$(GO) run ./internal/ocrbench

.PHONY: soak
soak: ## the long rounds of the crash tests, 20,000 damaged files for each parser of documents, and ten million URLs in Redis
	PRESCREEN_SOAK=1 $(GO) test -race -timeout 60m ./crawler/...
	PRESCREEN_MUTATIONS=20000 $(GO) test -run 'TestMutated$$' -v -timeout 6h ./internal/document
	PRESCREEN_SOAK=1 $(GO) test -timeout 60m ./internal/redis

.PHONY: clean
clean: ## remove what was built
	rm -rf bin out .cache
