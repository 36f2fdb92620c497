/*
 * A number that the objective of a ReLU network on a problem is never above, rounding errors included.
 */
#ifndef CVXNN_VERIFY_OBJECTIVE_H
#define CVXNN_VERIFY_OBJECTIVE_H

#include "model/network.h"

/* The rows of the instance must be posed as the network sees them, their shapes must fit. *objective is
 * INFINITY where the numbers overflow. */
int32_t cvxnn__objective_ceiling(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                                 const struct cvxnn__network *network, double *objective);

#endif
