/*
 * Refit: after the cone decomposition, the weights of the network's neurons chosen anew, all at once.
 *
 * The decomposition keeps every f_i but not the penalty, which grows by the blow-up of each neuron. The
 * directions it found are good all the same: with them fixed, (NN) is a lasso in c_j = |u_j| a_j,
 *
 *   minimise  F(sum_j c_j h_j) + beta sum_j |c_j|,   h_j = (X u_j / |u_j|)_+                         (L)
 *
 * over the directions of the network's neurons and of w_p and -w_p, the gated neurons themselves. The
 * decomposed network is one of its points, so that the refitted one is never worse.
 */
#ifndef CVXNN_CONVEX_REFIT_H
#define CVXNN_CONVEX_REFIT_H

#include "convex/gated.h"
#include "model/network.h"

/* Replaces the weights of *network (balanced, one output, ReLU, from cvxnn__decompose of `solution`) by a
 * balanced network with no higher objective. CVXNN_OK, or a positive status when it was stopped, with what
 * had been gained by then; on an error the network is as it was. */
int32_t cvxnn__refit(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                     const struct cvxnn__gated *solution, struct cvxnn__network *network);

#endif
