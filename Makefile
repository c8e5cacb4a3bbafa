# samizdat: make help lists what there is. Everything here works offline once the modules are downloaded.

SHELL   := /bin/sh
VERSION := $(shell sed -n 's/^\#\# \([0-9][^ ]*\).*/\1/p' CHANGELOG.md | head -n 1)
# HTTP/2 needs TLS to be of use, and there is none on loopback or a LAN: net/http without it is 360 kB smaller.
TAGS    := nethttpomithttp2
# Functions are not inlined where speed does not matter: in TLS, which net/http brings and nobody here speaks, and around the
# pages, the commands and the formats of small things. That is 480 kB, most of it tables for stack traces. zim, compression, seal
# and the runtime keep their speed; in search single functions that are called seldom and from many places have go:noinline. The press reads HTML and stems words all the time, the reader seldom: 70 kB.
SLOW    := crypto/... encoding/asn1 encoding/json internal/sync io/fs log math/big mime/... vendor/... net net/http/... os/... syscall time fmt reflect \
           regexp/... text/template/... golang.org/x/text/... github.com/spf13/... samizdat/cmd/... samizdat/internal/command samizdat/internal/page \
           samizdat/internal/serve samizdat/internal/splice samizdat/internal/stick samizdat/internal/messages samizdat/internal/markup \
           samizdat/internal/archive samizdat/internal/carry github.com/gorilla/mux rsc.io/qr/... \
           net/url net/netip mime path/... html strconv text/... flag samizdat/internal/atomicfile
SELDOM  := github.com/blevesearch/... golang.org/x/net/html/...
# The reader was 9.0 MB before it could search (0.4), make copies and sticks (0.6),
# do so for other platforms (0.04), speak nine languages on the command line (0.03 more since every sentence does) and find words of
# any script (0.02).
MAXBARE := 9750000
# Functions begin at multiples of 4 bytes, not of 32 as on amd64: 170 kB. ARM needs 4; what needs more says so itself.
FLAGS   := -trimpath -buildvcs=false $(foreach p,$(SLOW),-gcflags=$(p)=-l) -tags $(TAGS) \
           -ldflags "-s -w -buildid= -funcalign=4 -X main.version=$(VERSION)"
READER  := $(FLAGS) $(foreach p,$(SELDOM),-gcflags=$(p)=-l)
DOSSIER := assets/packed/dossier.zim
# Texts that are compiled in compressed: make generate after a change.
TEXTS   := $(wildcard internal/messages/*.json internal/messages/cli/*.json internal/messages/packed/*.json internal/seal/words/*.txt internal/stick/guide/*.txt) \
           internal/carry/licenses.txt cmd/samizdat-press/licenses.txt cmd/samizdat-press/cli.json
PREFIX  ?= /usr/local
FUZZTIME ?= 30s
TOOL    := go tool -modfile=.ci/tools.mod

# Every platform that a copy can be made for. android/arm64 is the only Android that links without cgo.
TARGETS := windows/amd64 windows/386 windows/arm64 darwin/amd64 darwin/arm64 \
           linux/amd64 linux/386 linux/arm64 linux/arm linux/riscv64 android/arm64

export CGO_ENABLED := 0

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | awk -F '	' '{printf "  make %-10s %s\n", $$1, $$2}'

.PHONY: run
run: pack reader ## build the archive and open the dossier in the browser
	bin/samizdat

.PHONY: test
test: ## run every test; judges that are not installed are named and skipped
	go test ./...

.PHONY: build
build: reader press ## bin/samizdat (the dossier inside) and bin/samizdat-press

.PHONY: reader
reader:
	go build $(READER) -o bin/samizdat ./cmd/samizdat

.PHONY: press
press:
	go build $(FLAGS) -o bin/samizdat-press ./cmd/samizdat-press

.PHONY: bare
bare: ## bin/samizdat-bare, the reader without a dossier
	go build $(READER) -tags $(TAGS),bare -o bin/samizdat-bare ./cmd/samizdat

.PHONY: size
size: ## fail if the bare reader for linux/amd64 is larger than MAXBARE, in bytes
	@GOOS=linux GOARCH=amd64 go build $(READER) -tags $(TAGS),bare -o bin/samizdat-size ./cmd/samizdat && \
	size=$$(wc -c <bin/samizdat-size) && rm -f bin/samizdat-size && echo "size: $$size bytes of at most $(MAXBARE)" && test "$$size" -le $(MAXBARE)

RUNTIMES := assets/runtimes/runtimes.tar.xz

# The encoder is xz 5.4 (Debian 12), each stream alone on one core: the pure Go one was tried with two runtimes of 19 MB together,
# and wrote 5.4 MB where xz wrote 4.0, in several times the time. The dictionary is 16 MiB, which a reader must have free.
.PHONY: runtimes
runtimes: ## the reader without a dossier, for every platform, in one file that the press carries
	@tmp=$$(mktemp -d) && trap 'rm -rf "$$tmp"' EXIT && for t in $(TARGETS); do \
		os=$${t%/*}; arch=$${t#*/}; ext=; [ $$os = windows ] && ext=.exe; \
		echo "build $$t" && GOOS=$$os GOARCH=$$arch go build $(READER) -tags $(TAGS),bare -o "$$tmp/samizdat-$$os-$$arch$$ext" ./cmd/samizdat || exit 1; \
	done && \
	go run ./internal/runtimes "$(VERSION)" "$$tmp" >"$$tmp/runtimes.tar.xz" && \
	cp "$$tmp/runtimes.tar.xz" $(RUNTIMES) && echo "$(RUNTIMES): $$(wc -c <$(RUNTIMES)) bytes"

