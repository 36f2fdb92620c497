# cvxnn: `make help` lists the targets; CONTRIBUTING.md explains them. Needs GNU make.
#
# To be set on the command line or in the environment: CC, CXX, CFLAGS, CPPFLAGS, LDFLAGS (appended to what
# the library needs), BLAS_CFLAGS and BLAS_LIBS (instead of what pkg-config says), BUILD (where objects go),
# DESTDIR, PREFIX and the GNU directory variables (where `make install` puts what it built).

VERSION := $(shell awk '/^.define CVXNN_VERSION_(MAJOR|MINOR|PATCH)/ {printf dot $$3; dot = "."}' include/cvxnn.h)
SOVERSION := 0# the number of the binary interface, raised when a release breaks it (docs/abi.md)

PREFIX ?= /usr/local
prefix ?= $(PREFIX)
exec_prefix ?= $(prefix)
bindir ?= $(exec_prefix)/bin
libdir ?= $(exec_prefix)/lib
includedir ?= $(prefix)/include
pkgconfigdir ?= $(libdir)/pkgconfig

INSTALL ?= install
PKG_CONFIG ?= pkg-config
BUILD ?= build
EMULATOR ?= # what runs a freshly built program: nothing, or an emulator when cross-compiling
SEEDS ?= 1,2,3,4,5

# ---- Flags --------------------------------------------------------------------------------------

ifndef BLAS_LIBS
BLAS_CFLAGS ?= $(shell $(PKG_CONFIG) --cflags lapack blas 2>/dev/null)
BLAS_LIBS := $(shell $(PKG_CONFIG) --libs lapack blas 2>/dev/null || echo -llapack -lblas)
endif
CHECK_LIBS ?= $(shell $(PKG_CONFIG) --libs check 2>/dev/null || echo -lcheck)

CFLAGS ?= -O2 -g
WARN = -Wall -Wextra -pedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wno-sign-conversion
# What the proofs assume of floating point (src/linalg/rounding.h), after the user's flags so that it holds whatever those say.
IS_I386 := $(shell $(CC) $(CPPFLAGS) $(CFLAGS) -dM -E -x c /dev/null 2>/dev/null | grep -w __i386__)
FLOAT = -fno-unsafe-math-optimizations -ffp-contract=off $(if $(IS_I386),-msse2 -mfpmath=sse)
COMPILE = $(CC) -std=c11 -fvisibility=hidden -fPIC -pthread $(WARN) -MMD -MP -Iinclude
INTERNAL = -Isrc $(BLAS_CFLAGS) # for what sees more than the public header: the library, its tests, the bench
USER_CFLAGS = $(CPPFLAGS) $(CFLAGS) $(FLOAT)
LIBS = $(BLAS_LIBS) -pthread -lm

# ---- What is built: every file found in these places ---------------------------------------------

