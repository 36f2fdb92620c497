/*
 * Moves inside the optimal set (docs/algorithms.md, "The optimal set"; Mishkin & Pilanci 2023): with unit
 * directions u_j, columns h_j = s_j (X u_j)_+ and weights c_j >= 0, all networks with the outputs f and the
 * penalty C of a given one are the polytope
 *
 *   { c >= 0 : sum_j c_j h_j = f, sum_j c_j = C }
 *
 * over all directions. Where the network is optimal this is the optimal set: the loss is strictly convex, so
 * that f is the same for all optima, and only directions with |sum_i nu_i (x_i . u)_+| = beta can have
 * weight. Those that are found are the network's own and the local maxima that pricing finds.
 */
#ifndef CVXNN_SEARCH_OPTIMAL_SET_H
#define CVXNN_SEARCH_OPTIMAL_SET_H

#include "model/network.h"

/*
 * Both change a ReLU network with one output in place; what is left is balanced. Its objective on this
 * instance, whose rows must be scaled as the network wants them, changes by rounding only (relative 1e-10),
 * or the network stays as it was. A positive status is a stop, MEMORY an error: then the network is as it
 * was.
 */

/* The point of the polytope with the least loss on other rows, posed like the instance's: never more than it
 * was. */
int32_t cvxnn__optimal_set_fit(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                               const struct cvxnn__instance *holdout, struct cvxnn__network *network);

/* A point of the polytope with few features in use: one feature after the other, those with the least weight
 * first, is left where the polytope has a point without it. Greedy: another order might leave more. */
int32_t cvxnn__optimal_set_drop_features(struct cvxnn__context *context,
                                         const struct cvxnn__instance *instance,
                                         struct cvxnn__network *network);

#endif