# A second time, in a folder of another name and without what the first build left in the cache.
.PHONY: runtimes-repro
runtimes-repro: runtimes ## build the runtimes once more, elsewhere and from nothing, and compare; takes minutes
	@dir=$$(mktemp -d) && trap 'chmod -R u+w "$$dir"; rm -rf "$$dir"' EXIT && mkdir "$$dir/src" && cp -R . "$$dir/src/other-name" && \
	GOCACHE="$$dir/cache" $(MAKE) -C "$$dir/src/other-name" runtimes && \
	cmp "$$dir/src/other-name/$(RUNTIMES)" $(RUNTIMES) && echo "runtimes-repro: equal"

.PHONY: press-full
press-full: runtimes ## bin/samizdat-press with the runtimes of every platform inside
	go build $(FLAGS) -tags $(TAGS),full -o bin/samizdat-press ./cmd/samizdat-press

.PHONY: pack
pack: press ## bundle/ to assets/packed/dossier.zim, the same bytes every time
	bin/samizdat-press pack bundle -o $(DOSSIER) --force

# CAPTURE gives flags: make capture CAPTURE='--proxy socks5://127.0.0.1:9050'
.PHONY: capture
capture: press ## fetch what bundle/ links to and does not hold yet, wherever there is a network; then make pack
	bin/samizdat-press capture bundle $(CAPTURE)

.PHONY: drift
drift: press ## fail if the committed dossier or a generated file is not what its sources give
	@tmp=$$(mktemp -d) && trap 'rm -rf "$$tmp"' EXIT && \
	bin/samizdat-press pack bundle -o "$$tmp/dossier.zim" --quiet && \
	cmp "$$tmp/dossier.zim" $(DOSSIER) && \
	go run ./internal/licenses ./cmd/samizdat >"$$tmp/licenses.txt" && cmp "$$tmp/licenses.txt" internal/carry/licenses.txt && \
	go run ./internal/licenses ./cmd/samizdat-press >"$$tmp/licenses.txt" && cmp "$$tmp/licenses.txt" cmd/samizdat-press/licenses.txt && \
	$(call resources,$$tmp) && \
	for a in 386 amd64 arm64; do cmp "$$tmp/rsrc_windows_$$a.syso" cmd/samizdat/rsrc_windows_$$a.syso || exit 1; done && \
	go run ./internal/squeezer -check $(TEXTS) && \
	size=$$(wc -c <$(DOSSIER)) && echo "drift: none; the dossier has $$size bytes" && test "$$size" -lt 2000000

.PHONY: generate
generate: ## write what is compiled in: licence texts, the resources of the Windows program, texts compressed
	@tmp=$$(mktemp -d) && trap 'rm -rf "$$tmp"' EXIT && \
	go run ./internal/licenses ./cmd/samizdat >"$$tmp/reader.txt" && \
	go run ./internal/licenses ./cmd/samizdat-press >"$$tmp/press.txt" && \
	$(call resources,$$tmp) && \
	cp "$$tmp/reader.txt" internal/carry/licenses.txt && cp "$$tmp/press.txt" cmd/samizdat-press/licenses.txt && \
	cp "$$tmp"/rsrc_windows_*.syso cmd/samizdat/ && \
	go run ./internal/squeezer $(TEXTS)

