# Checks of the source and of what is built; included by Makefile.

C_SOURCES = $(wildcard include/*.h src/*/*.[ch] tests/*.[ch] tests/*/*.[ch] examples/*.[ch] examples/*/*.[ch] scripts/*.[ch])
SHELL_SOURCES = $(wildcard scripts/*.sh tests/*/*.sh examples/*.sh .ci/run)
CLANG_FORMAT ?= clang-format
FUZZ_SECONDS ?= 60

.PHONY: replay

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

# A fuzz target is tests/fuzz/fuzz_NAME.c with examples of its input in tests/fuzz/NAME/. fuzz_NAME runs it under
# libFuzzer; replay_NAME needs no fuzzer: it runs the examples and damaged copies of them, in `make check` too.
FUZZ_NAMES := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_BUILD = build/fuzz
FUZZ_FLAGS = -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all

$(FUZZ_NAMES:%=$(BUILD)/replay_%): $(BUILD)/replay_%: $(BUILD)/objects/tests/fuzz/fuzz_%.o \
    $(BUILD)/objects/tests/fuzz/replay.o $(BUILD)/$(STATIC) | $(BUILD)/blas-probe
	$(LINK) $(LIBS)

$(FUZZ_NAMES:%=$(BUILD)/fuzz_%): $(BUILD)/fuzz_%: $(BUILD)/objects/tests/fuzz/fuzz_%.o $(BUILD)/$(STATIC)
	$(LINK) -fsanitize=fuzzer $(LIBS)

replay: $(FUZZ_NAMES:%=$(BUILD)/replay_%)
	@for name in $(FUZZ_NAMES); do $(BUILD)/replay_$$name tests/fuzz/$$name/* || exit 1; done

fuzz: ## fuzz each target for FUZZ_SECONDS, with clang
	@$(MAKE) -s --no-print-directory BUILD=$(FUZZ_BUILD) CC=clang CFLAGS="-O1 -g $(FUZZ_FLAGS)" LDFLAGS="$(FUZZ_FLAGS)" \
	    $(FUZZ_NAMES:%=$(FUZZ_BUILD)/fuzz_%)
	@for name in $(FUZZ_NAMES); do mkdir -p $(FUZZ_BUILD)/$$name && $(FUZZ_BUILD)/fuzz_$$name -timeout=10 -print_final_stats=1 \
	    -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=$(FUZZ_BUILD)/ $(FUZZ_BUILD)/$$name tests/fuzz/$$name || exit 1; done

COVERAGE = build/coverage
coverage: ## lines of each source file that the suite runs
	@$(MAKE) -s --no-print-directory BUILD=$(COVERAGE) CFLAGS="-O0 -g --coverage" LDFLAGS=--coverage $(COVERAGE)/tests
	@find $(COVERAGE) -name '*.gcda' -delete
	@CK_FORK=no $(COVERAGE)/tests
	@scripts/coverage.sh $(COVERAGE)
