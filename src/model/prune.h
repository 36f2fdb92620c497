/*
 * Minimal networks: neurons that others can replace at no cost are taken out (docs/algorithms.md, "Pruning").
 *
 * With h_j = sign(a_j) (X u_j / |u_j|)_+ and c_j = |u_j| |a_j| the network's outputs are sum_j c_j h_j and
 * its penalty is sum_j c_j. For z with sum_j z_j h_j = 0 and sum_j z_j <= 0 the weights c + t z give the same
 * outputs at no higher penalty, until the first of them is 0. In the end the h_j are linearly independent: at
 * most as many neurons as rows that count.
 */
#ifndef CVXNN_MODEL_PRUNE_H
#define CVXNN_MODEL_PRUNE_H

#include "model/network.h"

/* In place, on a ReLU network with one output; what is left is balanced. The objective on this instance stays
 * the same or falls, up to rounding (relative 1e-12), or the network stays as it was. Rows must be scaled as
 * the network wants them. MEMORY: the network is as it was. */
int32_t cvxnn__network_prune(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                             struct cvxnn__network *network);

#endif
