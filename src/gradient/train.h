/*
 * The baseline: gradient training of (NN) itself, full batch, from seeded random starts or a given network.
 */
#ifndef CVXNN_GRADIENT_TRAIN_H
#define CVXNN_GRADIENT_TRAIN_H

#include "model/network.h"

struct cvxnn__train_options {
    int32_t optimizer; /* CVXNN_OPTIMIZER_ number */
    int64_t width, starts;
    uint64_t seed;
    double step;            /* 0: chosen here */
    double decrease;        /* relative decrease of the objective that ends a start */
    int64_t max_iterations; /* of one start; 0: 5000 */
};

struct cvxnn__train_report {
    double objective;
    int64_t iterations; /* over all starts */
    int64_t best_start;
};

/* Starts: u, a ~ N(0, 1/d) by CVXNN__STREAM_STARTS, or `from` alone when it is not NULL. The best network,
 * balanced, without the neurons that compute zero; features, bias, loss, beta filled in, scaling not. OK when
 * every start reached `decrease`; STOPPED_ITERATIONS when the best one did not; other STOPPED_ with the best
 * so far. Sends CVXNN_EVENT_GRADIENT. */
int32_t cvxnn__train(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                     const struct cvxnn__train_options *options, const struct cvxnn__network *from,
                     struct cvxnn__network *network, struct cvxnn__train_report *report);

#endif
