/*
 * From order k to order k + 1: the same q, and W' = sum_j T_j' W T_j, T_j the map with u_j v(u) = T_j v'(u).
 * Then v''W'v' = |u|^2 v'Wv, which is the same polynomial on the sphere, and sum_j T_j'T_j = I (the forms of
 * degree m + 1 lie isometrically in the products of those of degree m with u), so that the largest eigenvalue
 * does not rise: no less is proved.
 */
#ifndef CVXNN_GAP_LIFT_H
#define CVXNN_GAP_LIFT_H

#include "base/context.h"
#include "verify/certificate.h"

/* lifted: of the same n and d, from cvxnn__certificate_take, its order one higher. MEMORY. */
int32_t cvxnn__certificate_lift(struct cvxnn__context *context, const struct cvxnn__certificate *certificate,
                                struct cvxnn__certificate *lifted);

#endif
