/*
 * Memory: the caller's allocator hooks, with sizes checked and bytes counted, and scopes.
 *
 * A scope owns every block taken from it and frees them together. An algorithm opens one, takes
 * all it needs, asks once whether something failed, and closes it on the way out; a long-lived
 * object (patterns, network) has a scope of its own. Blocks are aligned to 64 bytes.
 * Scopes are used by one thread at a time; workers never allocate.
 */
#ifndef CVXNN_BASE_MEMORY_H
#define CVXNN_BASE_MEMORY_H

#include <stdint.h>

#include "cvxnn.h"

struct cvxnn__memory {
    cvxnn_allocate_fn allocate;
    cvxnn_reallocate_fn reallocate;
    cvxnn_release_fn release;
    void *user;
    int64_t bytes; /* held now */
    int64_t peak;  /* most held at once since cvxnn__memory_reset_peak */
};

struct cvxnn__scope {
    struct cvxnn__memory *memory;
    struct cvxnn__block *first;
    int failed; /* sticky: some request could not be met */
};

/* All three hooks or none. Returns CVXNN_ERROR_NULL for a mixture. */
int32_t cvxnn__memory_init(struct cvxnn__memory *memory, cvxnn_allocate_fn allocate,
                           cvxnn_reallocate_fn reallocate, cvxnn_release_fn release, void *user);
void cvxnn__memory_reset_peak(struct cvxnn__memory *memory);

void cvxnn__scope_open(struct cvxnn__scope *scope, struct cvxnn__memory *memory);
void cvxnn__scope_close(struct cvxnn__scope *scope); /* frees all; the scope can be used again */

/* rows * cols * size bytes, uninitialised, 64-byte aligned; NULL and scope->failed = 1 on overflow, a
 * negative count or no memory. A size of 0 gives a valid pointer. */
void *cvxnn__take(struct cvxnn__scope *scope, int64_t rows, int64_t cols, int64_t size);
void *cvxnn__take_zeroed(struct cvxnn__scope *scope, int64_t rows, int64_t cols, int64_t size);

/* Frees one block of the scope early; NULL is fine. */
void cvxnn__give_back(struct cvxnn__scope *scope, void *block);

/* Moves every block of `from` into `into` (same memory); `from` is left empty. */
void cvxnn__scope_adopt(struct cvxnn__scope *into, struct cvxnn__scope *from);

static inline double *cvxnn__doubles(struct cvxnn__scope *scope, int64_t rows, int64_t cols) {
    return (double *)cvxnn__take(scope, rows, cols, (int64_t)sizeof(double));
}

static inline int64_t *cvxnn__integers(struct cvxnn__scope *scope, int64_t count) {
    return (int64_t *)cvxnn__take(scope, count, 1, (int64_t)sizeof(int64_t));
}

/* a * b into *product; 0 when negative or past INT64_MAX, else 1. */
int cvxnn__multiply(int64_t a, int64_t b, int64_t *product);

#endif
