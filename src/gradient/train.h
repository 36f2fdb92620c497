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
    double step;            /* of gd and adam; 0: chosen here */
    double decrease;        /* relative decrease of the objective that ends a start; what it is measured over
                               stands in the optimiser's file */
    int64_t max_iterations; /* of one start; 0: 5000 */
};

struct cvxnn__train_report {
    double objective;   /* cvxnn__network_objective of the network returned */
    int64_t iterations; /* over all starts */
    int64_t best_start; /* the start that gave the network; -1: the zero network, which none of them beat */
};

/*
 * Starts: u, a ~ N(0, 1/d), number k of stream CVXNN__STREAM_STARTS, or the ReLU network `from` alone when it
 * is not NULL. Yields the best network found, balanced, without the neurons that compute zero; it is never
 * worse than `from` or than the zero network. features, bias, loss and beta are filled in, scaling is not.
 *
 * CVXNN_OK when the best start reached `decrease`, CVXNN_STOPPED_ITERATIONS when it did not,
 * CVXNN_STOPPED_SECONDS or _CANCELLED with the best so far. SHAPE, MEMORY, NUMERICAL (even the zero network's
 * objective overflows): then nothing is left to be freed. Sends CVXNN_EVENT_GRADIENT with the iterations over
 * all starts and the objective of this one.
 */
int32_t cvxnn__train(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                     const struct cvxnn__train_options *options, const struct cvxnn__network *from,
                     struct cvxnn__network *network, struct cvxnn__train_report *report);

#endif
