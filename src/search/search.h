/*
 * Pattern search: the optimum of (NN) by (R) with patterns added by pricing (docs/algorithms.md). A round
 * solves (R) over the neurons at hand and all cones they touch (convex/relu.h), prices the residual
 * (patterns/price.h) and lets the neurons that violate |sum_i nu_i (x_i . u)_+| <= beta most enter. Where
 * pricing finds none the objective is optimal up to the violation that it could have missed.
 */
#ifndef CVXNN_SEARCH_SEARCH_H
#define CVXNN_SEARCH_SEARCH_H

#include "model/network.h"

struct cvxnn__search_options {
    double tolerance; /* relative violation to end at */
    uint64_t seed;
    int64_t max_iterations; /* of the restricted programs, together; 0: no limit */
    int64_t offered; /* directions that enter at the start as neurons, where they lower the objective */
    const double *directions; /* offered x d, none of them need be a unit vector */
};

struct cvxnn__search_report {
    double objective; /* of the network, as cvxnn__network_objective has it */
    double dual;      /* D(t nu) for its residual, t the best that meets every direction priced */
    double violation; /* max h / beta - 1 over the last pricing from random starts, or more, at least 0 */
    int64_t rounds, iterations;
    int64_t added;                  /* neurons that pricing brought in, each with a pattern of its own */
    int64_t neurons_before_pruning; /* at the end of the last round */
};

/* 1 where the search needs no polished network to begin with: it comes close to an optimum by itself. */
int cvxnn__search_approaches(const struct cvxnn__instance *instance, const struct cvxnn__network *start);

/*
 * From a ReLU network (one output, balanced or not); *network is never worse than it, and minimal: no neuron
 * can be had for a mixture of the others. CVXNN_OK when no violation beyond the tolerance was found, a
 * positive status with the best network when it was stopped. Sends CVXNN_EVENT_CONVEX.
 */
int32_t cvxnn__search(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                      const struct cvxnn__search_options *options, const struct cvxnn__network *start,
                      struct cvxnn__network *network, struct cvxnn__search_report *report);

#endif
