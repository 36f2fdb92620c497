# Checks of the source and of what was built, included by Makefile.

SOURCES := $(wildcard include/*.h src/*/*.[ch] tests/*.[ch] tests/*/*.[ch] examples/*.[ch] examples/*/*.[ch])
CLANG_FORMAT ?= clang-format

check: ## set up, build, and run every check whose tools are present
	@scripts/setup.sh check
	@$(MAKE) --no-print-directory all $(BUILD)/tests
	$(BUILD)/tests

format: ## lay out the C sources by .clang-format
	$(CLANG_FORMAT) -i $(SOURCES)
