/*
 * Non-negative least squares and what can be reduced to it (Lawson & Hanson, Solving Least Squares Problems,
 * chapter 23).
 */
#ifndef CVXNN_LINALG_NNLS_H
#define CVXNN_LINALG_NNLS_H

#include <stdint.h>

#include "base/context.h"

/* The u >= 0 (m numbers) that minimises |sum_j u_j n_j - e|; n: m x d, a vector a row. residual (d numbers)
 * receives sum_j u_j n_j - e. The result is as good as what was reached where rounding ends the iteration. */
int32_t cvxnn__nnls(struct cvxnn__context *context, int64_t m, int64_t d, const double *n, const double *e,
                    double *u, double *residual);

/*
 * Least squares with inequalities: the t (k numbers) that minimises |E t - r| subject to N t >= low; e: k x
 * rows, a column of E a row, linearly independent; n: m x k. Some t must meet the inequalities.
 * CVXNN_STOPPED_PRECISION: rounding leaves no answer, and t is not written.
 */
int32_t cvxnn__bounded_least_squares(struct cvxnn__context *context, int64_t k, int64_t rows, const double *e,
                                     const double *r, int64_t m, const double *n, const double *low,
                                     double *t);

#endif
