/*
 * The linear systems of the bound's search: for c = 0, 1 and given p (a polynomial), b (n x width)
 *
 *   minimise over functionals y   (y'Qy) / 2 - p'y + 1/2 sum_i (B_i y - b_i)' R_c (B_i y - b_i)
 *
 * with Q, B of moments.h and row_moments.h and a positive definite R_c that is the same for all rows. Solved
 * through y = Q^-1 (p - B'q), (R_c^-1 + B Q^-1 B') q = B Q^-1 p - b when there are fewer row moments than
 * moments (entry (i, a), (j, b) of B Q^-1 B' is a polynomial in x_i . x_j, by rotation), else directly.
 */
#ifndef CVXNN_GAP_ROW_SYSTEM_H
#define CVXNN_GAP_ROW_SYSTEM_H

#include "gap/row_moments.h"

struct cvxnn__row_system {
    const struct cvxnn__row_moments *rows;
    int by_rows;
    int64_t order;     /* of the matrices */
    double *r[2];      /* width x width: R_c */
    double *factor[2]; /* order x order: Cholesky */
};

/* How large `order` would be. */
int64_t cvxnn__row_system_order(int64_t n, int64_t d, int64_t k);

/* r: two width x width matrices, kept; inverse: theirs. units: n x d. */
int32_t cvxnn__row_system_take(struct cvxnn__context *context, struct cvxnn__scope *scope,
                               const struct cvxnn__row_moments *rows, const double *units, double *const r[2],
                               double *const inverse[2], struct cvxnn__row_system *system);

int64_t cvxnn__row_system_work(const struct cvxnn__row_system *system);

/* y, its matrix, and q = R_c (B y - b). p is overwritten. Both c may be solved at once with work of their
 * own. */
void cvxnn__row_system_solve(const struct cvxnn__row_system *system, int c, double *p, const double *b,
                             double *y, double *matrix, double *q, double *work);

#endif
