/*
 * The two sides of a gap. Between the objective of a network and a bound lies the estimate
 *
 *   D^ = max over nu of max { D(t nu) : t >= 0, t h^(nu) <= beta },
 *
 * nu the network's residual and the dual vector of the certificate, h^(nu) the largest |sum_i nu_i (x_i .
 * u)_+| over unit vectors u that ascents (patterns/price.h) found. bound <= D^ <= objective: the first
 * because h^ is at most the bound on h, the second by weak duality, since the ascents begin from the
 * network's own neurons. D^ is what the two dual vectors would prove if h were what the ascents found. What
 * is missing below D^ is then the bound's, what is left above it the network's (docs/certificate.md, "Which
 * side limits").
 */
#ifndef CVXNN_GAP_SIDES_H
#define CVXNN_GAP_SIDES_H

#include "verify/proof.h"

struct cvxnn__sides {
    struct cvxnn__scope scope; /* owns u */
    double estimate;           /* D^ */
    double violation;          /* h^ / beta - 1 at the network's residual, at least 0 */
    int64_t count;
    double *u; /* count x d: unit vectors that violate, the most first: neurons that lower the objective */
};

/* nu: the network's residual. rows of the instance as the network sees them. Fills *sides, to be freed. A
 * positive status is a stop: nothing is known, and nothing is to be freed. */
int32_t cvxnn__sides_find(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                          const struct cvxnn__network *network, const double *nu,
                          const struct cvxnn__proof *proof, struct cvxnn__sides *sides);
void cvxnn__sides_free(struct cvxnn__sides *sides);

/* Roughly the floating-point operations that this takes. */
double cvxnn__sides_operations(const struct cvxnn__rows *rows, int64_t neurons);

#endif