objects = $(patsubst %.c,$(BUILD)/objects/%.o,$(wildcard $(1)))
LIBRARY_OBJECTS := $(call objects,src/*/*.c)
TEST_OBJECTS := $(call objects,tests/*.c)
BENCH_OBJECTS := $(call objects,tests/bench/*.c)
COMMON_OBJECTS := $(call objects,examples/common/*.c)
TRAINER_OBJECTS := $(call objects,examples/trainer/*.c)
EXAMPLE_OBJECTS := $(call objects,examples/*.c)
FUZZ_OBJECTS := $(call objects,tests/fuzz/*.c)
OBJECTS := $(LIBRARY_OBJECTS) $(TEST_OBJECTS) $(BENCH_OBJECTS) $(COMMON_OBJECTS) $(TRAINER_OBJECTS) \
    $(EXAMPLE_OBJECTS) $(FUZZ_OBJECTS)

STATIC := libcvxnn.a
SHARED := libcvxnn.so.$(VERSION)
SONAME := libcvxnn.so.$(SOVERSION)
LIBRARIES := $(STATIC) $(SHARED) $(SONAME) libcvxnn.so
EXAMPLES := $(EXAMPLE_OBJECTS:$(BUILD)/objects/%.o=$(BUILD)/%)
PROGRAMS := $(if $(TRAINER_OBJECTS),$(BUILD)/cvxnn) $(if $(BENCH_OBJECTS),$(BUILD)/bench) $(EXAMPLES)

.PHONY: all setup demo check check-all bench bench-relu spline bench-certificate bench-cones plots install uninstall fuzz coverage lint format clean help FORCE
.DELETE_ON_ERROR:
.SUFFIXES:

all: $(LIBRARIES:%=$(BUILD)/%) $(PROGRAMS) ## the libraries (lib/ and build/), the trainer, the bench, the examples

ifeq ($(BUILD),build)
all: $(LIBRARIES:%=lib/%)
endif

# ---- Libraries -------------------------------------------------------------------------------------

$(LIBRARY_OBJECTS) $(TEST_OBJECTS) $(BENCH_OBJECTS): $(BUILD)/objects/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(COMPILE) $(INTERNAL) $(USER_CFLAGS) -c $< -o $@

# The tests find tables with known optima through the macro.
$(TEST_OBJECTS): private INTERNAL += -DCVXNN_TEST_PROBLEMS='"$(CURDIR)/tests/problems"'
$(TEST_OBJECTS) $(BENCH_OBJECTS) $(TRAINER_OBJECTS): private COMPILE += -Iexamples/common

$(COMMON_OBJECTS) $(TRAINER_OBJECTS) $(EXAMPLE_OBJECTS) $(FUZZ_OBJECTS): $(BUILD)/objects/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(COMPILE) $(USER_CFLAGS) -c $< -o $@

# Rewritten when compiler or flags change, so that nothing is built from a mixture.
SETTINGS = $(COMPILE) $(INTERNAL) $(USER_CFLAGS) $(LDFLAGS) $(LIBS)
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(subst ','\'',$(SETTINGS))' > $@.$$$$; if cmp -s $@.$$$$ $@; then rm $@.$$$$; else mv $@.$$$$ $@; fi

# A BLAS that links, multiplies and takes 32-bit integers; anything else must not get as far as a user's numbers.
$(BUILD)/blas-probe: scripts/blas-probe.c $(BUILD)/flags
	@$(CC) $(BLAS_CFLAGS) $(USER_CFLAGS) $< -o $@.tmp $(LDFLAGS) $(LIBS) || { rm -f $@.tmp; \
	    echo "No usable BLAS and LAPACK: cblas_dgemm does not compile and link with"; \
	    echo "  BLAS_CFLAGS=$(BLAS_CFLAGS) BLAS_LIBS=$(BLAS_LIBS)"; \
	    echo "scripts/setup.sh installs OpenBLAS on Debian; or set BLAS_CFLAGS and BLAS_LIBS."; exit 1; } >&2
	@$(EMULATOR) $(abspath $@.tmp)
	@mv $@.tmp $@

$(BUILD)/$(STATIC): $(LIBRARY_OBJECTS)
	rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/$(SHARED): $(LIBRARY_OBJECTS) lib/cvxnn.map | $(BUILD)/blas-probe
	$(CC) -shared -Wl,-soname,$(SONAME) -Wl,--version-script,lib/cvxnn.map $(USER_CFLAGS) \
	    $(LIBRARY_OBJECTS) -o $@ $(LDFLAGS) $(LIBS)

$(BUILD)/$(SONAME) $(BUILD)/libcvxnn.so: $(BUILD)/$(SHARED)
	ln -sf $(SHARED) $@

lib/%: $(BUILD)/%
	cp -P $< $@

# ---- Programs --------------------------------------------------------------------------------------

LINK = $(CC) $(USER_CFLAGS) $(filter %.o %.a,$^) -o $@ $(LDFLAGS)

$(BUILD)/tests: $(TEST_OBJECTS) $(COMMON_OBJECTS) $(BUILD)/$(STATIC) | $(BUILD)/blas-probe
	$(LINK) $(CHECK_LIBS) $(LIBS) -ldl

$(BUILD)/bench: $(BENCH_OBJECTS) $(COMMON_OBJECTS) $(BUILD)/$(STATIC) | $(BUILD)/blas-probe
	$(LINK) $(LIBS) -ldl

$(BUILD)/cvxnn: $(TRAINER_OBJECTS) $(COMMON_OBJECTS) $(BUILD)/$(STATIC) | $(BUILD)/blas-probe ## the trainer alone
	$(LINK) $(LIBS) -ldl

$(EXAMPLES): $(BUILD)/%: $(BUILD)/objects/%.o $(BUILD)/$(STATIC) | $(BUILD)/blas-probe
	@mkdir -p $(@D)
	$(LINK) $(LIBS)

# ---- What people do ----------------------------------------------------------------------------------

setup: ## install what building and checking need, where it is missing
	scripts/setup.sh check

demo: ## set up, build, and train on a real table: the search and the baseline, the proved bound, the ratio
	@scripts/setup.sh build
	@echo "Building $(BUILD)/cvxnn"
	@$(MAKE) -s --no-print-directory $(BUILD)/cvxnn
	@examples/demo.sh $(BUILD)/cvxnn

bench: $(BUILD)/bench ## figures beside their targets: minutes on a quiet machine
	tests/bench/run.sh $(BUILD)/bench

bench-certificate: $(BUILD)/bench ## the table of certificates beside its targets (SEEDS=1,2,3,4,5: an hour)
	python3 tests/bench/certificates.py $(BUILD)/bench --seeds $(SEEDS)

bench-cones: $(BUILD)/cvxnn ## (R) over given patterns, beside scnn's augmented Lagrangian: seconds
	python3 tests/bench/cones.py $(BUILD)/cvxnn

plots: $(BUILD)/bench ## draw docs/gap.svg and docs/scaling.svg with gnuplot
	tests/bench/plots.sh $(BUILD)/bench docs

bench-relu: $(BUILD)/bench ## the search against 20 runs of L-BFGS, and ascents from 100000 starts, at all sizes: hours
	tests/bench/run.sh $(BUILD)/bench relu

spline: $(BUILD)/cvxnn ## one input and a bias: draws the fit and its knots, docs/spline.svg
	tests/bench/spline.py $(BUILD)/cvxnn docs/spline.svg

install: all ## install below DESTDIR PREFIX (or the GNU directory variables)
	$(INSTALL) -d $(DESTDIR)$(bindir) $(DESTDIR)$(libdir) $(DESTDIR)$(includedir) $(DESTDIR)$(pkgconfigdir)
	$(INSTALL) -m 644 include/cvxnn.h $(DESTDIR)$(includedir)
	$(INSTALL) -m 644 $(BUILD)/$(STATIC) $(DESTDIR)$(libdir)
	$(INSTALL) -m 755 $(BUILD)/$(SHARED) $(DESTDIR)$(libdir)
	ln -sf $(SHARED) $(DESTDIR)$(libdir)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(libdir)/libcvxnn.so
	sed -e 's|@prefix@|$(prefix)|' -e 's|@exec_prefix@|$(exec_prefix:$(prefix)%=$${prefix}%)|' \
	    -e 's|@libdir@|$(libdir:$(exec_prefix)%=$${exec_prefix}%)|' \
	    -e 's|@includedir@|$(includedir:$(prefix)%=$${prefix}%)|' -e 's|@version@|$(VERSION)|' \
	    -e 's|@libs_private@|$(LIBS)|' pkgconfig/cvxnn.pc.in > $(DESTDIR)$(pkgconfigdir)/cvxnn.pc
	chmod 644 $(DESTDIR)$(pkgconfigdir)/cvxnn.pc
	$(if $(TRAINER_OBJECTS),$(INSTALL) -m 755 $(BUILD)/cvxnn $(DESTDIR)$(bindir))

uninstall: ## remove what `make install` with the same directories installed
	rm -f $(LIBRARIES:%=$(DESTDIR)$(libdir)/%) $(DESTDIR)$(includedir)/cvxnn.h \
	    $(DESTDIR)$(pkgconfigdir)/cvxnn.pc $(DESTDIR)$(bindir)/cvxnn

clean: ## remove everything that was built
	rm -rf build build-* $(LIBRARIES:%=lib/%)

help: ## this list
	@sed -n -e 's|^$$(BUILD)/|$(BUILD)/|' -e 's|^\([^ :]*\):[^#]*## |\1\t|p' $(MAKEFILE_LIST) | expand -t 20

include checks.mk
-include $(OBJECTS:.o=.d)
