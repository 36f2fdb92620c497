# cvxnn: `make help` lists the targets.
CC ?= cc
AR ?= ar
PREFIX ?= /usr/local
BUILD ?= build

WARN = -Wall -Wextra -pedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wno-sign-conversion
CFLAGS ?= -O2 -g
BLAS_CFLAGS ?= $(shell pkg-config --cflags blas lapack 2>/dev/null)
BLAS_LIBS ?= $(shell pkg-config --libs blas lapack 2>/dev/null || echo -lblas -llapack)
OWN_CFLAGS = -std=c11 -ffp-contract=off -fvisibility=hidden -fPIC -pthread $(WARN) -Iinclude -Isrc $(BLAS_CFLAGS)
LIBS = $(BLAS_LIBS) -pthread -lm

SOURCES := $(wildcard src/*/*.c)
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o)
TESTS := $(wildcard tests/test_*.c) tests/main.c

all: $(BUILD)/libcvxnn.a

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(OWN_CFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/libcvxnn.a: $(OBJECTS)
	rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/tests: $(TESTS:%.c=$(BUILD)/%.o) $(BUILD)/libcvxnn.a
	$(CC) $^ -o $@ $(shell pkg-config --libs check) $(LIBS) -ldl

-include $(OBJECTS:.o=.d) $(TESTS:%.c=$(BUILD)/%.d)
