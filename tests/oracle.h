/*
 * The optimum of (NN) for tiny problems, by means that share nothing with the library: every pattern of the
 * hyperplane arrangement is enumerated, the ReLU program over all of them,
 *
 *   minimise  (1/S) sum_i s_i (f_i - y_i)^2 / 2 + beta sum_b |v_b|,   f = sum_b sign_b D_b X v_b,
 *             (2 D_b - I) X v_b >= 0,
 *
 * which equals (NN) (Pilanci & Ergen 2020), is solved by an interior-point method, and the answer comes with
 * its own evidence: the objective of a network that was evaluated as such, and a dual value that is feasible
 * by the exact maximum of |sum_i nu_i (x_i . u)_+| over the unit sphere.
 */
#ifndef CVXNN_TESTS_ORACLE_H
#define CVXNN_TESTS_ORACLE_H

enum { ORACLE_MOST_ROWS = 10, ORACLE_MOST_COLUMNS = 3 };

/*
 * The objective of a network that is optimal up to *gap: optimum - *gap <= p* <= optimum, in exact terms up
 * to the last few bits. x: n x d, row-major, 1 <= n <= ORACLE_MOST_ROWS, 1 <= d <= ORACLE_MOST_COLUMNS;
 * weights: n or NULL; beta > 0. residual: n numbers s_i (y_i - f_i) / S at that network, or NULL. *gap is at
 * most 1e-9 of the optimum as a rule; the caller asserts what it needs.
 */
double oracle_optimum(int n, int d, const double *x, const double *y, const double *weights, double beta,
                      double *gap, double *residual);

/* h(nu) = max_{|u| <= 1} sum_i nu_i (x_i . u)_+. */
double oracle_h(int n, int d, const double *x, const double *nu);

/* Patterns 1[X u > 0] of the full-dimensional cells of the arrangement; rows that are 0 have bit 0. Pattern
 * p's bits are patterns[p] (row i: bit i), when patterns is not NULL. */
int oracle_patterns(int n, int d, const double *x, unsigned *patterns);

#endif
