/*
 * Moments along rows: with t_i = x_i . u, |x_i| = 1, and a moment matrix P = L(v v'), the numbers L(t_i^j), j
 * = 0 .. 2k (the map B), and its adjoint, from coefficients c_ij to a matrix whose polynomial is sum_ij c_ij
 * t_i^j.
 *
 * t^j is e'Pf for the coefficient vectors e, f of t^a |u|^(m - a) in the basis v, degrees m = k - 1 and k.
 */
#ifndef CVXNN_GAP_ROW_MOMENTS_H
#define CVXNN_GAP_ROW_MOMENTS_H

#include "base/context.h"
#include "gap/moments.h"
#include "verify/monomials.h"

struct cvxnn__row_moments {
    const struct cvxnn__moments *moments;
    int64_t n, width; /* width = 2k + 1 */
    double **low;  /* [a], a <= k - 1 of the same parity: n x moments->low, vectors of t^a |u|^(k - 1 - a) */
    double **high; /* [a], a <= k: n x moments->high */
};

/* vectors[i * ldv ..] = t_i^a |u|^(m - a), a <= m of the same parity, as the numbers (coefficient of u^t) /
 * sqrt(multiplicity of t). pair: two scratch arrays of as many numbers. */
void cvxnn__row_powers(const struct cvxnn__monomial_ranks *ranks, int64_t m, int64_t a, int64_t n,
                       const double *units, double *vectors, int64_t ldv, double *const pair[2]);

/* units: n x d, rows of length 1. Look at scope->failed. */
void cvxnn__row_moments_take(struct cvxnn__scope *scope, const struct cvxnn__moments *moments, int64_t n,
                             const double *units, struct cvxnn__row_moments *rows);

int64_t cvxnn__row_moments_work(const struct cvxnn__row_moments *rows);

/* out: n x width. matrix: full. */
void cvxnn__row_moments_of(const struct cvxnn__row_moments *rows, const double *matrix, double *out,
                           double *work);

/* The adjoint, in the form that cvxnn__moments_polynomial reads. */
void cvxnn__row_moments_matrix(const struct cvxnn__row_moments *rows, const double *coefficients,
                               double *matrix, double *work);

#endif
