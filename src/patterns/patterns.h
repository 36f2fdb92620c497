/*
 * Patterns: the distinct non-empty hyperplane-arrangement patterns D_p = diag(1[X g_p >= 0]) that a
 * convex program runs over, with the gates g_p they come from (Kim & Pilanci 2024, section 2).
 *
 * Sampled gates are g_p ~ N(0, I), number p of stream CVXNN__STREAM_GATES, so they depend on (seed, p)
 * alone and are made again when they are needed instead of being stored.
 */
#ifndef CVXNN_PATTERNS_PATTERNS_H
#define CVXNN_PATTERNS_PATTERNS_H

#include <stdint.h>

#include "linalg/masks.h"

struct cvxnn__patterns {
    struct cvxnn__scope scope;
    struct cvxnn__masks masks; /* masks.count distinct, non-empty ones */
    int64_t d;
    int64_t sampled;       /* gates tried */
    const int64_t *origin; /* masks.count: number of the gate pattern p came from, ascending */
    uint64_t seed;
    const double *gates; /* sampled x d row-major when given by the user (owned), else NULL */
};

/* Both fill *patterns (scope opened on context->memory) or leave nothing to be freed. They poll, and a
 * stop (positive status) leaves nothing either. */
int32_t cvxnn__patterns_sample(struct cvxnn__context *context, const struct cvxnn__rows *rows, uint64_t seed,
                               int64_t count, struct cvxnn__patterns *patterns);
int32_t cvxnn__patterns_from_gates(struct cvxnn__context *context, const struct cvxnn__rows *rows,
                                   int64_t count, const double *gates, int64_t ld,
                                   struct cvxnn__patterns *patterns);

/* Gate of pattern p, d numbers. */
void cvxnn__patterns_gate(const struct cvxnn__patterns *patterns, int64_t p, double *gate);

void cvxnn__patterns_free(struct cvxnn__patterns *patterns);

#endif
