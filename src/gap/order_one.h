/*
 * A certificate of order 1 from the linear form (linear_search.h), in closed form. With slopes r, k and
 * lambda of that search and any sigma > 0,
 *
 *   nu_i (t)_+ <= r_i t + k_i |t| <= sigma lambda_i / 2 + r_i t + k_i^2 t^2 / (2 sigma lambda_i),
 *
 * so that q_i are quadratics, and sum_i q_i = a . u + u'N u / 2 sigma = v'W v on the sphere, v = (1, u),
 *
 *   W = ( w    a' / 2            )    for every w; the best is max over the sphere of that function, the dual
 *       ( a/2  N / 2 sigma - w I )    of a trust-region problem.
 */
#ifndef CVXNN_GAP_ORDER_ONE_H
#define CVXNN_GAP_ORDER_ONE_H

#include "problem/instance.h"
#include "verify/certificate.h"

/* certificate: of order 1, zeroed, for this instance. Stops early (positive status) with what it has. */
int32_t cvxnn__order_one(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                         const double *nu, struct cvxnn__certificate *certificate);

#endif