# Version, manifest and icon of the Windows program, as objects that go build links, into the folder $(1).
resources = go run ./internal/icon $(1) && cp cmd/samizdat/winres.json $(1)/ && \
	$(TOOL) go-winres make --in $(1)/winres.json --arch 386,amd64,arm64 --file-version $(VERSION) --product-version $(VERSION) --out $(1)/rsrc

.PHONY: race
race: ## the tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 go test -race -short -shuffle=on -timeout 30m ./...

.PHONY: e2e
e2e: build ## drive the program in a real Chromium; let the judges look at every page
	cd internal/e2e && go vet . && go test -count=1 -timeout 40m .

.PHONY: carry-judges
carry-judges: press-full ## let qemu-user, wine, ZIP tools and others judge the executables that print makes
	cd internal/e2e && go vet ./carrying && go test -count=1 -timeout 20m ./carrying

# ReplayWeb.page is not in package.json: it asks for a version of warcio.js that the registry does not have. It is used as it is packed.
REPLAY := replaywebpage-2.5.3.tgz
REPLAYSUM := 9c28f63d238ddc1c5e489284f00b183f250bbf45cf64a2567f2e25f4fc90adef52ab02d9f9629956cfec7cba8f390e06ac7fb46248dbc0e86bf1c4931f4f20b1

.PHONY: judges
judges: ## fetch axe-core, vnu, warcio.js and ReplayWeb.page, as pinned; with CORPORA=DIR read the ZIM files, WARC and WACZ files and pages of others that lie there
	cd internal/e2e && npm ci --ignore-scripts --no-audit --no-fund
	cd internal/e2e/node_modules && npm pack --silent replaywebpage@2.5.3 >/dev/null && echo "$(REPLAYSUM)  $(REPLAY)" | sha512sum -c --quiet && \
	mkdir -p replaywebpage && tar xzf $(REPLAY) --strip-components=1 -C replaywebpage package/ui.js package/sw.js && rm $(REPLAY)
ifdef CORPORA
	CORPORA="$(abspath $(CORPORA))" go test -count=1 -v -tags corpora -run '^TestCorpora' ./cmd/samizdat ./cmd/samizdat-press ./internal/readable ./internal/warc ./internal/wacz ./internal/scrub
	$(MAKE) build && cd internal/e2e && CORPORA="$(abspath $(CORPORA))" go test -count=1 -tags corpora -timeout 40m -v -run '^TestCorpora' .
endif

.PHONY: shots
shots: build ## pictures of every page, narrow and wide, light and dark, into shots/; ONLY=REGEXP chooses (fa/damaged)
	@rm -rf shots
	cd internal/e2e && SHOTS="$(CURDIR)/shots" SHOTS_ONLY='$(ONLY)' go test -count=1 -tags shots -timeout 40m -run '^TestShots$$' -v .

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME (30s)
	@for p in $$(go list ./...); do \
		for f in $$(go test -list '^Fuzz' $$p | grep '^Fuzz'); do \
			echo "== $$p $$f"; go test -run "^$$" -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$p || exit 1; \
		done; \
	done

.PHONY: bench
bench: bare press-full ## measure beside the peers, into docs/benchmarks.md; ONLY=REGEXP chooses sections
	go run ./internal/bench -doc docs/benchmarks.md -only '$(ONLY)'

.PHONY: mounts
mounts: ## write a stick to a mounted FAT32 image; needs fusefat, /dev/fuse and the right to mount
	go test -count=1 -tags mounts -v -run '^TestFAT32Mounted$$' ./internal/stick

.PHONY: search-judges
search-judges: ## ask kiwix-serve and our reader for the same words of the pages in PAGES=DIR, packed by both packers
	PAGES="$(abspath $(PAGES))" go test -count=1 -v -timeout 30m -run '^TestKiwixFindsTheSame$$' ./internal/pack

