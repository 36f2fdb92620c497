/*
 * The linear form of the bound on h(nu) = max_{|u| <= 1} sum_i nu_i (x_i . u)_+, evaluated with all its
 * rounding errors. This is the checking side: it trusts nothing it is given.
 *
 * For any slopes r and any k_i >= max(0, r_i, nu_i - r_i), every row satisfies, for all real t,
 *   nu_i (t)_+ <= r_i t + k_i |t|,
 * so that with a_0 = sum_i r_i x_i and any lambda > 0 (Cauchy and Schwarz; |u| <= 1)
 *   h(nu) <= max_u a_0 . u + sum_i k_i |x_i . u|
 *         <= sqrt( (lambda_0 + sum_i lambda_i) mu_max( a_0 a_0'/lambda_0 + sum_i k_i^2 x_i x_i'/lambda_i ) ).
 * The best slopes are nu_i / 2 where nu_i > 0 and some -|nu_i| tau_i, tau_i in [0, 1], where nu_i < 0.
 * docs/certificate.md has the proof, rounding included.
 */
#ifndef CVXNN_GAP_LINEAR_BOUND_H
#define CVXNN_GAP_LINEAR_BOUND_H

#include "linalg/rows.h"

struct cvxnn__linear_form {
    const double *nu;     /* n */
    const double *slope;  /* n: r */
    const double *lambda; /* n + 1: lambda_0, then one a row; those of rows with k_i = 0 are not read */
};

/* *value: a number that h(nu) is never above; INFINITY where nothing is proved (a lambda that is not
 * positive, a number that is not finite, an overflow). O(n d min(n, d)) and one symmetric matrix of order
 * min(d, n + 1). A positive status is a stop: *value is INFINITY. */
int32_t cvxnn__linear_bound(struct cvxnn__context *context, const struct cvxnn__rows *rows,
                            const struct cvxnn__linear_form *form, double *value);

#endif
