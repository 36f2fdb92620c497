/*
 * The check of a certificate: what the numbers in it prove for the given instance, every rounding error
 * included. It stands on the data and the certificate alone and knows nothing of how either was found.
 * certificate.h has the statement, docs/certificate.md the proof.
 */
#ifndef CVXNN_VERIFY_SPHERE_CHECK_H
#define CVXNN_VERIFY_SPHERE_CHECK_H

#include "problem/instance.h"
#include "verify/certificate.h"

struct cvxnn__proved {
    double h[2];  /* h(nu) <= h[0] and h(-nu) <= h[1]; INFINITY where nothing is proved */
    double scale; /* t, with h(z) <= beta and h(-z) <= beta for z = fl(t nu) */
    double bound; /* p* >= bound >= 0: D(z), or 0 where that is more */
};

/*
 * O(n C(d + 2 order - 1, 2 order)) and the factorisation of two matrices. Positive statuses are stops:
 * nothing is proved then, bound is 0. SHAPE where the certificate's n or d are not the instance's, MEMORY.
 */
int32_t cvxnn__sphere_check(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                            const struct cvxnn__certificate *certificate, struct cvxnn__proved *proved);

#endif