.PHONY: microbench
microbench: ## Go benchmarks, ten counts, for benchstat
	go test -run '^$$' -bench . -benchmem -count 10 ./...

.PHONY: cover
cover: ## coverage across packages
	go test -coverpkg ./... -coverprofile cover.out ./... && go tool cover -func cover.out | tail -n 1

.PHONY: golden
golden: ## rewrite expected outputs; look at the difference before you commit
	go test ./internal/page ./internal/zim ./internal/warc ./internal/wacz ./cmd/samizdat-press -update

.PHONY: fmt
fmt: ## format the sources
	$(TOOL) gofumpt -w .

.PHONY: lint
lint: ## formatting, vet, staticcheck, tidy modules
	@out=$$($(TOOL) gofumpt -l .) && if [ -n "$$out" ]; then echo "not formatted (make fmt): $$out"; exit 1; fi
	go vet ./...
	go vet -tags corpora,mounts ./...
	go vet -tags bare ./cmd/samizdat ./assets
	GOOS=windows GOARCH=386 go vet ./cmd/... ./internal/command
	$(TOOL) staticcheck ./...
	go mod tidy -diff

.PHONY: repro
repro: ## build in two directories and compare; of the runtimes one, make runtimes-repro does all
	@a=$$(mktemp -d) && b=$$(mktemp -d) && trap 'rm -rf "$$a" "$$b"' EXIT && \
	cp -R . "$$a/one" && cp -R . "$$b/other-name" && \
	(cd "$$a/one" && go build $(READER) -o "$$a/out/" ./cmd/samizdat ./cmd/samizdat-press) && \
	(cd "$$b/other-name" && go build $(READER) -o "$$b/out/" ./cmd/samizdat ./cmd/samizdat-press) && \
	for d in "$$a/one" "$$b/other-name"; do \
		(cd "$$d" && GOOS=windows GOARCH=386 go build $(READER) -tags $(TAGS),bare -o "$${d%/*}/out/runtime.exe" ./cmd/samizdat) || exit 1; \
	done && \
	for p in samizdat samizdat-press runtime.exe; do cmp "$$a/out/$$p" "$$b/out/$$p" || exit 1; done && echo "repro: equal"

.PHONY: platforms
platforms: ## build both programs for every platform, keep nothing
	@tmp=$$(mktemp -d) && trap 'rm -rf "$$tmp"' EXIT && for t in $(TARGETS); do \
		echo "build $$t" && GOOS=$${t%/*} GOARCH=$${t#*/} go build $(READER) -o "$$tmp/" ./cmd/samizdat ./cmd/samizdat-press || exit 1; \
	done

.PHONY: dist
dist: ## the reader with the dossier for every platform, and SHA256SUMS, into dist/
	@rm -rf dist && mkdir dist && for t in $(TARGETS); do \
		os=$${t%/*}; arch=$${t#*/}; ext=; [ $$os = windows ] && ext=.exe; \
		echo "build $$t" && GOOS=$$os GOARCH=$$arch go build $(READER) -o dist/samizdat-$$os-$$arch$$ext ./cmd/samizdat || exit 1; \
	done && cd dist && sha256sum samizdat-* >SHA256SUMS

.PHONY: man
man: build ## man pages into man/
	@mkdir -p man && LC_ALL=C bin/samizdat man man && LC_ALL=C bin/samizdat-press man man

.PHONY: install
install: build man ## programs, man pages and completions below DESTDIR and PREFIX
	@d="$(DESTDIR)$(PREFIX)" && mkdir -p "$$d/bin" "$$d/share/man/man1" "$$d/share/bash-completion/completions" \
		"$$d/share/zsh/site-functions" "$$d/share/fish/vendor_completions.d" && \
	cp man/*.1 "$$d/share/man/man1/" && for p in samizdat samizdat-press; do \
		install -m 755 bin/$$p "$$d/bin/$$p" && \
		bin/$$p completion bash >"$$d/share/bash-completion/completions/$$p" && \
		bin/$$p completion zsh >"$$d/share/zsh/site-functions/_$$p" && \
		bin/$$p completion fish >"$$d/share/fish/vendor_completions.d/$$p.fish" || exit 1; \
	done

.PHONY: check
check: lint test race ## what a change must pass before it is sent

.PHONY: clean
clean: ## remove what make built
	rm -rf bin dist man shots cover.out
