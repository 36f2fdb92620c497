/*
 * A proved lower bound on the optimum p* of (NN) from any dual vector (docs/math.md, "the certificate"):
 *
 *   p* >= D(t nu)  for every t >= 0 with  t hbar <= beta,  hbar >= max(h(nu), h(-nu)),
 *   h(nu) = max_{|u| <= 1} sum_i nu_i (x_i . u)_+
 *
 * hbar: the linear form. For tau in [0, 1]^N, lambda > 0 (N: the rows with nu_i < 0, P: nu_i > 0)
 *   a_0 = 1/2 sum_P nu_i x_i + sum_N nu_i tau_i x_i,   a_i = nu_i x_i / 2  (i in P)
 *   h(nu)^2 <= (lambda_0 + sum_P lambda_i) mu_max(a_0 a_0'/lambda_0 + sum_P a_i a_i'/lambda_i).
 * lambda by mixing, tau by projected steps; the value reported includes its rounding errors.
 */
#ifndef CVXNN_GAP_LOWER_BOUND_H
#define CVXNN_GAP_LOWER_BOUND_H

#include "problem/instance.h"

/* *bound <= p*, >= 0, for the given nu (n numbers); 0 is always valid and is what remains when nothing better
 * is proved. Stops early with a valid bound (positive status) when a budget runs out. Sends
 * CVXNN_EVENT_BOUND. */
int32_t cvxnn__lower_bound(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                           const double *nu, double *bound);

#endif
