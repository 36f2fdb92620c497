/*
 * From the gated program to a ReLU network: every active w_p is written as v_p - w'_p with both in the cone
 * K_p = {u : (2 D_p - I) X u >= 0}, where gate and ReLU agree (Mishkin, Sahiner & Pilanci 2022;
 * docs/math.md).
 */
#ifndef CVXNN_CONVEX_DECOMPOSE_H
#define CVXNN_CONVEX_DECOMPOSE_H

#include "convex/gated.h"
#include "model/network.h"

enum { CVXNN__CONE_ROUNDS = 100 };

struct cvxnn__decomposition {
    double blowup_max;  /* the largest sharpness, 0 without neurons */
    double blowup_mean; /* their mean, weighted by |w| */
    double violation;   /* largest -(2 D_p - I)_ii x_i . v / (|x_i| |v|) that was left, 0 when none */
};

/* most_rounds: sweeps after which a neuron that is still outside its cones is taken in along its gate, 0: all
 * are; cheap then, and (|v| + |w'|) / |w| larger. CVXNN__CONE_ROUNDS: enough for the shortest pair.
 *
 * The balanced ReLU network with at most 2 * solution->active neurons; features, bias, loss, beta filled in,
 * scaling not. sharpness: solution->active numbers, (|v| + |w'|) / |w| of each. Neurons are independent: they
 * run as tasks of the team. Sends CVXNN_EVENT_DECOMPOSE. */
int32_t cvxnn__decompose(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                         const struct cvxnn__patterns *patterns, const struct cvxnn__gated *solution,
                         int64_t most_rounds, struct cvxnn__network *network, double *sharpness,
                         struct cvxnn__decomposition *report);

#endif
