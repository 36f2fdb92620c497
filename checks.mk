# Checks of the source and of what is built; included by Makefile.

C_SOURCES = $(wildcard include/*.h src/*/*.[ch] tests/*.[ch] tests/*/*.[ch] examples/*.[ch] examples/*/*.[ch] scripts/*.[ch])
SHELL_SOURCES = $(wildcard scripts/*.sh tests/*/*.sh examples/*.sh .ci/run)
CLANG_FORMAT ?= clang-format
FUZZ_SECONDS ?= 60

check: ## set up, build, and run every check whose tools are present
	@scripts/setup.sh check
	@scripts/check.sh

check-all: ## install every tool, and run every check: a skipped one fails
	@scripts/setup.sh all
	@STRICT=1 scripts/check.sh

lint: ## layout of the C sources, and what linters say of C and shell
	$(CLANG_FORMAT) --dry-run -Werror $(C_SOURCES)
	shellcheck $(SHELL_SOURCES)

format: ## lay out the C sources by .clang-format
	$(CLANG_FORMAT) -i $(C_SOURCES)

# A fuzz target is tests/fuzz/NAME.c; its corpus, which `make check` replays, is tests/fuzz/NAME/.
FUZZERS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
fuzz: ## fuzz each target for FUZZ_SECONDS (clang)
	@scripts/setup.sh all
	@$(MAKE) --no-print-directory BUILD=build/fuzz CC=clang LDFLAGS="-fsanitize=fuzzer-no-link,address,undefined" \
	    CFLAGS="-O1 -g -fsanitize=fuzzer-no-link,address,undefined" $(FUZZERS:%=build/fuzz/%-fuzz)

COVERAGE = build/coverage
coverage: ## lines of each source file that the suite runs
	@$(MAKE) -s --no-print-directory BUILD=$(COVERAGE) CFLAGS="-O0 -g --coverage" LDFLAGS=--coverage $(COVERAGE)/tests
	@find $(COVERAGE) -name '*.gcda' -delete
	@CK_FORK=no $(COVERAGE)/tests
	@scripts/coverage.sh $(COVERAGE)
