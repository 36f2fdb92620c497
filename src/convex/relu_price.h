/*
 * Pricing of the blocks of the ReLU program: for pattern p and sign s the largest s nu . D_p X u over u in
 * K_p, |u| <= 1, which is |z| for the projection z of g = s X' D_p nu onto K_p, and is taken at u = z/|z|.
 *
 * A few rows of the cone carry the projection. Those that the z of now violates most join (project.h), for
 * many blocks between two sweeps over X. The cone of the rows so far contains K_p, so |z| is an upper bound
 * at every moment: a block is done when that is at most beta, or when no row is violated beyond rounding.
 */
#ifndef CVXNN_CONVEX_RELU_PRICE_H
#define CVXNN_CONVEX_RELU_PRICE_H

#include "patterns/patterns.h"

struct cvxnn__block {
    int64_t pattern;
    double sign;
    double value; /* |z|: of the block, or a bound on it that is at most beta */
    int exact;    /* 1: z is the projection onto K_p itself, up to rounding */
    double *z;    /* d */
};

struct cvxnn__blocks {
    struct cvxnn__scope scope;
    int64_t count;
    struct cvxnn__block *block; /* those with |g| > beta that were looked at, by falling |g| */
    int complete;               /* 1: all of them */
    double largest;             /* of all blocks' values when complete; at least those left out, beta */
};

/* Looks at blocks until all are done or `enough` of them have value > beta. A positive status is a stop: what
 * is in *blocks is valid, but not complete. norms: n, |x_i|, 0 for rows that bind nothing. */
int32_t cvxnn__relu_price(struct cvxnn__context *context, const struct cvxnn__rows *rows,
                          const struct cvxnn__patterns *patterns, const double *norms, const double *nu,
                          double beta, int64_t enough, struct cvxnn__blocks *blocks);
void cvxnn__blocks_free(struct cvxnn__blocks *blocks);

#endif
