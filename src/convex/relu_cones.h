/*
 * The ReLU program over given patterns (Pilanci & Ergen 2020; docs/math.md):
 *
 *   minimise  P(v) = F(sum_b s_b D_b X v_b) + beta sum_b |v_b|   over blocks b = (pattern p, sign s), v_b in
 * K_p   (R) dual      D(nu) subject to |proj_K_p(s X' D_p nu)| <= beta for every block
 *
 * since max of g . u over u in K, |u| <= 1 is the length of g's projection onto the cone. Solved until (P -
 * D) / P, over all blocks, is at most the tolerance.
 */
#ifndef CVXNN_CONVEX_RELU_CONES_H
#define CVXNN_CONVEX_RELU_CONES_H

#include "model/network.h"
#include "patterns/patterns.h"

struct cvxnn__relu_report {
    double objective, dual, gap; /* P, best D over all blocks, (P - D) / P */
    double violation; /* max over the blocks of |proj| / beta - 1 at the last residual, at least 0 */
    double outside;   /* the most by which a neuron leaves its cone, relative to |x_i| |v| */
    int64_t active, iterations;
};

/*
 * Fills *network (balanced, no scaling). start: a network of this problem's whose neurons the working set
 * begins with, each in the first cone that holds it (those that none holds are left out), or NULL. CVXNN_OK
 * when gap <= tolerance, CVXNN_STOPPED_ statuses with the best iterate, CVXNN_STOPPED_PRECISION when rounding
 * allows no more; negative: nothing to be freed. most_iterations: 0 for any. Sends CVXNN_EVENT_CONVEX.
 */
int32_t cvxnn__relu_cones(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                          const struct cvxnn__patterns *patterns, double tolerance, int64_t most_iterations,
                          const struct cvxnn__network *start, struct cvxnn__network *network,
                          struct cvxnn__relu_report *report);

#endif
